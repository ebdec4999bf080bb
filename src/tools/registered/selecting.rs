//! Picking in a tool for a collection: Deep Linking 2.0 from the platform's side. What is picked becomes
//! items of whoever picks, each of which launches the tool.

use std::time::Duration;

use maud::html;
use minicbor::{Decode, Encode};
use url::Url;

use super::{Client, issuer, login};
use crate::app::{App, BodyError, Input, Page};
use crate::keys::Purpose;
use crate::library::tools::{NewTool, collect};
use crate::library::{self, Description, Editable, Opened, Title, editable};
use crate::lti::check::Checks;
use crate::lti::content::{Answer, Content, ContentItem, LaunchLink, kind};
use crate::lti::deep_linking::{Expected, Received, claimed_data};
use crate::lti::launch::{DeepLinkingSettings, DocumentTarget, Launch, Message, Version};
use crate::lti::refusal::Refusal;
use crate::lti::token::Unverified;
use crate::people::{Contributor, Member, sessions};
use crate::store::ids::{Hash, ItemId, ToolId};
use crate::store::rows::gradebook::LineItem;
use crate::store::rows::tools::{Tool, ToolLink};
use crate::store::trees::{ToolLinks, Tools, Used};
use crate::store::{Commit, Error as StoreError, Store};
use crate::tools::addresses::Pickable;
use crate::tools::gradebook::{Gradebook, Owner, declared};
use crate::tools::launching::{self, link_id};
use crate::tools::registry::{self, Whose};
use crate::tools::returned::line;
use crate::tools::{Launchable, Place};
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
/// One's own tools, and those of the school, that are looked at for those in which one can pick.
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

/// The tools in which somebody can pick: their own, and the school's.
pub fn tools(app: &App, contributor: Contributor<'_>) -> Result<Vec<(ToolId, Tool)>, StoreError> {
    let owner = contributor.member().session().user;
    let mut tools = registry::own(&app.store, owner, MOST_TOOLS)?;
    let (school, _) = registry::page(&app.store, Whose::School, None, MOST_TOOLS)?;
    tools.extend(school);
    tools.retain(|(id, tool)| address(*id, tool).is_some());
    Ok(tools)
}

/// Where one picks in a tool.
fn address(id: ToolId, tool: &Tool) -> Option<String> {
    Client::of(id, tool)?.registration.selection_url
}

/// A tool as somebody picks in it for a collection. In what others added for themselves nobody does.
pub fn launchable(
    app: &App,
    member: &Member,
    id: ToolId,
    collection: &Opened,
) -> Result<Launchable, Error> {
    let tool = registry::find(&app.store, id)?;
    let user = member.session().user;
    let tool = tool.filter(|tool| tool.owner.is_none_or(|owner| owner == user));
    let tool = tool.ok_or(crate::tools::Error::Gone)?;
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
    let member = contributor.member();
    let launchable = launchable(app, member, id, collection.opened())?;
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
    let launchable = launchable(app, member, client.id, collection)?;
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
    let once = Once::of(app, &client, &asked, &received.nonce);
    if once.used(&app.store)? {
        return Err(used_before());
    }
    let mut chosen = Vec::new();
    let mut pickable = Pickable::new(app, &client.tool);
    for item in received.answer.items.iter().take(MOST) {
        chosen.extend(Taken::of(&client, item, &mut pickable).await);
    }
    match take(app, (&client, contributor), &collection, &chosen, &once).await {
        // Another answer was first.
        Err(Error::Library(library::Error::Store(StoreError::Conflict)))
            if once.used(&app.store)? =>
        {
            return Err(used_before());
        }
        done => done?,
    }
    note(&client, &received.answer);
    let told = received.answer.error.or(received.answer.message);
    let told = told.as_deref().and_then(line);
    let left = received.answer.items.len() - chosen.len();
    Ok(picked(app, &member, (chosen.len(), left), told.as_deref()))
}

/// What the tool says to us.
fn note(client: &Client, answer: &Answer) {
    for text in [&answer.error_log, &answer.log].into_iter().flatten() {
        if let Some(text) = line(text) {
            tracing::info!(tool = %client.id, ?text, "a tool says with what was picked");
        }
    }
}

fn used_before() -> Error {
    Error::Refused("it was taken before".to_owned())
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
struct Once([(Hash, Time); 2]);

impl Once {
    fn of(app: &App, client: &Client, asked: &Asked, nonce: &str) -> Self {
        let named = |parts: &[&[u8]]| Hash::of(&parts.concat());
        let answered = named(&[b"tool-selection", &asked.id]);
        let nonce = named(&[
            b"tool-response",
            &client.id.0.to_be_bytes(),
            nonce.as_bytes(),
        ]);
        Self([
            (answered, asked.began.after(LIFETIME)),
            (nonce, app.world.now().after(MAX_AGE * 2)),
        ])
    }

    fn used(&self, store: &Store) -> Result<bool, StoreError> {
        for (mark, _) in &self.0 {
            if store.get::<Used>(mark)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn use_up(&self, commit: &mut Commit) {
        for (mark, forgotten) in &self.0 {
            commit
                .expect_absent::<Used>(mark)
                .put_until::<Used>(mark, &(), *forgotten);
        }
    }
}

/// Something that was picked, as it is taken.
struct Taken<'a> {
    new: NewTool,
    said: ToolLink,
    link: &'a LaunchLink,
}

impl<'a> Taken<'a> {
    /// `None`: nothing that can be taken.
    async fn of(
        client: &Client,
        picked: &'a ContentItem,
        pickable: &mut Pickable<'_>,
    ) -> Option<Self> {
        let Content::Launch(link) = &picked.content else {
            return None;
        };
        let launch_url = link.url.as_ref().map(Url::as_str);
        if let Some(url) = launch_url
            && let Err(error) = pickable.check(url).await
        {
            tracing::info!(tool = %client.id, %error, "what was picked in a tool is left out");
            return None;
        }
        let title = picked.title.as_deref().unwrap_or(&client.tool.name);
        let description = Description::parse(picked.text.as_deref().unwrap_or_default());
        Some(Self {
            new: NewTool {
                title: Title::parse(title).unwrap_or_else(|_| Title::of_file(title)),
                description: description.unwrap_or_default(),
                tool: client.id,
            },
            said: ToolLink {
                launch_url: launch_url.map(str::to_owned),
                custom: link.custom.clone().into_iter().take(MOST_CUSTOM).collect(),
                presentation: None,
            },
            link,
        })
    }
}

/// Makes items of what was picked, at the end of the collection: all of them with their columns, and
/// the answer used up, or nothing of it.
async fn take(
    app: &App,
    (client, contributor): (&Client, Contributor<'_>),
    collection: &Editable,
    taken: &[Taken<'_>],
    once: &Once,
) -> Result<(), Error> {
    if taken.is_empty() {
        let mut commit = Commit::new();
        once.use_up(&mut commit);
        return Ok(app
            .store
            .commit(commit)
            .await
            .map_err(library::Error::from)?);
    }
    let new: Vec<NewTool> = taken.iter().map(|taken| taken.new.clone()).collect();
    let besides = |commit: &mut Commit, items: &[ItemId]| {
        once.use_up(commit);
        commit.expect_present::<Tools>(&client.id);
        for (item, taken) in items.iter().zip(taken) {
            commit.put::<ToolLinks>(item, &taken.said);
            column(app, commit, client, contributor.member(), *item, taken);
        }
    };
    let (store, world) = (&app.store, &app.world);
    collect(store, world, contributor, collection, &new, besides).await?;
    Ok(())
}

/// Adds to `commit` the column that goes with an item.
fn column(
    app: &App,
    commit: &mut Commit,
    client: &Client,
    member: &Member,
    item: ItemId,
    taken: &Taken<'_>,
) {
    let course = member.session().course.filter(|_| client.tool.grades);
    let (Some(course), Some(sent)) = (course, &taken.link.line_item) else {
        return;
    };
    let owner = Owner::Tool {
        tool: client.id,
        course,
    };
    let link = link_id(item, Some(course));
    let title = taken.new.title.as_str().to_owned();
    let row = LineItem {
        resource: sent.resource_id.clone(),
        tag: sent.tag.clone(),
        ..declared(title, sent.maximum, link, app.world.now())
    };
    Gradebook::new(app, owner).put_line_item(commit, item.0, &row);
}

/// What the frame shows when somebody has picked. The page around it goes on by itself, where there
/// are scripts.
fn picked(app: &App, member: &Member, (number, left): (usize, usize), told: Option<&str>) -> Page {
    let m = Messages::default();
    let title = m.with("tool-picked", &[("number", number.into())]);
    let content = html! {
        section data-registered {
            p.lead { (m.text(if number == 0 { "tool-picked-none" } else { "tool-picked-text" })) }
            @if left > 0 { p { (m.with("tool-picked-left", &[("number", left.into())])) } }
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
