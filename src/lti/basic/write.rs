//! A launch as the parameters of a form, from which a tool reads the same launch again.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::{CUSTOM_PREFIX, FORM_VERSION, ROSTER, SELECTION, selection};
use crate::lti::launch::{DocumentTarget, Launch, Message};
use crate::lti::names::message;
use crate::lti::oauth1::Pair;

/// The parameters of a launch or a selection, unsigned. Its target is the address to post them to.
pub fn parameters(launch: &Launch) -> Vec<Pair> {
    let kind = match &launch.message {
        Message::DeepLinking(_) => SELECTION,
        Message::Resource | Message::SignIn | Message::SubmissionReview { .. } => message::BASIC,
    };
    let mut form = Form(vec![
        ("lti_message_type".to_owned(), kind.to_owned()),
        ("lti_version".to_owned(), FORM_VERSION.to_owned()),
    ]);
    form.add("user_id", launch.subject.as_deref());
    form.add("roles", Some(launch.roles.join(",")).as_deref());
    let users: Vec<String> = launch.mentored.iter().map(|user| encoded(user)).collect();
    form.add("role_scope_mentor", Some(users.join(",")).as_deref());
    course(&mut form, launch);
    person(&mut form, launch);
    platform(&mut form, launch);
    presentation(&mut form, launch);
    for (name, value) in &launch.custom {
        form.0
            .push((format!("{CUSTOM_PREFIX}{name}"), value.clone()));
    }
    if let Some(nrps) = launch
        .nrps
        .as_ref()
        .filter(|_| !launch.custom.contains_key(ROSTER))
    {
        form.add(&format!("{CUSTOM_PREFIX}{ROSTER}"), Some(nrps.url.as_str()));
    }
    if let Message::DeepLinking(asked) = &launch.message {
        form.0.extend(selection::parameters(asked));
    }
    if let Some(outcome) = &launch.outcome {
        form.add("lis_outcome_service_url", Some(outcome.url.as_str()));
        form.add("lis_result_sourcedid", Some(&outcome.sourcedid));
    }
    form.0
}

fn encoded(user: &str) -> String {
    utf8_percent_encode(user, NON_ALPHANUMERIC).to_string()
}

struct Form(Vec<Pair>);

impl Form {
    /// Adds what is there.
    fn add(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.0.push((name.to_owned(), value.to_owned()));
        }
    }
}

fn course(form: &mut Form, launch: &Launch) {
    if let Some(context) = &launch.context {
        form.add("context_id", Some(&context.id));
        form.add("context_type", Some(context.types.join(",")).as_deref());
        form.add("context_label", context.label.as_deref());
        form.add("context_title", context.title.as_deref());
    }
    if let Some(link) = &launch.resource_link {
        form.add("resource_link_id", Some(&link.id));
        form.add("resource_link_title", link.title.as_deref());
        form.add("resource_link_description", link.description.as_deref());
    }
    let (offering, section) = (&launch.lis.course_offering, &launch.lis.course_section);
    form.add("lis_course_offering_sourcedid", offering.as_deref());
    form.add("lis_course_section_sourcedid", section.as_deref());
}

fn person(form: &mut Form, launch: &Launch) {
    let person = &launch.person;
    form.add("lis_person_name_full", person.name.as_deref());
    form.add("lis_person_name_given", person.given_name.as_deref());
    form.add("lis_person_name_middle", person.middle_name.as_deref());
    form.add("lis_person_name_family", person.family_name.as_deref());
    form.add("lis_person_contact_email_primary", person.email.as_deref());
    form.add("lis_person_sourcedid", launch.lis.person.as_deref());
    form.add("user_image", person.picture.as_ref().map(Url::as_str));
}

fn platform(form: &mut Form, launch: &Launch) {
    let platform = &launch.platform;
    let url = platform.url.as_ref().map(Url::as_str);
    form.add("tool_consumer_instance_guid", platform.guid.as_deref());
    form.add("tool_consumer_instance_name", platform.name.as_deref());
    form.add("tool_consumer_instance_url", url);
    form.add(
        "tool_consumer_instance_description",
        platform.description.as_deref(),
    );
    form.add(
        "tool_consumer_instance_contact_email",
        platform.contact_email.as_deref(),
    );
    form.add(
        "tool_consumer_info_product_family_code",
        platform.family.as_deref(),
    );
    form.add("tool_consumer_info_version", platform.version.as_deref());
}

fn presentation(form: &mut Form, launch: &Launch) {
    let shown = &launch.presentation;
    let back = shown.return_url.as_ref().map(Url::as_str);
    let pixels = |size: Option<u32>| size.map(|size| size.to_string());
    form.add("launch_presentation_return_url", back);
    form.add("launch_presentation_locale", shown.locale.as_deref());
    form.add(
        "launch_presentation_document_target",
        shown.target.map(DocumentTarget::name),
    );
    form.add("launch_presentation_width", pixels(shown.width).as_deref());
    form.add(
        "launch_presentation_height",
        pixels(shown.height).as_deref(),
    );
}
