//! Where in an LMS a refusal is mended: the fields of its form under its own labels, which are those
//! of the set-up pages, with what belongs there.

use maud::{Markup, html};

use super::doctor::Case;
use super::entry as entries;
use crate::admin::Error;
use crate::admin::diagnosis::{Diagnosis, Place, family};
use crate::admin::pages::guides::{self, Guide, Ours};
use crate::people::connections;
use crate::store::rows::launchlog::Entry;
use crate::ui::Messages;
use crate::ui::forms::copy_field;

/// The check of LTI 1.1 that has the address which was launched.
const LAUNCHED: &str = "launched-address";
/// Connections of one issuer that are shown.
const MOST_ALIKE: usize = 10;

impl Case<'_> {
    /// The fields of that LMS, under its own labels, with what belongs there.
    pub(super) fn places(&self, diagnosis: &Diagnosis) -> Result<Markup, Error> {
        let (m, of_old) = (self.m, launched(self.entry).is_some());
        let family = self.connection.map_or("other", family);
        let places = diagnosis.places.iter();
        let places: Vec<Place> = places
            .copied()
            .filter(|place| !of_old || place.is_of_old())
            .collect();
        if places.is_empty() {
            return Ok(html! {});
        }
        let title = match guides::named(family).filter(|_| family != "other") {
            Some(guide) => m.with("doctor-where", &[("product", guide.name.into())]),
            None => m.text("doctor-where-other").into_owned(),
        };
        Ok(html! {
            section aria-labelledby="where" {
                h2 #where { (title) }
                p { (m.with(way(of_old), &[("family", family.into())])) }
                @if diagnosis.topic == "ambiguous" {
                    (self.logins(&label(m, of_old, family, Place::Login))?)
                } @else {
                    @for place in places {
                        @let label = label(m, of_old, family, place);
                        @match self.value(place) {
                            Some(value) => (copy_field(m, &format!("place-{}", place.name()), &label, &value)),
                            None => p { strong { (label) } },
                        }
                    }
                }
            }
        })
    }

    /// The login addresses of the connections that a login could have been for: each has one that is
    /// its own.
    fn logins(&self, label: &str) -> Result<Markup, Error> {
        let seen = self.entry.detail.as_deref().unwrap_or_default();
        let issuer = seen.rsplit_once(" / ").map_or(seen, |(issuer, _)| issuer);
        let mut alike = connections::all(&self.app.store)?;
        alike.retain(|(_, connection)| {
            let registration = connection.registration.as_ref();
            registration.is_some_and(|registration| registration.issuer == issuer)
        });
        Ok(html! {
            @for (id, connection) in alike.iter().take(MOST_ALIKE) {
                (copy_field(
                    self.m,
                    &format!("place-login-{id}"),
                    &format!("{label} · {}", connection.name),
                    &self.app.public().join(&format!("/lti/login/{id}")),
                ))
            }
        })
    }

    /// What belongs into a field, as far as we know it.
    fn value(&self, place: Place) -> Option<String> {
        let ours = |path: &str| Some(self.app.public().join(path));
        let registration = self
            .connection
            .and_then(|connection| connection.registration.as_ref());
        match place {
            Place::Tool => match launched(self.entry) {
                Some(address) => Some(address.to_owned()),
                None => ours("/lti/launch"),
            },
            Place::Redirect => ours("/lti/launch"),
            Place::Login => ours("/lti/login"),
            Place::Issuer => Some(registration?.issuer.clone()),
            Place::Client => Some(registration?.client_id.clone()),
            Place::PlatformKeys => Some(registration?.jwks_url.clone()),
            Place::Deployment => entries::deployment(self.entry).map(str::to_owned),
            Place::Key => Some(self.connection?.consumer.as_ref()?.key.clone()),
            Place::Secret | Place::Privacy => None,
        }
    }
}

/// The address that a form of LTI 1.1 launched; `None` of LTI 1.3.
fn launched(entry: &Entry) -> Option<&str> {
    let mut checks = entry.checks.iter();
    let check = checks.find(|check| check.name == LAUNCHED)?;
    check.detail.as_deref()
}

/// The message that leads to the form.
const fn way(of_old: bool) -> &'static str {
    if of_old {
        "doctor-path-of-old"
    } else {
        "doctor-path"
    }
}

/// What an LMS calls a field.
fn label(m: Messages, of_old: bool, family: &str, place: Place) -> String {
    let guide = guides::named(family).filter(|_| !of_old);
    if let Some(label) = guide.and_then(|guide| of_guide(guide, place)) {
        return label.to_owned();
    }
    let id = match place {
        Place::Tool if of_old => "doctor-place-tool-of-old".to_owned(),
        _ => format!("doctor-place-{}", place.name()),
    };
    m.with(&id, &[("family", family.into())])
}

/// What the set-up page of an LMS calls a field, where it has it.
fn of_guide(guide: &Guide, place: Place) -> Option<&'static str> {
    let given = |wanted: &[Ours]| {
        let mut given = guide.given.iter();
        let found = given.find(|given| wanted.contains(&given.value));
        found.map(|given| given.label)
    };
    match place {
        Place::Redirect => given(&[Ours::Redirect, Ours::RedirectList]),
        Place::Login => given(&[Ours::Login]),
        Place::Tool => given(&[Ours::Launch]),
        Place::Issuer => Some(guide.labels.issuer),
        Place::Client => Some(guide.labels.client_id),
        Place::PlatformKeys => Some(guide.labels.keys),
        Place::Deployment => Some(guide.labels.deployment),
        Place::Key | Place::Secret | Place::Privacy => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_its_label_in_every_lms() {
        let m = Messages::default();
        for guide in guides::ALL {
            for place in Place::ALL {
                let id = format!("doctor-place-{}", place.name());
                let known = of_guide(&guide, place).is_some() || m.has(&id);
                assert!(known, "{} {id}", guide.slug);
                assert!(!label(m, false, guide.slug, place).is_empty());
                if place.is_of_old() {
                    assert!(!label(m, true, guide.slug, place).is_empty());
                }
            }
        }
    }

    #[test]
    fn labels_are_those_of_the_set_up_page() {
        let m = Messages::default();
        for (slug, place, expected) in [
            ("sakai", Place::Issuer, "LTI 1.3 Platform Issuer"),
            (
                "sakai",
                Place::Redirect,
                "LTI 1.3 Tool Redirect Endpoint(s)",
            ),
            ("schoology", Place::Redirect, "Redirect URLs"),
            ("openedx", Place::Issuer, "Platform ID"),
            ("brightspace", Place::Client, "Client Id"),
            ("moodle", Place::Redirect, "Redirection URI(s)"),
            ("canvas", Place::Tool, "Target Link URI"),
        ] {
            assert_eq!(label(m, false, slug, place), expected);
        }
        assert_eq!(label(m, true, "moodle", Place::Tool), "Tool URL");
        assert_eq!(label(m, true, "other", Place::Tool), "Launch URL");
    }

    /// The way to a tool begins as the way to where tools are made.
    #[test]
    fn the_doctor_and_the_set_up_page_go_the_same_way() {
        let m = Messages::default();
        for guide in guides::ALL {
            if guide.slug == "other" {
                continue;
            }
            let there = m.with("doctor-path", &[("family", guide.slug.into())]);
            let begins = there.split([',', ';']).next().unwrap();
            let told = [guide.go, guide.then].map(|id| m.text(id)).join(" ");
            assert!(told.contains(begins), "{begins} is not in {told}");
        }
    }
}
