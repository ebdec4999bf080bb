//! Picking content for a course: what the practice course asks of Lanterna, by deep linking or by
//! content-item, and what it takes back.

use std::time::Duration;

use minicbor::{Decode, Encode};
use url::Url;

use super::client::{self, Client};
use super::consumer::{self, KEY, WINDOW_SECONDS};
use super::courses::{self, New};
use super::pages::{self, Told};
use super::platform::{Opens, is_ours};
use super::services::crossed;
use super::visit::Visit;
use super::wire;
use super::{Error, address, begin};
use crate::app::wire::{Signature, Towards};
use crate::app::{App, Form, Input, Page};
use crate::keys::Purpose;
use crate::lti::check::Checks;
use crate::lti::content::{Answer, Content, ContentItem, LAUNCH_MEDIA_TYPE, kind};
use crate::lti::content_item;
use crate::lti::deep_linking::Expected;
use crate::lti::jwks::KeySet;
use crate::lti::jwks::document;
use crate::lti::key::SigningKey;
use crate::lti::launch::{DeepLinkingSettings, DocumentTarget, Message};
use crate::lti::names::claim;
use crate::lti::oauth1::{self, Address};
use crate::lti::refusal::Refusal;
use crate::lti::token::Unverified;
use crate::store::ids::Hash;
use crate::store::rows::practice::Way;
use crate::tools::Place;
use crate::ui::Messages;
use crate::world::Time;

/// How long a teacher may pick.
const LIFETIME: Duration = Duration::from_hours(2);
/// How old the answer's signature may be, and how far a clock may differ: both are our own.
const MAX_AGE: Duration = Duration::from_mins(5);
const LEEWAY: Duration = Duration::from_mins(1);
/// An answer may hold many items.
const FORM_LIMIT: usize = 1024 * 1024;
/// The longest description that is kept, in characters.
const LONGEST_TEXT: usize = 2_000;
/// Custom parameters that are kept of one item.
const MOST_CUSTOM: usize = 50;

/// What travels as `data`: for which course a teacher picks, by which connection, once.
#[derive(Encode, Decode)]
struct Asked {
    #[n(0)]
    person: String,
    #[n(1)]
    course: u32,
    #[n(2)]
    way: Way,
    #[cbor(n(3), with = "minicbor::bytes")]
    id: [u8; 16],
    #[n(4)]
    began: Time,
}

impl Asked {
    fn seal(&self, app: &App) -> String {
        let mut bytes = Vec::new();
        // Writing into memory cannot fail.
        let _ = minicbor::encode(self, &mut bytes);
        app.keys.seal().close(Purpose::Selection, &bytes)
    }

    /// What we asked for, when `data` is ours, young, and of a connection that fits.
    fn open(app: &App, data: &str, fits: impl Fn(Way) -> bool) -> Option<Self> {
        let bytes = app.keys.seal().open(Purpose::Selection, data)?;
        let asked: Self = minicbor::decode(&bytes).ok()?;
        (fits(asked.way) && app.world.now() < asked.began.after(LIFETIME)).then_some(asked)
    }

    fn visit(&self) -> Result<Visit, Error> {
        let query = Form::parse(format!("course={}", self.course).as_bytes());
        let visit = Visit::read(&self.person, self.way, &query)?;
        if visit.person.teaches() {
            Ok(visit)
        } else {
            Err(Error::TeachersOnly)
        }
    }

    /// What is used up by the answer, and until when that must be remembered.
    fn used(&self) -> (Hash, Time) {
        let name = [b"selection".as_slice(), &self.id].concat();
        (Hash::of(&name), self.began.after(LIFETIME))
    }
}

/// `GET /practice/select/{person}`: starts a selection, in a frame.
pub fn select(app: &App, input: &Input, person: &str, way: Way) -> Result<Page, Error> {
    let visit = Visit::read(person, way, &input.query())?;
    if !visit.person.teaches() {
        return Err(Error::TeachersOnly);
    }
    visit.course(app)?;
    begin(app, visit, Opens::Selection, Place::Frame)
}

/// What is asked for.
pub(super) fn request(app: &App, visit: Visit) -> Result<Message, Error> {
    let asked = Asked {
        person: visit.person.id.to_owned(),
        course: visit.course,
        way: visit.way,
        id: app.world.random(),
        began: app.world.now(),
    };
    let media_types = match visit.way {
        Way::Form => vec![LAUNCH_MEDIA_TYPE.to_owned()],
        Way::Token | Way::Registered => Vec::new(),
    };
    let return_url = address(app, return_path(visit.way));
    Ok(Message::DeepLinking(Box::new(DeepLinkingSettings {
        return_url: Url::parse(&return_url).map_err(|_| Error::NotFound)?,
        accept_types: vec![kind::LAUNCH.to_owned()],
        accept_targets: vec![DocumentTarget::Iframe, DocumentTarget::Window],
        accept_media_types: media_types,
        accept_multiple: true,
        accept_lineitem: Some(true),
        auto_create: false,
        title: None,
        text: None,
        data: Some(asked.seal(app)),
    })))
}

const fn return_path(way: Way) -> &'static str {
    match way {
        Way::Form => "/content-item/return",
        Way::Token | Way::Registered => "/deep-linking/return",
    }
}

/// Why an answer is not taken.
enum Refused {
    /// It is no answer to us, in the words of the protocol.
    Answer(String),
    Error(Error),
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::Answer(refusal.to_string())
    }
}

impl<T: Into<Error>> From<T> for Refused {
    fn from(error: T) -> Self {
        Self::Error(error.into())
    }
}

fn not_ours() -> Refused {
    Refused::Answer("it answers no selection that was begun here".to_owned())
}

/// `POST /practice/deep-linking/return`: takes an answer by LTI 1.3.
pub async fn selected(app: &App, input: &mut Input) -> Result<Page, Error> {
    let form = input.form(FORM_LIMIT).await?;
    let token = form.get("JWT").unwrap_or_default();
    let read = by_token(app, token).await;
    let signature = match &read {
        Err(Refused::Answer(why)) => Signature::Refused(why.clone()),
        Ok(_) | Err(Refused::Error(_)) => Signature::Verified(wire::signer(token)),
    };
    let url = address(app, return_path(Way::Token));
    let kind = "deep-linking-response";
    crossed(
        app,
        kind,
        Towards::Platform,
        "POST",
        &url,
        signature,
        wire::token(token),
    );
    finish(app, read).await
}

async fn by_token(app: &App, token: &str) -> Result<Taken, Refused> {
    let data = claimed_data(token).ok_or_else(not_ours)?;
    let asked = Asked::open(app, &data, |way| way != Way::Form).ok_or_else(not_ours)?;
    let Client { id, tool, .. } = client::of(app, asked.way)?;
    let keys = app.keys.tool().await.map_err(Error::from)?;
    let set = document(keys.iter().map(SigningKey::public)).to_string();
    let set = KeySet::parse(set.as_bytes()).map_err(|_| not_ours())?;
    let mut checks = Checks::default();
    let issuer = address(app, "");
    let expected = Expected {
        client_id: &id,
        issuer: &issuer,
        deployment: &tool.deployment,
        data: Some(&data),
        leeway: LEEWAY,
        max_age: MAX_AGE,
    };
    let received = Unverified::parse(token, &mut checks)?
        .verify(&set, &mut checks)?
        .response(&expected, app.world.now(), &mut checks)?;
    let nonce = [
        b"response".as_slice(),
        id.as_bytes(),
        received.nonce.as_bytes(),
    ]
    .concat();
    let remembered = app.world.now().after(MAX_AGE * 2);
    Ok(Taken {
        used: vec![asked.used(), (Hash::of(&nonce), remembered)],
        asked,
        answer: received.answer,
    })
}

/// The `data` that a token claims, unverified: it is ours or nobody's.
fn claimed_data(token: &str) -> Option<String> {
    let claims = wire::claims_of(token)?;
    let data = claims.get(claim::DEEP_LINKING_DATA)?;
    data.as_str().map(str::to_owned)
}

/// `POST /practice/content-item/return`: takes an answer by LTI 1.1.
pub async fn selected_by_form(app: &App, input: &mut Input) -> Result<Page, Error> {
    let form = input.form(FORM_LIMIT).await?;
    let read = by_form(app, &input.query(), &form);
    let signature = match &read {
        Err(Refused::Answer(why)) => Signature::Refused(why.clone()),
        Ok(_) | Err(Refused::Error(_)) => Signature::Verified(format!("OAuth 1.0a, {KEY}")),
    };
    let pairs = form.pairs().iter().map(|(n, v)| (n.as_str(), v.as_str()));
    let parts = vec![wire::parameters(pairs)];
    let url = address(app, return_path(Way::Form));
    crossed(
        app,
        "content-item-response",
        Towards::Platform,
        "POST",
        &url,
        signature,
        parts,
    );
    finish(app, read).await
}

fn by_form(app: &App, query: &Form, form: &Form) -> Result<Taken, Refused> {
    let secret = consumer::secret(app)?.ok_or(Error::NotFound)?;
    let (query, fields) = (query.pairs().to_vec(), form.pairs().to_vec());
    let unverified = oauth1::Unverified::parse(query, fields, None)?;
    if unverified.consumer_key() != KEY {
        return Err(not_ours());
    }
    let (now, window) = (app.world.now(), Duration::from_secs(WINDOW_SECONDS));
    unverified.check_time(now, window)?;
    let url = address(app, return_path(Way::Form));
    let url = Address::parse(&url).ok_or_else(not_ours)?;
    let verified = unverified.verify("POST", &url, &secret, false)?;
    let data = form.get("data").ok_or_else(not_ours)?;
    let asked = Asked::open(app, data, |way| way == Way::Form).ok_or_else(not_ours)?;
    let answer = content_item::read(&verified, Some(data), &mut Checks::default())?;
    let nonce = Hash::of(&[b"form".as_slice(), verified.nonce().as_bytes()].concat());
    Ok(Taken {
        used: vec![asked.used(), (nonce, now.after(window * 2))],
        asked,
        answer,
    })
}

/// A verified answer.
struct Taken {
    asked: Asked,
    answer: Answer,
    /// What it uses up.
    used: Vec<(Hash, Time)>,
}

/// Adds what was picked, and goes back to the course.
async fn finish(app: &App, read: Result<Taken, Refused>) -> Result<Page, Error> {
    let taken = match read {
        Ok(taken) => taken,
        Err(Refused::Error(error)) => return Err(error),
        Err(Refused::Answer(why)) => {
            tracing::info!(why, "the practice course did not take a selection");
            return Err(Error::Refused("practice-selection"));
        }
    };
    let visit = taken.asked.visit()?;
    let items = taken.answer.items.iter();
    let new: Vec<New> = items.filter_map(|item| activity(app, item)).collect();
    courses::add(app, visit.course, visit.way, &new, &taken.used).await?;
    let Answer { error, message, .. } = taken.answer;
    let told = Told { error, message };
    Ok(pages::picked(app, visit, new.len(), &told))
}

/// An item as an activity, when it is a link that launches Lanterna: nothing else was asked for.
fn activity(app: &App, item: &ContentItem) -> Option<New> {
    let Content::Launch(link) = &item.content else {
        return None;
    };
    let url = link.url.as_ref().map(Url::to_string);
    if url.as_deref().is_some_and(|url| !is_ours(app, url)) {
        return None;
    }
    let title = item.title.as_deref().map(str::trim).unwrap_or_default();
    let title = if title.is_empty() {
        Messages::default().text("practice-untitled").into_owned()
    } else {
        title.chars().take(courses::LONGEST_TITLE).collect()
    };
    let text = item.text.as_deref();
    Some(New {
        title,
        text: text.map(|text| text.chars().take(LONGEST_TEXT).collect()),
        url,
        custom: link.custom.clone().into_iter().take(MOST_CUSTOM).collect(),
        line_item: link.line_item.clone(),
        picture: picture(app, item),
    })
}

/// The path of an item's picture, when it is one of this server's files: those alone the pages of the
/// practice course may show, by whatever name of the server they are reached.
fn picture(app: &App, item: &ContentItem) -> Option<String> {
    let url = item.thumbnail.as_ref()?.url.as_str();
    let files = app.public().join("/files/");
    let path = url.strip_prefix(&files)?;
    (url.len() <= LONGEST_TEXT).then(|| format!("{}/files/{path}", app.public().base_path()))
}
