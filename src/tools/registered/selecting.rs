//! Picking in a tool for a collection: Deep Linking 2.0 from the platform's side. What is picked becomes
//! items of whoever picks, each of which launches the tool.

use std::time::Duration;

use maud::html;
use minicbor::{Decode, Encode};
use url::Url;

use super::{Client, issuer, login};
use crate::app::{App, BodyError, Input, Page};
use crate::keys::Purpose;
use crate::library::collections;
use crate::library::tools::{NewTool, add};
use crate::library::{self, Description, Editable, Opened, Title, Viewer, editable};
use crate::lti::check::Checks;
use crate::lti::content::{Content, ContentItem, LaunchLink, kind};
use crate::lti::deep_linking::{Expected, Received, claimed_data};
use crate::lti::launch::{DeepLinkingSettings, DocumentTarget, Launch, Message, Version};
use crate::lti::refusal::Refusal;
use crate::lti::token::Unverified;
use crate::people::{Contributor, Member, sessions};
use crate::store::ids::{Hash, ItemId, ToolId};
use crate::store::rows::gradebook::LineItem;
use crate::store::rows::tools::{Tool, ToolLink};
use crate::store::trees::{ToolLinks, Used};
use crate::store::{Commit, Error as StoreError};
use crate::tools::gradebook::{Gradebook, Owner, declared};
use crate::tools::launching::{self, link_id};
use crate::tools::registry::{self, Whose};
use crate::tools::{Launchable, Place, addresses};
use crate::ui::Messages;
use crate::ui::layout::{Area, Frame, bare_page};
use crate::world::Time;

/// How long somebody may pick.
const LIFETIME: Duration = Duration::from_hours(2);
/// How old the answer's signature may be, and how far the tool's clock may differ.
const MAX_AGE: Duration = Duration::from_mins(10);
const LEEWAY: Duration = Duration::from_mins(2);
/// An answer may hold many items.
const FORM_LIMIT: usize = 1024 * 1024;
/// Items that are taken at once.
const MOST: usize = 50;
/// Custom parameters that are kept of one item.
const MOST_CUSTOM: usize = 50;
/// Tools of the school that are looked at for those in which one can pick.
const MOST_TOOLS: usize = 100;

/// Why nothing is picked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The form did not come whole.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// It answers nothing that was begun here, or not any more.
    #[error("the answer is refused: {0}")]
    Refused(String),
    /// The tool is not there, or nothing can be picked in it.
    #[error(transparent)]
    Tool(#[from] crate::tools::Error),
    /// The library refuses.
    #[error(transparent)]
    Library(#[from] library::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

/// What travels as `data`: who picks in which tool, for which collection, once.
#[derive(Debug, Clone, Encode, Decode)]
struct Asked {
    #[n(0)]
    session: Hash,
    #[n(1)]
    collection: ItemId,
    #[n(2)]
    tool: ToolId,
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
        app.keys.seal().close(Purpose::ToolSelection, &bytes)
    }

    fn open(app: &App, tool: ToolId, data: &str) -> Option<Self> {
        let bytes = app.keys.seal().open(Purpose::ToolSelection, data)?;
        let asked: Self = minicbor::decode(&bytes).ok()?;
        let young = app.world.now() < asked.began.after(LIFETIME);
        (young && asked.tool == tool).then_some(asked)
    }
}

/// The school's tools in which one can pick.
pub fn tools(app: &App) -> Result<Vec<(ToolId, Tool)>, StoreError> {
    let (mut tools, _) = registry::page(&app.store, Whose::School, None, MOST_TOOLS)?;
    tools.retain(|(id, tool)| address(*id, tool).is_some());
    Ok(tools)
}

/// Where one picks in a tool.
fn address(id: ToolId, tool: &Tool) -> Option<String> {
    Client::of(id, tool)?.registration.selection_url
}

/// A tool as somebody picks in it for a collection.
pub fn launchable(app: &App, id: ToolId, collection: &Opened) -> Result<Launchable, Error> {
    let tool = registry::find(&app.store, id)?.ok_or(crate::tools::Error::Gone)?;
    let address = address(id, &tool).ok_or(crate::tools::Error::Gone)?;
    Ok(Launchable::selecting(app, id, &tool, &address, collection)?)
}

/// The page that takes the browser to the tool.
pub fn page(
    app: &App,
    contributor: Contributor<'_>,
    collection: &Editable,
    id: ToolId,
) -> Result<Page, Error> {
    let launchable = launchable(app, id, collection.opened())?;
    let member = contributor.member();
    let page = login::offering(app, member, &launchable, (Place::Frame, false), true)?;
    Ok(page
        .leads_beyond()
        .framed_by(member.session().frame_origins.clone()))
}

/// What the tool is told: what is taken back, and where to; `None` for those who may not pick.
pub(super) async fn launch(
    app: &App,
    client: &Client,
    member: &Member,
    collection: &Opened,
) -> Result<Option<Launch>, Error> {
    let held = editable(&app.store, member, collection.id());
    if member.contributor().is_none() || held.is_err() {
        return Ok(None);
    }
    let launchable = launchable(app, client.id, collection)?;
    let asked = Asked {
        session: member.hash(),
        collection: collection.id(),
        tool: client.id,
        id: app.world.random(),
        began: app.world.now(),
    };
    let back = format!("/tools/{}/deep-linking", client.id);
    let Ok(return_url) = Url::parse(&app.public().join(&back)) else {
        return Ok(None);
    };
    let version = Version::V1p3;
    let launch = launching::prepare(app, member, collection, &launchable, version).await?;
    Ok(Some(Launch {
        message: Message::DeepLinking(Box::new(DeepLinkingSettings {
            return_url,
            accept_types: vec![kind::LAUNCH.to_owned()],
            accept_targets: vec![DocumentTarget::Iframe, DocumentTarget::Window],
            accept_media_types: Vec::new(),
            accept_multiple: true,
            accept_lineitem: Some(client.tool.grades),
            auto_create: true,
            title: None,
            text: None,
            data: Some(asked.seal(app)),
        })),
        resource_link: None,
        ..launch
    }))
}

/// `POST /tools/{tool}/deep-linking`: takes what was picked.
pub async fn returned(app: &App, input: &mut Input, tool: &str) -> Result<Page, Error> {
    let form = input.form(FORM_LIMIT).await?;
    let token = form.get("JWT").unwrap_or_default();
    let client = Client::find(&app.store, tool)?.ok_or(crate::tools::Error::Gone)?;
    let (asked, received) = verified(app, &client, token).await?;
    let lifetimes = app.lifetimes();
    let member = sessions::behind_ticket(&app.store, &app.world, lifetimes, asked.session).await;
    let member = member.map_err(|_| not_ours())?;
    let contributor = member.contributor().ok_or_else(not_ours)?;
    let collection = editable(&app.store, &member, asked.collection)?;
    use_up(app, &client, &asked, &received.nonce).await?;
    let mut number = 0_usize;
    for item in received.answer.items.iter().take(MOST) {
        if take(app, &client, contributor, &collection, item).await? {
            number += 1;
        }
    }
    let told = received.answer.error.or(received.answer.message);
    Ok(picked(app, &member, number, told.as_deref()))
}

fn not_ours() -> Error {
    Error::Refused("it answers nothing that was begun here".to_owned())
}

/// The answer of the tool to what we asked.
async fn verified(app: &App, client: &Client, token: &str) -> Result<(Asked, Received), Error> {
    let data = claimed_data(token).ok_or_else(not_ours)?;
    let asked = Asked::open(app, client.id, &data).ok_or_else(not_ours)?;
    let mut checks = Checks::default();
    let unverified = Unverified::parse(token, &mut checks)?;
    let keys = client.keys(app, unverified.kid()).await;
    let keys = keys.ok_or_else(|| Error::Refused("the tool’s keys cannot be had".to_owned()))?;
    let issuer = issuer(app);
    let expected = Expected {
        client_id: &client.registration.client_id,
        issuer: &issuer,
        deployment: &client.registration.deployment,
        data: Some(&data),
        leeway: LEEWAY,
        max_age: MAX_AGE,
    };
    let verified = unverified.verify(&keys, &mut checks)?;
    let received = verified.response(&expected, app.world.now(), &mut checks)?;
    Ok((asked, received))
}

/// What was asked is answered once, and no token is taken twice.
async fn use_up(app: &App, client: &Client, asked: &Asked, nonce: &str) -> Result<(), Error> {
    let named = |parts: &[&[u8]]| Hash::of(&parts.concat());
    let answered = named(&[b"tool-selection", &asked.id]);
    let nonce = named(&[
        b"tool-response",
        &client.id.0.to_be_bytes(),
        nonce.as_bytes(),
    ]);
    let mut commit = Commit::new();
    for (used, forgotten) in [
        (answered, asked.began.after(LIFETIME)),
        (nonce, app.world.now().after(MAX_AGE * 2)),
    ] {
        commit
            .expect_absent::<Used>(&used)
            .put_until::<Used>(&used, &(), forgotten);
    }
    match app.store.commit(commit).await {
        Err(StoreError::Conflict) => Err(Error::Refused("it was taken before".to_owned())),
        done => Ok(done?),
    }
}

/// Makes an item of one that was picked, at the end of the collection; answers whether it is one that
/// can be taken.
async fn take(
    app: &App,
    client: &Client,
    contributor: Contributor<'_>,
    collection: &Editable,
    picked: &ContentItem,
) -> Result<bool, Error> {
    let Content::Launch(link) = &picked.content else {
        return Ok(false);
    };
    let launch_url = link.url.as_ref().map(Url::as_str);
    if launch_url.is_some_and(|url| addresses::checked(app, client.tool.source, url).is_err()) {
        return Ok(false);
    }
    let title = picked.title.as_deref().unwrap_or(&client.tool.name);
    let new = NewTool {
        title: Title::parse(title).unwrap_or_else(|_| Title::of_file(title)),
        description: Description::parse(picked.text.as_deref().unwrap_or_default())
            .unwrap_or_default(),
        tool: client.id,
    };
    let said = ToolLink {
        launch_url: launch_url.map(str::to_owned),
        custom: link.custom.clone().into_iter().take(MOST_CUSTOM).collect(),
        presentation: None,
    };
    let member = contributor.member();
    let item = add(&app.store, &app.world, contributor, &new, |commit, item| {
        commit.put::<ToolLinks>(&item, &said);
        column(app, commit, client, member, item, link, new.title.as_str());
    })
    .await?;
    let opened = library::open(&app.store, &Viewer::of(member), item)?;
    collections::add(&app.store, &app.world, collection, &opened, member).await?;
    Ok(true)
}

/// Adds to `commit` the column that goes with an item.
fn column(
    app: &App,
    commit: &mut Commit,
    client: &Client,
    member: &Member,
    item: ItemId,
    link: &LaunchLink,
    title: &str,
) {
    let course = member.session().course.filter(|_| client.tool.grades);
    let (Some(course), Some(sent)) = (course, &link.line_item) else {
        return;
    };
    let owner = Owner::Tool {
        tool: client.id,
        course,
    };
    let link = link_id(item, Some(course));
    let row = LineItem {
        resource: sent.resource_id.clone(),
        tag: sent.tag.clone(),
        ..declared(title.to_owned(), sent.maximum, link, app.world.now())
    };
    Gradebook::new(app, owner).put_line_item(commit, item.0, &row);
}

/// What the frame shows when somebody has picked. The page around it goes on by itself, where there
/// are scripts.
fn picked(app: &App, member: &Member, number: usize, told: Option<&str>) -> Page {
    let m = Messages::default();
    let title = m.with("tool-picked", &[("number", number.into())]);
    let content = html! {
        section data-registered {
            p.lead { (m.text("tool-picked-text")) }
            @if let Some(told) = told { p { (told) } }
        }
    };
    let frame = Frame {
        title: &title,
        base: app.public().base_path(),
        messages: m,
        area: Area::Public,
        ..Frame::default()
    };
    let origins = member.session().frame_origins.clone();
    Page::html(bare_page(&frame, &content)).framed_by(origins)
}
