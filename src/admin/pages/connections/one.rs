//! One connection: what it is, what it lets in, what is decided about it.

use maud::{Markup, html};

use super::deployments;
use super::entry::Mistakes;
use super::list::{platform, state, version};
use super::secret;
use super::settings::{self, Values};
use crate::admin::Error;
use crate::admin::pages::{invitations, path, signed_in};
use crate::admin::sign_in::{Administrator, administrator};
use crate::app::{App, Input, Page};
use crate::people::connections::{self, changes};
use crate::store::ids::ConnectionId;
use crate::store::rows::people::{Connection, Source};
use crate::ui::Messages;
use crate::ui::buttons::{Button, LinkButton, Style, button, button_row, link_button};
use crate::ui::format::moment;
use crate::ui::forms::{Form, form};
use crate::ui::notices::{Tone, notice};
use crate::ui::tables::facts;

/// A connection and who looks at it.
pub(super) struct Sheet<'a> {
    pub(super) app: &'a App,
    pub(super) m: Messages,
    pub(super) administrator: &'a Administrator,
    pub(super) id: ConnectionId,
    pub(super) connection: &'a Connection,
}

/// `GET /admin/connections/{id}`
pub async fn page(app: &App, input: &Input, id: ConnectionId) -> Result<Page, Error> {
    let administrator = administrator(app, input).await?;
    let connection = connections::any(&app.store, id)?.ok_or(Error::NotFound)?;
    let m = Messages::default();
    let saved = input.query().get("saved").is_some();
    let news = html! {
        @if saved { (notice(m, Tone::Success, &m.text("settings-saved"), None)) }
    };
    let form = (&Values::of(&connection), &Mistakes::default());
    whole(app, &administrator, (id, &connection), form, &news)
}

/// The page with the settings as they were entered, and what is wrong with them.
pub(super) fn with_form(
    app: &App,
    administrator: &Administrator,
    connection: (ConnectionId, &Connection),
    values: &Values,
    mistakes: &Mistakes,
) -> Result<Page, Error> {
    let m = Messages::default();
    let news = notice(m, Tone::Error, &m.text("form-mistakes"), None);
    whole(app, administrator, connection, (values, mistakes), &news)
}

/// The page; `news` stands above everything.
pub(super) fn whole(
    app: &App,
    administrator: &Administrator,
    (id, connection): (ConnectionId, &Connection),
    form: (&Values, &Mistakes),
    news: &Markup,
) -> Result<Page, Error> {
    let m = Messages::default();
    let sheet = Sheet {
        app,
        m,
        administrator,
        id,
        connection,
    };
    let content = html! {
        (news)
        @if connection.deleted.is_some() {
            (notice(m, Tone::Info, &m.text("connection-deleted"), Some(&html! {
                p { (m.text("connection-deleted-text")) }
                p { a href=(sheet.at("media")) { (m.text("connection-deleted-media")) } }
            })))
            (sheet.facts()?)
        } @else {
            @if let Some(proposed) = &connection.proposed {
                @let from = format!("connections/{id}");
                (invitations::moved(app, m, administrator, (id, connection), proposed, &from)?)
            }
            (sheet.facts()?)
            (sheet.test()?)
            @if connection.registration.is_some() { (deployments::section(&sheet)?) }
            (sheet.origins())
            (sheet.settings(form))
            (sheet.end())
        }
    };
    Ok(signed_in(
        app,
        administrator,
        &connection.name,
        "connections",
        &content,
    ))
}

impl Sheet<'_> {
    pub(super) fn at(&self, below: &str) -> String {
        path(self.app, &format!("connections/{}/{below}", self.id))
    }

    /// A button that does one thing.
    pub(super) fn act(
        &self,
        below: &str,
        more: &[(&str, &str)],
        label: &str,
        style: Style,
    ) -> Markup {
        let mut hidden = vec![("form_token", self.administrator.form_token())];
        hidden.extend_from_slice(more);
        form(
            &Form {
                action: &self.at(below),
                hidden: &hidden,
                inline: true,
                ..Form::default()
            },
            &button(&Button {
                label,
                style,
                ..Button::default()
            }),
        )
    }

    fn facts(&self) -> Result<Markup, Error> {
        let (m, connection) = (self.m, self.connection);
        let code = |text: &str| html! { code { (text) } };
        let mut known = vec![
            (m.text("connections-state"), state(m, connection)),
            (
                m.text("connections-version"),
                html! { (version(m, connection)) },
            ),
            (
                m.text("connections-platform"),
                html! { (platform(m, connection)) },
            ),
        ];
        if let Some(registration) = &connection.registration {
            let login = self.app.public().join(&format!("/lti/login/{}", self.id));
            known.extend([
                (m.text("connection-issuer"), code(&registration.issuer)),
                (m.text("connection-client"), code(&registration.client_id)),
                (m.text("connection-auth"), code(&registration.auth_url)),
                (m.text("connection-token"), code(&registration.token_url)),
                (m.text("connection-keys"), code(&registration.jwks_url)),
                (m.text("connection-login"), code(&login)),
            ]);
        }
        if let Some(consumer) = &connection.consumer {
            known.push((m.text("consumer-key"), code(&consumer.key)));
            known.push((
                m.text("connection-installation"),
                self.installation(consumer.guid.as_deref()),
            ));
        }
        if let Some(former) = secret::former(self) {
            known.push((m.text("former-secret"), former));
        }
        known.push((m.text("connection-made"), moment(connection.created)));
        known.push((
            m.text("connections-last"),
            super::list::last_launch(self.app, m, self.id)?,
        ));
        let people = path(self.app, &format!("connections/{}/people", self.id));
        known.push((
            m.text("connection-people"),
            html! { a href=(people) { (m.text("connection-people-go")) } },
        ));
        let known: Vec<(&str, Markup)> = known
            .iter()
            .map(|(name, value)| (name.as_ref(), value.clone()))
            .collect();
        Ok(facts(&known))
    }

    /// The installation that a consumer is bound to.
    fn installation(&self, guid: Option<&str>) -> Markup {
        let Some(guid) = guid else {
            return html! { (self.m.text("installation-none")) };
        };
        let label = self.m.with("installation-forget", &[("guid", guid.into())]);
        html! {
            code { (guid) } " "
            @if self.connection.deleted.is_none() {
                (self.act("installation", &[], &label, Style::Quiet))
            }
        }
    }

    fn test(&self) -> Result<Markup, Error> {
        let (m, connection) = (self.m, self.connection);
        if connection.source == Source::Practice {
            return Ok(html! {});
        }
        let what = if connection.consumer.is_some() {
            // Nothing of LTI 1.1 can be asked, so what proves it stands beside the button.
            let last = super::list::last_launch(self.app, m, self.id)?;
            html! {
                p { (m.text("test-text-1p1")) }
                p { (m.text("connections-last")) ": " (last) }
            }
        } else {
            html! { p { (m.text("test-text")) } }
        };
        Ok(html! {
            section aria-labelledby="test" {
                h2 #test { (m.text("test-title")) }
                (what)
                (self.act("test", &[], &m.text("test-go"), Style::Primary))
            }
        })
    }

    fn origins(&self) -> Markup {
        let m = self.m;
        let learned = &self.connection.learned_origins;
        html! {
            @if !learned.is_empty() {
                section aria-labelledby="origins" {
                    h2 #origins { (m.text("origins-title")) }
                    p { (m.text("origins-text")) }
                    ul.plain role="list" {
                        @for origin in learned {
                            li {
                                code { (origin) } " "
                                (self.act(
                                    "origins", &[("origin", origin)],
                                    &m.with("origins-forget", &[("origin", origin.as_str().into())]),
                                    Style::Quiet,
                                ))
                            }
                        }
                    }
                }
            }
        }
    }

    fn settings(&self, form: (&Values, &Mistakes)) -> Markup {
        let (m, connection) = (self.m, self.connection);
        html! {
            section aria-labelledby="settings" {
                h2 #settings { (m.text("settings-title")) }
                (settings::warning(m, connection))
                @if changes::editable(connection) {
                    (settings::settings_form(
                        self.app, m, self.administrator, (self.id, connection), form,
                    ))
                } @else {
                    p.hint { (m.text("settings-file")) }
                    @let known = settings::read_only(m, connection);
                    @let known: Vec<(&str, Markup)> = known
                        .iter()
                        .map(|(name, value)| (name.as_str(), value.clone()))
                        .collect();
                    (facts(&known))
                }
            }
        }
    }

    /// Moving, switching off, deleting.
    fn end(&self) -> Markup {
        let (m, connection) = (self.m, self.connection);
        let editable = changes::editable(connection);
        if !editable && !changes::deletable(connection) {
            return html! {};
        }
        let (to, label) = if connection.enabled {
            ("off", "connection-switch-off")
        } else {
            ("on", "connection-switch-on")
        };
        html! {
            section aria-labelledby="end" {
                h2 #end { (m.text("connection-end")) }
                p { (m.text("connection-end-text")) }
                (button_row(&html! {
                    @if editable && connection.registration.is_some() {
                        (link_button(&LinkButton {
                            href: &self.at("move"),
                            label: &m.text("move-go"),
                            ..LinkButton::default()
                        }))
                    }
                    @if editable && connection.consumer.is_some() {
                        (link_button(&LinkButton {
                            href: &self.at("secret"),
                            label: &m.text("consumer-rotate"),
                            ..LinkButton::default()
                        }))
                    }
                    @if editable {
                        (self.act("state", &[("enabled", to)], &m.text(label), Style::Secondary))
                    }
                    (link_button(&LinkButton {
                        href: &self.at("delete"),
                        label: &m.text("delete-go"),
                        style: Style::Danger,
                        icon: None,
                    }))
                }))
            }
        }
    }
}
