//! What an entry of the launch log means: the probable cause and what to change; and the
//! circumstances that bear on it.

use maud::{Markup, html};

use super::{entry as entries, never_opened, path};
use crate::admin::Error;
use crate::admin::diagnosis::diagnose;
use crate::admin::sign_in::Administrator;
use crate::app::App;
use crate::people::connections::deployments;
use crate::store::ids::Reference;
use crate::store::rows::launchlog::{Clock, Entry};
use crate::store::rows::people::{Connection, KeySet};
use crate::store::trees::{Clocks, Jwks};
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::format::moment;
use crate::ui::forms::{Form, form};
use crate::ui::notices::{Tone, notice};
use crate::ui::tables::facts;

/// Clocks that differ by so many seconds are the same for us.
const SAME: u64 = 5;
/// Names of keys that are shown.
const MOST_KEYS: usize = 20;

/// An entry and what is known around it.
pub(super) struct Case<'a> {
    pub(super) app: &'a App,
    pub(super) m: Messages,
    pub(super) administrator: &'a Administrator,
    pub(super) reference: Reference,
    pub(super) entry: &'a Entry,
    pub(super) connection: Option<&'a Connection>,
}

impl Case<'_> {
    /// The notice above everything else.
    pub(super) fn diagnosis(&self) -> Result<Markup, Error> {
        let m = self.m;
        let Some(code) = &self.entry.refusal else {
            return self.success();
        };
        let (sentence, next) = m.problem(code);
        let Some(diagnosis) = diagnose(code) else {
            let body = html! { p { (next) } };
            return Ok(notice(m, Tone::Error, &sentence, Some(&body)));
        };
        let topic = diagnosis.topic;
        let action = self.approval(topic)?;
        let body = html! {
            dl.doctor {
                dt { (m.text("doctor-cause")) }
                dd { (m.text(&format!("doctor-{topic}"))) }
                dt { (m.text("doctor-change")) }
                dd { (m.text(&format!("doctor-{topic}-do"))) }
            }
            @if let Some(action) = action { (action) }
        };
        Ok(html! {
            (notice(m, Tone::Error, &sentence, Some(&body)))
            (self.places(&diagnosis)?)
        })
    }

    /// What there is to say of a launch that opened.
    fn success(&self) -> Result<Markup, Error> {
        let m = self.m;
        let (tone, topic, title) = if never_opened(self.app, self.reference, self.entry)? {
            (Tone::Warning, "never-opened", m.text("launch-unopened"))
        } else if self.entry.binding.as_deref() == Some("window") {
            let title = m.text("launch-opened");
            (Tone::Info, "by-window", title)
        } else {
            return Ok(html! {});
        };
        let body = html! {
            p { (m.text(&format!("doctor-{topic}"))) }
            p { (m.text(&format!("doctor-{topic}-do"))) }
        };
        Ok(notice(m, tone, &title, Some(&body)))
    }

    /// The button that lets the next launch of a waiting deployment in.
    fn approval(&self, topic: &str) -> Result<Option<Markup>, Error> {
        if !matches!(topic, "deployment-waiting" | "deployment-blocked") {
            return Ok(None);
        }
        let (Some(id), Some(deployment)) = (self.entry.connection, entries::deployment(self.entry))
        else {
            return Ok(None);
        };
        let known = deployments::one(&self.app.store, id, deployment)?;
        let m = self.m;
        Ok(known.map(|row| {
            if row.approved {
                return html! { p { (m.text("launch-approved-already")) } };
            }
            let action = path(self.app, &format!("launches/{}", self.reference));
            let press = button(&Button {
                label: &m.text("launch-approve"),
                style: Style::Primary,
                ..Button::default()
            });
            form(
                &Form {
                    action: &action,
                    hidden: &[("form_token", self.administrator.form_token())],
                    ..Form::default()
                },
                &press,
            )
        }))
    }

    /// The platform's clock and our copy of its keys.
    pub(super) fn circumstances(&self) -> Result<Markup, Error> {
        let registration = self.connection.and_then(|c| c.registration.as_ref());
        let (Some(id), Some(registration)) = (self.entry.connection, registration) else {
            return Ok(html! {});
        };
        let store = &self.app.store;
        let keys = store.get::<Jwks>(&id)?;
        let keys = keys.filter(|keys| keys.url == registration.jwks_url);
        let m = self.m;
        Ok(facts(&[
            (&m.text("launch-clock"), clock(m, store.get::<Clocks>(&id)?)),
            (&m.text("launch-keys"), key_set(m, keys.as_ref())),
        ]))
    }
}

/// How far the platform's clock is from ours.
pub(super) fn clock(m: Messages, clock: Option<Clock>) -> Markup {
    let Some(clock) = clock else {
        return html! { (m.text("launch-clock-unknown")) };
    };
    let ahead = clock.ahead();
    let apart = ahead.unsigned_abs();
    let text = if apart <= SAME {
        m.text("launch-clock-same").into_owned()
    } else {
        let id = if ahead > 0 {
            "launch-clock-ahead"
        } else {
            "launch-clock-behind"
        };
        let span = m.with(
            "clock-span",
            &[
                ("hours", (apart / 3600).into()),
                ("minutes", (apart / 60 % 60).into()),
                ("seconds", (apart % 60).into()),
            ],
        );
        m.with(id, &[("span", span.into())])
    };
    html! { (text) " · " (moment(clock.ours)) }
}

fn key_set(m: Messages, keys: Option<&KeySet>) -> Markup {
    let Some(keys) = keys else {
        return html! { (m.text("launch-keys-none")) };
    };
    let names = key_names(&keys.json);
    html! {
        (m.with("launch-keys-of", &[("number", names.len().into())])) " "
        code { (keys.url) } " · " (moment(keys.fetched))
        @if !names.is_empty() {
            br;
            (m.text("launch-key-names")) ": "
            @for name in names.iter().take(MOST_KEYS) { code { (name) } " " }
        }
    }
}

/// The names of the keys in a set.
fn key_names(json: &str) -> Vec<String> {
    let set: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    let keys = set.get("keys").and_then(|keys| keys.as_array());
    let keys = keys.into_iter().flatten();
    keys.map(|key| {
        let kid = key.get("kid").and_then(|kid| kid.as_str());
        kid.unwrap_or("—").chars().take(100).collect()
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Time;

    #[test]
    fn clocks_are_told_in_words() {
        let m = Messages::default();
        let told = |ours, theirs| {
            let clock_seen = Clock {
                ours: Time::from_seconds(ours),
                theirs: Time::from_seconds(theirs),
            };
            clock(m, Some(clock_seen)).0
        };
        assert!(told(1000, 1003).starts_with("As ours"));
        assert!(told(1000, 1312).starts_with("5 min 12 s ahead of ours"));
        assert!(told(9000, 1800).starts_with("2 h 0 min behind ours"));
        assert!(told(1000, 985).starts_with("15 s behind ours"));
        assert!(clock(m, None).0.starts_with("Unknown"));
    }

    #[test]
    fn keys_are_named_and_counted_whatever_they_are() {
        assert_eq!(key_names(r#"{"keys":[{"kid":"a"},{}]}"#), ["a", "—"]);
        assert!(key_names("no json").is_empty());
        assert!(key_names(r#"{"keys":3}"#).is_empty());
    }
}
