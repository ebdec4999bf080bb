//! What a tool asks of a particular platform: of what it wants, that which the platform knows.

use std::collections::BTreeMap;

use super::{Configuration, Message, Request};
use crate::lti::names::message;

/// Claims that no token comes without.
const ALWAYS: [&str; 2] = ["iss", "sub"];
/// Who selects content; everybody else is refused there, and need not be offered it.
const SELECTS: [&str; 3] = [
    "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor",
    "http://purl.imsglobal.org/vocab/lis/v2/membership#ContentDeveloper",
    "http://purl.imsglobal.org/vocab/lis/v2/membership#Administrator",
];
/// Where content can be selected, by the names of the specification and of Canvas.
const SELECTION: [&str; 5] = [
    "ContentArea",
    "RichTextEditor",
    "editor_button",
    "assignment_selection",
    "link_selection",
];
/// Where the tool itself can be opened, by the names of Canvas.
const OPENING: [&str; 1] = ["course_navigation"];

/// What a tool wants of any platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The tool's name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Where it takes tokens and launches.
    pub launch: String,
    /// Where a login begins.
    pub login: String,
    /// Its key set.
    pub jwks: String,
    /// Its picture.
    pub icon: String,
    /// Its own page.
    pub home: String,
    /// Its host, with the port where that is not the usual one.
    pub domain: String,
    /// The scopes of the services that it uses.
    pub scopes: Vec<String>,
    /// The scopes that are asked for only where the platform says that it knows them.
    pub further_scopes: Vec<String>,
    /// The claims about people that it uses.
    pub claims: Vec<String>,
    /// The types of messages that it takes besides those that open it.
    pub messages: Vec<String>,
    /// Custom parameters of every launch.
    pub custom: BTreeMap<String, String>,
    /// What people see where they select content.
    pub selection_label: String,
}

impl Wanted {
    /// What Canvas is to tell of people.
    pub fn privacy_level(&self) -> &'static str {
        let wants = |claim: &str| self.claims.iter().any(|known| known == claim);
        match (wants("name"), wants("email")) {
            (true, true) => "public",
            (true, false) => "name_only",
            (false, true) => "email_only",
            (false, false) => "anonymous",
        }
    }

    /// What is asked of this platform.
    pub fn of(&self, platform: &Configuration) -> Request {
        let canvas = platform.is_family("canvas");
        Request {
            name: self.name.clone(),
            description: Some(self.description.clone()),
            redirect_uris: vec![self.launch.clone()],
            initiate_login_uri: self.login.clone(),
            jwks_uri: self.jwks.clone(),
            logo_uri: Some(self.icon.clone()),
            client_uri: Some(self.home.clone()),
            scopes: self.scopes(platform),
            domain: self.domain(platform),
            target_link_uri: self.launch.clone(),
            custom: self.custom.clone(),
            claims: self.claims(platform),
            messages: self.messages(platform),
            privacy_level: canvas.then(|| self.privacy_level().to_owned()),
        }
    }

    fn scopes(&self, platform: &Configuration) -> Vec<String> {
        let told = platform.scopes.as_deref();
        let further = known(&self.further_scopes, Some(told.unwrap_or_default()));
        let usual = known(&self.scopes, told);
        usual.into_iter().chain(further).collect()
    }

    /// Moodle leaves a leading `www.` out of the domain that it compares this one with.
    fn domain(&self, platform: &Configuration) -> String {
        let shorter = self.domain.strip_prefix("www.");
        let shorter = shorter.filter(|_| platform.is_family("moodle"));
        shorter.unwrap_or(&self.domain).to_owned()
    }

    fn claims(&self, platform: &Configuration) -> Vec<String> {
        let own = known(&self.claims, platform.claims.as_deref());
        let always = ALWAYS.iter().map(|claim| (*claim).to_owned());
        always.chain(own).collect()
    }

    /// Opening always; what else is taken where the platform knows it. One that lists no messages
    /// is asked for selecting as well, which nearly all know.
    fn messages(&self, platform: &Configuration) -> Vec<Message> {
        let silent = platform.messages.is_none();
        let asked = |kind: &&String| {
            platform.message(kind).is_some() || (silent && *kind == message::DEEP_LINKING)
        };
        let opening = self.message(platform, message::RESOURCE, &OPENING);
        let others = self.messages.iter().filter(asked);
        let others = others.map(|kind| match kind.as_str() {
            message::DEEP_LINKING => Message {
                label: Some(self.selection_label.clone()),
                roles: SELECTS.map(str::to_owned).to_vec(),
                ..self.message(platform, kind, &SELECTION)
            },
            _ => self.message(platform, kind, &[]),
        });
        std::iter::once(opening).chain(others).collect()
    }

    fn message(&self, platform: &Configuration, kind: &str, wanted: &[&str]) -> Message {
        let offered = platform.message(kind).map(|message| &message.placements);
        Message {
            kind: kind.to_owned(),
            target_link_uri: Some(self.launch.clone()),
            label: Some(self.name.clone()),
            icon_uri: Some(self.icon.clone()),
            placements: offered.map_or_else(Vec::new, |offered| placements(offered, wanted)),
            roles: Vec::new(),
        }
    }
}

/// Those of `wanted` that are known; all of them where the platform does not say.
fn known(wanted: &[String], known: Option<&[String]>) -> Vec<String> {
    let is_known = |word: &&String| known.is_none_or(|known| known.contains(word));
    wanted.iter().filter(is_known).cloned().collect()
}

/// Those of the offered placements that are wanted, as the platform writes them: some write an
/// address that ends with the name.
fn placements(offered: &[String], wanted: &[&str]) -> Vec<String> {
    let is_wanted = |placement: &&String| {
        let name = placement.rsplit('/').next().unwrap_or_default();
        wanted
            .iter()
            .any(|wanted| wanted.eq_ignore_ascii_case(name))
    };
    offered.iter().filter(is_wanted).cloned().collect()
}
