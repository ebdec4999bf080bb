//! What a teacher or an administrator enters about a tool, and what is wrong with it.

use super::addresses::{self, BadAddress};
use crate::app::{App, Form};
use crate::library::words::{BadTitle, TITLE_MAX};
use crate::library::{Description, Title};
use crate::lti::custom::{self, BadCustom};
use crate::lti::key::PublicKey;
use crate::lti::passport::{self, BadPassport};
use crate::store::rows::tools::{
    Passport, Personal, Tool, ToolKeys, ToolLink, ToolPlace, ToolPresentation, ToolRegistration,
    ToolSource, ToolTrust,
};
use crate::ui::Messages;

/// The form, at most, in bytes.
pub const LIMIT: usize = 256 * 1024;
/// How high a frame may be, in pixels.
const HEIGHTS: std::ops::RangeInclusive<u32> = 100..=5_000;
/// The longest text on a button, in characters.
const LONGEST_BUTTON: usize = 80;
/// The most addresses to which tokens may be sent.
const MOST_REDIRECTS: usize = 20;

/// What stands in the fields.
#[derive(Clone, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a field of its own")]
pub struct Entry {
    /// Its title.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// Whether it is a tool of LTI 1.3.
    pub newer: bool,
    /// `name:key:secret`; never sent back.
    pub passport: String,
    /// Where it is launched.
    pub launch_url: String,
    /// Custom parameters, one in a line.
    pub custom: String,
    /// What it asks for.
    pub asks: Personal,
    /// Whether it may report grades.
    pub grades: bool,
    /// Whether it has a window of its own.
    pub window: bool,
    /// How high its frame is.
    pub height: String,
    /// What the button of its window says.
    pub button: String,
    /// Whether it is not launched.
    pub hide_launch: bool,
    /// Where its logins begin.
    pub login_url: String,
    /// Where tokens may be sent, one in a line.
    pub redirect_uris: String,
    /// The address of its key set.
    pub keys_url: String,
    /// Its one key, as PEM.
    pub keys_pem: String,
    /// Where people pick in it.
    pub selection_url: String,
}

impl std::fmt::Debug for Entry {
    /// Without the passport.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("title", &self.title)
            .finish_non_exhaustive()
    }
}

/// What is wrong with the fields, by their names.
#[derive(Debug, Default)]
pub struct Mistakes(Vec<(&'static str, String)>);

impl Mistakes {
    /// What is wrong with one.
    pub fn of(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(known, _)| *known == name);
        found.next().map(|(_, text)| text.as_str())
    }

    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, name: &'static str, text: impl Into<String>) {
        self.0.push((name, text.into()));
    }
}

/// What was entered, when all of it is right.
#[derive(Debug, Clone)]
pub struct Entered {
    /// The title of the tool, and of its first item.
    pub title: Title,
    /// What it is about.
    pub description: Description,
    /// How it is trusted; `None`: as before.
    pub trust: Option<ToolTrust>,
    /// Where it is launched.
    pub launch_url: String,
    /// Custom parameters.
    pub custom: Vec<(String, String)>,
    /// What it asks for.
    pub asks: Personal,
    /// Whether it may report grades.
    pub grades: bool,
    /// How it is shown.
    pub presentation: ToolPresentation,
}

impl Entered {
    /// Writes it over a tool.
    pub fn apply(&self, tool: &mut Tool) {
        self.title.as_str().clone_into(&mut tool.name);
        if let Some(trust) = &self.trust {
            tool.trust = trust.clone();
        }
        tool.launch_url.clone_from(&self.launch_url);
        tool.custom.clone_from(&self.custom);
        tool.asks = self.asks;
        tool.grades = self.grades;
        tool.presentation = self.presentation.clone();
    }
}

/// What a form is about.
#[derive(Debug, Clone, Copy)]
pub enum About<'a> {
    /// A tool that comes, from this source, whose client id is to be this.
    New(ToolSource, &'a str),
    /// A tool that is there.
    Known(&'a Tool),
}

impl Entry {
    /// An empty form.
    pub fn empty() -> Self {
        Self {
            grades: true,
            ..Self::default()
        }
    }

    /// What is known of a tool.
    pub fn of(tool: &Tool) -> Self {
        let mut entry = Self {
            title: tool.name.clone(),
            launch_url: tool.launch_url.clone(),
            custom: custom::write_lines(&tool.custom),
            asks: tool.asks,
            grades: tool.grades,
            ..Self::shown(&tool.presentation)
        };
        if let ToolTrust::Registered(registration) = &tool.trust {
            entry.newer = true;
            entry.login_url.clone_from(&registration.login_url);
            entry.redirect_uris = registration.redirect_uris.join("\n");
            match &registration.keys {
                ToolKeys::None => {}
                ToolKeys::Url(url) => entry.keys_url.clone_from(url),
                ToolKeys::Pem(pem) => entry.keys_pem.clone_from(pem),
            }
            entry.selection_url = registration.selection_url.clone().unwrap_or_default();
        }
        entry
    }

    /// What an item says besides its tool.
    pub fn of_link(link: &ToolLink, tool: &Tool) -> Self {
        let presentation = link.presentation.as_ref().unwrap_or(&tool.presentation);
        Self {
            custom: custom::write_lines(&link.custom),
            ..Self::shown(presentation)
        }
    }

    fn shown(presentation: &ToolPresentation) -> Self {
        Self {
            window: presentation.place == ToolPlace::Window,
            height: presentation
                .height
                .map(|height| height.to_string())
                .unwrap_or_default(),
            button: presentation.button.clone().unwrap_or_default(),
            hide_launch: presentation.hide_launch,
            ..Self::default()
        }
    }

    /// What a form says.
    pub fn read(form: &Form) -> Self {
        let text = |name| form.get(name).unwrap_or_default().to_owned();
        let on = |name| form.is_on(name);
        Self {
            title: text("title"),
            description: text("description"),
            newer: form.get("version") == Some("1.3"),
            passport: text("passport"),
            launch_url: text("launch_url"),
            custom: text("custom"),
            asks: Personal {
                name: on("ask_name"),
                username: on("ask_username"),
                email: on("ask_email"),
            },
            grades: on("grades"),
            window: form.get("place") == Some("window"),
            height: text("height"),
            button: text("button"),
            hide_launch: on("hide_launch"),
            login_url: text("login_url"),
            redirect_uris: text("redirect_uris"),
            keys_url: text("keys_url"),
            keys_pem: text("keys_pem"),
            selection_url: text("selection_url"),
        }
    }

    /// Checks all of it.
    pub async fn checked(
        &self,
        app: &App,
        m: Messages,
        about: About<'_>,
    ) -> Result<Entered, Mistakes> {
        let mut mistakes = Mistakes::default();
        let source = match about {
            About::New(source, _) => source,
            About::Known(tool) => tool.source,
        };
        let title = Title::parse(&self.title);
        if let Err(bad) = &title {
            mistakes.add("title", title_words(m, *bad));
        }
        let description = Description::parse(&self.description);
        if description.is_err() {
            mistakes.add("description", m.text("tool-description-long"));
        }
        let launch_url = self.address(app, m, source, &self.launch_url);
        let launch_url = launch_url
            .await
            .map_err(|text| mistakes.add("launch_url", text));
        let trust = self.trust(app, m, about, source, &mut mistakes).await;
        let custom = self.custom(m, &mut mistakes);
        let presentation = self.presentation(m, &mut mistakes);
        match (title, description, launch_url) {
            (Ok(title), Ok(description), Ok(launch_url)) if mistakes.is_empty() => Ok(Entered {
                title,
                description,
                trust,
                launch_url,
                custom,
                asks: self.asks,
                grades: self.grades,
                presentation,
            }),
            _ => Err(mistakes),
        }
    }

    /// What an item says besides its tool.
    pub fn checked_link(&self, m: Messages) -> Result<ToolLink, Mistakes> {
        let mut mistakes = Mistakes::default();
        let link = ToolLink {
            launch_url: None,
            custom: self.custom(m, &mut mistakes),
            presentation: Some(self.presentation(m, &mut mistakes)),
        };
        if mistakes.is_empty() {
            Ok(link)
        } else {
            Err(mistakes)
        }
    }

    async fn address(
        &self,
        app: &App,
        m: Messages,
        source: ToolSource,

        address: &str,
    ) -> Result<String, String> {
        match addresses::addable(app, source, address).await {
            // As it was entered: some tools sign over every letter of it.
            Ok(_) => Ok(address.trim().to_owned()),
            Err(bad) => Err(m.text(address_words(bad)).into_owned()),
        }
    }

    async fn trust(
        &self,
        app: &App,
        m: Messages,
        about: About<'_>,
        source: ToolSource,
        mistakes: &mut Mistakes,
    ) -> Option<ToolTrust> {
        let before = match about {
            About::New(..) => None,
            About::Known(tool) => Some(&tool.trust),
        };
        if self.newer {
            let registration = self.registration(app, m, about, source, mistakes).await?;
            return Some(ToolTrust::Registered(registration));
        }
        let kept = matches!(before, Some(ToolTrust::Passport(_)));
        if self.passport.trim().is_empty() && kept {
            return None;
        }
        match passport::Passport::parse(&self.passport) {
            Ok(passport) => Some(ToolTrust::Passport(Passport {
                name: passport.name,
                key: passport.key,
                secret: Some(passport.secret),
            })),
            Err(bad) => {
                mistakes.add("passport", passport_words(m, bad));
                None
            }
        }
    }

    async fn registration(
        &self,
        app: &App,
        m: Messages,
        about: About<'_>,
        source: ToolSource,
        mistakes: &mut Mistakes,
    ) -> Option<ToolRegistration> {
        let before = match about {
            About::Known(Tool {
                trust: ToolTrust::Registered(registration),
                ..
            }) => Some(registration),
            _ => None,
        };
        let client_id = match (about, before) {
            (About::New(_, client_id), _) => client_id.to_owned(),
            (_, Some(before)) => before.client_id.clone(),
            // A tool stays of the version that it came with: it knows us by that.
            (About::Known(_), None) => return None,
        };
        let login_url = self.address(app, m, source, &self.login_url);
        let login_url = login_url
            .await
            .map_err(|text| mistakes.add("login_url", text));
        let lines = self.redirect_uris.lines().map(str::trim);
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        let mut redirect_uris = Vec::new();
        if lines.is_empty() || lines.len() > MOST_REDIRECTS {
            mistakes.add("redirect_uris", m.text("tool-redirects-number"));
        }
        for line in lines.into_iter().take(MOST_REDIRECTS) {
            match self.address(app, m, source, line).await {
                Ok(address) => redirect_uris.push(address),
                Err(text) => {
                    let words = [("line", line.into()), ("why", text.into())];
                    mistakes.add("redirect_uris", m.with("tool-redirect-bad", &words));
                }
            }
        }
        let keys = self.keys(app, m, source, mistakes).await;
        let selection_url = match self.selection_url.trim() {
            "" => None,
            address => self
                .address(app, m, source, address)
                .await
                .map_err(|text| mistakes.add("selection_url", text))
                .ok(),
        };
        Some(ToolRegistration {
            deployment: before.map_or_else(|| client_id.clone(), |it| it.deployment.clone()),
            client_id,
            login_url: login_url.ok()?,
            redirect_uris,
            keys,
            selection_url,
        })
    }

    async fn keys(
        &self,
        app: &App,
        m: Messages,
        source: ToolSource,
        mistakes: &mut Mistakes,
    ) -> ToolKeys {
        match (self.keys_url.trim(), self.keys_pem.trim()) {
            ("", "") => ToolKeys::None,
            ("", pem) => {
                if PublicKey::from_pem(pem).is_err() {
                    mistakes.add("keys_pem", m.text("tool-pem-bad"));
                }
                ToolKeys::Pem(pem.to_owned())
            }
            (url, "") => match self.address(app, m, source, url).await {
                Ok(url) => ToolKeys::Url(url),
                Err(text) => {
                    mistakes.add("keys_url", text);
                    ToolKeys::None
                }
            },
            _ => {
                mistakes.add("keys_pem", m.text("tool-keys-one"));
                ToolKeys::None
            }
        }
    }

    fn custom(&self, m: Messages, mistakes: &mut Mistakes) -> Vec<(String, String)> {
        custom::read_lines(&self.custom).unwrap_or_else(|bad| {
            mistakes.add("custom", custom_words(m, &bad));
            Vec::new()
        })
    }

    fn presentation(&self, m: Messages, mistakes: &mut Mistakes) -> ToolPresentation {
        let height = match self.height.trim() {
            "" => None,
            text => {
                let height = text.parse().ok().filter(|it| HEIGHTS.contains(it));
                if height.is_none() {
                    let (least, most) = (*HEIGHTS.start(), *HEIGHTS.end());
                    let words = [("least", least.into()), ("most", most.into())];
                    mistakes.add("height", m.with("tool-height-bad", &words));
                }
                height
            }
        };
        let button = self.button.trim();
        if button.chars().count() > LONGEST_BUTTON || button.contains(char::is_control) {
            let words = [("most", LONGEST_BUTTON.into())];
            mistakes.add("button", m.with("tool-button-bad", &words));
        }
        ToolPresentation {
            place: if self.window {
                ToolPlace::Window
            } else {
                ToolPlace::Frame
            },
            height,
            button: (!button.is_empty()).then(|| button.to_owned()),
            hide_launch: self.hide_launch,
        }
    }
}

fn title_words(m: Messages, bad: BadTitle) -> String {
    match bad {
        BadTitle::Empty => m.text("title-empty").into_owned(),
        BadTitle::TooLong => m.with("title-too-long", &[("most", TITLE_MAX.into())]),
        BadTitle::ControlCharacter => m.text("title-control-character").into_owned(),
    }
}

const fn address_words(bad: BadAddress) -> &'static str {
    match bad {
        BadAddress::NotWeb => "tool-address-not-web",
        BadAddress::Own => "tool-address-own",
        BadAddress::NotHttps => "tool-address-not-https",
        BadAddress::Private => "tool-address-private",
    }
}

fn passport_words(m: Messages, bad: BadPassport) -> String {
    m.text(&format!("passport-bad-{}", bad.name())).into_owned()
}

fn custom_words(m: Messages, bad: &BadCustom) -> String {
    match bad {
        BadCustom::Line { number, line } => m.with(
            "custom-bad-line",
            &[("number", (*number).into()), ("line", line.as_str().into())],
        ),
        BadCustom::Repeated { number, name } => m.with(
            "custom-repeated",
            &[("number", (*number).into()), ("name", name.as_str().into())],
        ),
        BadCustom::TooMany => m.text("custom-too-many").into_owned(),
    }
}
