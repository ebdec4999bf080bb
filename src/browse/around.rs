//! What stands around every page for a launched person.

use maud::Markup;

use super::Error;
use crate::app::{App, Page};
use crate::lti::presentation::{Word, way_back};
use crate::people::Member;
use crate::people::nicknames::is_nickname;
use crate::store::rows::library::{Kind, Visibility};
use crate::store::rows::people::{self, User};
use crate::store::trees::{Courses, Users};
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::forms::{Form, form};
use crate::ui::icons::Icon;
use crate::ui::layout::{Area, Frame, NavLink, Role, bare_page, page};
use crate::ui::media;

/// The pages of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Here {
    /// The person's own media.
    Mine,
    /// The course's media.
    Course,
    /// The course's people and what is placed in it.
    People,
    /// What others shared.
    Shared,
    /// Uploading.
    Upload,
    /// Picking for the platform.
    Select,
    /// None of them.
    Elsewhere,
}

/// What pages say of the person and the course.
pub(super) struct Around<'a> {
    app: &'a App,
    member: &'a Member,
    user: Option<User>,
    course: Option<String>,
    /// Where "back to the course" goes.
    back: Option<String>,
    /// Leads from the page to the level of `library`: empty there, `../` for each level below.
    up: &'static str,
    /// The texts in the person's language.
    pub(super) messages: Messages,
}

impl<'a> Around<'a> {
    /// For pages beside `library`.
    pub(super) fn new(app: &'a App, member: &'a Member) -> Result<Self, Error> {
        let session = member.session();
        let course = match &session.course {
            Some(course) => app.store.get::<Courses>(course)?,
            None => None,
        };
        Ok(Self {
            app,
            member,
            user: app.store.get::<Users>(&session.user)?,
            course: course.and_then(|course| course.title.or(course.label)),
            back: back(session.return_url.as_deref()),
            up: "",
            messages: Messages::for_locale(session.locale.as_deref()),
        })
    }

    /// For pages one level below `library`.
    pub(super) fn one_below(app: &'a App, member: &'a Member) -> Result<Self, Error> {
        Ok(Self {
            up: "../",
            ..Self::new(app, member)?
        })
    }

    /// For pages two levels below `library`.
    pub(super) fn two_below(app: &'a App, member: &'a Member) -> Result<Self, Error> {
        Ok(Self {
            up: "../../",
            ..Self::new(app, member)?
        })
    }

    /// How to greet the person: by the given name, or the full one.
    pub(super) fn called(&self) -> Option<&str> {
        let user = self.user.as_ref()?;
        user.given_name.as_deref().or(user.name.as_deref())
    }

    /// Whether the person's name is one that was made up here.
    pub(super) fn is_nicknamed(&self) -> bool {
        let name = self.user.as_ref().and_then(|user| user.name.as_deref());
        name.is_some_and(|name| is_nickname(self.member.session().user, name))
    }

    /// The course's title.
    pub(super) fn course(&self) -> Option<&str> {
        self.course.as_deref()
    }

    /// What the person is in the course.
    pub(super) fn role(&self) -> Option<Role> {
        let session = self.member.session();
        session.course?;
        Some(role(session.role))
    }

    /// The page, to be framed by the platform.
    pub(super) fn page(
        &self,
        title: &str,
        here: Here,
        actions: Option<&Markup>,
        content: &Markup,
    ) -> Page {
        let m = self.messages;
        let address = |below: &str| format!("{}{below}", self.up);
        let (mine, course) = (address("library?view=mine"), address("library?view=course"));
        let (shared, shared_label) = (address("library?view=shared"), m.text("browse-shared"));
        let (upload, mine_label) = (address("upload"), m.text("browse-mine"));
        let (course_label, upload_label) = (m.text("browse-course"), m.text("browse-upload"));
        let people = address("course");
        let people_label = m.text(if self.member.contributor().is_some() {
            "course-nav"
        } else {
            "course-nav-student"
        });
        let link = |href, label, is| NavLink {
            href,
            label,
            current: here == is,
        };
        let (select, select_label) = (address("select"), m.text("select-title"));
        let mut navigation = Vec::new();
        if self.member.session().selection.is_some() {
            navigation.push(link(&select, &select_label, Here::Select));
        }
        navigation.push(link(&mine, &mine_label, Here::Mine));
        if self.member.session().course.is_some() {
            navigation.push(link(&course, &course_label, Here::Course));
        }
        if self.member.session().course.is_some() {
            navigation.push(link(&people, &people_label, Here::People));
        }
        navigation.push(link(&shared, &shared_label, Here::Shared));
        navigation.push(link(&upload, &upload_label, Here::Upload));
        let corner = self.small_form("sign-out", &m.text("sign-out"), None);
        let name = self.user.as_ref().and_then(|user| user.name.as_deref());
        let (me, you) = (address("me"), m.text("me-you"));
        self.framed(
            &Frame {
                title,
                person: name.or(self.called()).or(Some(&you)),
                person_href: Some(&me),
                role: self.role(),
                // Picking is one thing to do; its page has the lists itself.
                navigation: if here == Here::Select {
                    &[]
                } else {
                    &navigation
                },
                corner: Some(&corner),
                actions,
                ..self.frame()
            },
            content,
        )
    }

    /// A page without ways on, for whoever has left.
    pub(super) fn last_page(&self, title: &str, content: &Markup) -> Page {
        let frame = Frame {
            title,
            ..self.frame()
        };
        self.framed(&frame, content)
    }

    /// A page that shows one thing inside a page of the platform.
    pub(super) fn bare_page(&self, title: &str, content: &Markup) -> Page {
        let frame = Frame {
            title,
            ..self.frame()
        };
        let origins = self.member.session().frame_origins.clone();
        Page::html(bare_page(&frame, content)).framed_by(origins)
    }

    /// The form that offers the session in a tab of its own.
    pub(super) fn tab_form(&self) -> Markup {
        let label = self.messages.text("browse-tab");
        self.small_form("tab", &label, Some(Icon::Elsewhere))
    }

    fn small_form(&self, below: &str, label: &str, icon: Option<Icon>) -> Markup {
        let place = Form {
            action: &format!("{}{below}", self.up),
            inline: true,
            ..Form::default()
        };
        let press = Button {
            label,
            style: Style::Quiet,
            icon,
            ..Button::default()
        };
        form(&place, &button(&press))
    }

    fn frame(&self) -> Frame<'_> {
        Frame {
            base: self.app.public().base_path(),
            messages: self.messages,
            area: Area::Launched,
            course: self.course(),
            back: self.back.as_deref(),
            ..Frame::default()
        }
    }

    fn framed(&self, frame: &Frame<'_>, content: &Markup) -> Page {
        let origins = self.member.session().frame_origins.clone();
        Page::html(page(frame, content)).framed_by(origins)
    }
}

/// The platform's return address, where it is one of the web.
fn back(address: Option<&str>) -> Option<String> {
    way_back(address?, Word::None).map(String::from)
}

/// A role, as components know it.
pub(super) const fn role(role: people::Role) -> Role {
    match role {
        people::Role::Member => Role::Member,
        people::Role::Contributor => Role::Contributor,
        people::Role::Manager => Role::Manager,
    }
}

/// A kind, as components know it.
pub(super) const fn kind(kind: Kind) -> media::Kind {
    match kind {
        Kind::Video => media::Kind::Video,
        Kind::Audio => media::Kind::Audio,
        Kind::Image => media::Kind::Image,
        Kind::Pdf => media::Kind::Pdf,
        Kind::Document => media::Kind::Document,
        Kind::Tool => media::Kind::Tool,
        Kind::Collection => media::Kind::Collection,
    }
}

/// A visibility, as components know it.
pub(super) const fn visibility(visibility: Visibility) -> media::Visibility {
    match visibility {
        Visibility::Private => media::Visibility::Private,
        Visibility::Course => media::Visibility::Course,
        Visibility::School => media::Visibility::School,
        Visibility::Unlisted => media::Visibility::Unlisted,
        Visibility::Public => media::Visibility::Public,
    }
}

/// The visibility that a form or an upload names.
pub(super) fn named_visibility(name: &str) -> Result<Visibility, Error> {
    [
        Visibility::Private,
        Visibility::Course,
        Visibility::School,
        Visibility::Unlisted,
        Visibility::Public,
    ]
    .into_iter()
    .find(|known| visibility(*known).value() == name)
    .ok_or(Error::BadRequest)
}
