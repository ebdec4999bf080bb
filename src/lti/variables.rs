//! Substitution variables in custom parameters (LTI Core 1.3, appendix C; LTI 2.0, appendix C):
//! what a platform puts for them.
//!
//! A value is a variable when it is nothing but `$` and its name. Of people only that is put which
//! the launch itself tells: what was not agreed to stays as it was written, and so does what nobody
//! here knows.

use url::Url;

use super::launch::{DocumentTarget, Launch};

/// What a launch does not say itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Besides<'a> {
    /// By what name the LMS knows the person, where that is told.
    pub username: Option<&'a str>,
    /// The courses that the course was copied from, closest first.
    pub history: &'a [String],
    /// Where line items are, where the tool may use them.
    pub line_items: Option<&'a str>,
    /// The link's own line item.
    pub line_item: Option<&'a str>,
}

/// A value as it is sent: what stands for the variable that it is, else itself.
pub fn resolved(value: &str, launch: &Launch, besides: &Besides<'_>) -> String {
    let name = value.strip_prefix('$');
    let put = name.and_then(|name| {
        about_person(name, launch, besides)
            .or_else(|| about_course(name, launch, besides))
            .or_else(|| about_platform(name, launch))
    });
    put.unwrap_or_else(|| value.to_owned())
}

/// Of a person. `None` also where there is nothing to tell.
fn about_person(name: &str, launch: &Launch, besides: &Besides<'_>) -> Option<String> {
    let person = &launch.person;
    let told = match name {
        "User.id" => launch.subject.as_deref(),
        "User.username" => besides.username,
        "User.image" => person.picture.as_ref().map(Url::as_str),
        "Person.sourcedId" => launch.lis.person.as_deref(),
        "Person.name.full" => person.name.as_deref(),
        "Person.name.given" => person.given_name.as_deref(),
        "Person.name.middle" => person.middle_name.as_deref(),
        "Person.name.family" => person.family_name.as_deref(),
        "Person.email.primary" => person.email.as_deref(),
        "Membership.role" => return Some(launch.roles.join(",")),
        _ => None,
    };
    told.map(str::to_owned)
}

/// Of a course and what is opened in it. What a course does not have is empty.
fn about_course(name: &str, launch: &Launch, besides: &Besides<'_>) -> Option<String> {
    let context = launch.context.as_ref();
    let link = launch.resource_link.as_ref();
    let outcome = launch.outcome.as_ref();
    let told = match name {
        "Context.id" => context.map(|context| context.id.as_str()),
        "Context.title"
        | "CourseSection.title"
        | "CourseOffering.title"
        | "CourseTemplate.title" => context.and_then(|context| context.title.as_deref()),
        "Context.label"
        | "CourseSection.label"
        | "CourseOffering.label"
        | "CourseTemplate.label" => context.and_then(|context| context.label.as_deref()),
        "Context.sourcedId" | "CourseSection.sourcedId" => launch.lis.course_section.as_deref(),
        "CourseOffering.sourcedId" => launch.lis.course_offering.as_deref(),
        "Context.type" => return Some(context.map(|c| c.types.join(",")).unwrap_or_default()),
        "Context.id.history" => return Some(besides.history.join(",")),
        "ResourceLink.id" => link.map(|link| link.id.as_str()),
        "ResourceLink.title" => link.and_then(|link| link.title.as_deref()),
        "ResourceLink.description" => link.and_then(|link| link.description.as_deref()),
        "Result.sourcedId" | "Result.sourcedGUID" | "BasicOutcome.sourcedId" => {
            outcome.map(|outcome| outcome.sourcedid.as_str())
        }
        "BasicOutcome.url" => outcome.map(|outcome| outcome.url.as_str()),
        "LineItems.url" => besides.line_items,
        "LineItem.url" => besides.line_item,
        _ => return None,
    };
    Some(told.unwrap_or_default().to_owned())
}

/// Of ourselves, and of how it is shown.
fn about_platform(name: &str, launch: &Launch) -> Option<String> {
    let (platform, shown) = (&launch.platform, &launch.presentation);
    let pixels = |size: Option<u32>| size.map(|size| size.to_string());
    let told = match name {
        "ToolPlatform.productFamilyCode"
        | "ToolConsumerInfo.productFamilyCode"
        | "ToolConsumer.productFamilyCode" => platform.family.as_deref(),
        "ToolPlatform.version" | "ToolConsumerInfo.version" | "ToolConsumer.version" => {
            platform.version.as_deref()
        }
        "ToolPlatformInstance.guid" | "ToolConsumerInstance.guid" => platform.guid.as_deref(),
        "ToolPlatformInstance.name" | "ToolConsumerInstance.name" => platform.name.as_deref(),
        "ToolPlatformInstance.description" | "ToolConsumerInstance.description" => {
            platform.description.as_deref()
        }
        "ToolPlatformInstance.url" | "ToolConsumerInstance.url" => {
            platform.url.as_ref().map(Url::as_str)
        }
        "ToolPlatformInstance.contactEmail" | "ToolConsumerInstance.contactEmail" => {
            platform.contact_email.as_deref()
        }
        "Message.returnUrl" => shown.return_url.as_ref().map(Url::as_str),
        "Message.documentTarget" => shown.target.map(DocumentTarget::name),
        "Message.locale" => shown.locale.as_deref(),
        "Message.height" => return Some(pixels(shown.height).unwrap_or_default()),
        "Message.width" => return Some(pixels(shown.width).unwrap_or_default()),
        _ => return None,
    };
    Some(told.unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::lti::launch::{
        Context, Lis, Message, Outcome, Person, Platform, Presentation, ResourceLink, Version,
    };

    fn launch(person: Person) -> Launch {
        Launch {
            version: Version::V1p1,
            message: Message::Resource,
            deployment: String::new(),
            subject: Some("a1b2".into()),
            person,
            roles: vec!["Learner".into()],
            mentored: Vec::new(),
            context: Some(Context {
                id: "c7".into(),
                types: vec!["CourseSection".into()],
                label: Some("PH1".into()),
                title: Some("Physics".into()),
            }),
            resource_link: Some(ResourceLink {
                id: "r9".into(),
                title: Some("Waves".into()),
                description: None,
            }),
            target_link_uri: None,
            platform: Platform {
                guid: Some("media.school.example".into()),
                ..Platform::default()
            },
            presentation: Presentation::default(),
            custom: BTreeMap::new(),
            lis: Lis::default(),
            ags: None,
            nrps: None,
            outcome: Some(Outcome {
                url: Url::parse("https://media.school.example/tools/1/outcomes").unwrap(),
                sourcedid: "sealed".into(),
            }),
            migration: None,
        }
    }

    fn put(value: &str, person: Person) -> String {
        let history = ["b".to_owned(), "a".to_owned()];
        let besides = Besides {
            history: &history,
            ..Besides::default()
        };
        resolved(value, &launch(person), &besides)
    }

    #[test]
    fn variables_stand_for_what_the_launch_says() {
        for (value, expected) in [
            ("$User.id", "a1b2"),
            ("$CourseSection.title", "Physics"),
            ("$Context.id", "c7"),
            ("$Context.id.history", "b,a"),
            ("$ResourceLink.title", "Waves"),
            ("$ResourceLink.description", ""),
            ("$Membership.role", "Learner"),
            ("$Result.sourcedId", "sealed"),
            ("$ToolPlatformInstance.guid", "media.school.example"),
            ("$Nobody.knows", "$Nobody.knows"),
            ("$User.id and more", "$User.id and more"),
            ("User.id", "User.id"),
            ("$", "$"),
            ("", ""),
        ] {
            assert_eq!(put(value, Person::default()), expected, "{value}");
        }
    }

    #[test]
    fn of_people_only_that_is_put_which_is_told() {
        let known = Person {
            name: Some("Ada Lovelace".into()),
            email: Some("ada@school.example".into()),
            ..Person::default()
        };
        for (value, expected) in [
            ("$Person.name.full", "Ada Lovelace"),
            ("$Person.email.primary", "ada@school.example"),
        ] {
            assert_eq!(put(value, known.clone()), expected);
            assert_eq!(put(value, Person::default()), value);
        }
        assert_eq!(put("$User.username", known), "$User.username");
    }

    proptest! {
        #[test]
        fn what_is_no_variable_stays(value in "[^$].{0,40}") {
            prop_assert_eq!(put(&value, Person::default()), value);
        }

        #[test]
        fn any_value_is_answered(value: String) {
            let _ = put(&format!("${value}"), Person::default());
        }
    }
}
