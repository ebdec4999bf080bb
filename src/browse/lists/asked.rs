//! What a library page is asked for, and the addresses of pages like it.

use crate::app::Form;
use crate::browse::around;
use crate::library::search::{self, Sort, TEXT_MAX, Wanted, Words};
use crate::people::Member;
use crate::store::ids::UserId;
use crate::store::rows::library::{Kind, Visibility};

/// The kinds, in the order in which they are offered.
pub(in crate::browse) const KINDS: [Kind; 7] = [
    Kind::Video,
    Kind::Audio,
    Kind::Image,
    Kind::Pdf,
    Kind::Document,
    Kind::Tool,
    Kind::Collection,
];

/// The visibilities, likewise.
pub(in crate::browse) const VISIBILITIES: [Visibility; 5] = [
    Visibility::Private,
    Visibility::Course,
    Visibility::School,
    Visibility::Unlisted,
    Visibility::Public,
];

/// Which of the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::browse) enum List {
    Mine,
    Course,
    Shared,
    Trash,
}

impl List {
    /// What is asked for; else staff see their own media, and students the course's.
    fn of(member: &Member, asked: Option<&str>) -> Self {
        let in_course = member.session().course.is_some();
        match asked {
            Some("course") if in_course => Self::Course,
            Some("shared") => Self::Shared,
            Some("trash") => Self::Trash,
            None if in_course && member.contributor().is_none() => Self::Course,
            _ => Self::Mine,
        }
    }

    pub(in crate::browse) const fn name(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::Course => "course",
            Self::Shared => "shared",
            Self::Trash => "trash",
        }
    }

    /// The list that can be searched; the trash cannot.
    pub(in crate::browse) const fn searched(self) -> Option<search::List> {
        match self {
            Self::Mine => Some(search::List::Mine),
            Self::Course => Some(search::List::Course),
            Self::Shared => Some(search::List::Shared),
            Self::Trash => None,
        }
    }
}

/// What a page is asked for. Values that nobody offers are passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::browse) struct Asked {
    pub(in crate::browse) list: List,
    /// What is looked for, as typed; empty: nothing.
    pub(in crate::browse) text: String,
    pub(in crate::browse) kind: Option<Kind>,
    /// Asked in one's own list alone.
    pub(in crate::browse) visibility: Option<Visibility>,
    /// Asked in others' lists alone.
    pub(in crate::browse) owner: Option<UserId>,
    pub(in crate::browse) tag: Option<String>,
    /// `None`: the [usual](Self::usual) order.
    pub(in crate::browse) order: Option<Sort>,
    /// After which item, in the words of a cursor.
    pub(in crate::browse) cursor: Option<String>,
}

impl Asked {
    pub(in crate::browse) fn of(member: &Member, query: &Form) -> Self {
        let list = List::of(member, query.get("view"));
        let given = |name| {
            query
                .get(name)
                .map(str::trim)
                .filter(|text| !text.is_empty())
        };
        let text: String = given("q")
            .unwrap_or_default()
            .chars()
            .take(TEXT_MAX)
            .collect();
        let kind = given("kind");
        let visibility = given("visibility").filter(|_| list == List::Mine);
        let owner = given("owner").filter(|_| list != List::Mine);
        let order = given("sort").and_then(Sort::named);
        let asked = Self {
            list,
            kind: KINDS.into_iter().find(|one| Some(kind_value(*one)) == kind),
            visibility: visibility.and_then(|name| around::named_visibility(name).ok()),
            owner: owner.and_then(|owner| owner.parse().ok()),
            tag: given("tag").map(|tag| tag.chars().take(TEXT_MAX).collect()),
            order: None,
            text,
            cursor: given("cursor").map(str::to_owned),
        };
        let offered = order.filter(|order| asked.orders().contains(order));
        Self {
            order: offered.filter(|order| *order != asked.usual()),
            ..asked
        }
    }

    /// The order that nobody has to choose: what fits best where words are looked for, else the
    /// newest first.
    pub(in crate::browse) const fn usual(&self) -> Sort {
        if self.text.is_empty() {
            Sort::Newest
        } else {
            Sort::Best
        }
    }

    /// The orders that are offered, the usual one first.
    pub(in crate::browse) const fn orders(&self) -> &'static [Sort] {
        match Sort::ALL.split_first() {
            Some((_, without_best)) if self.text.is_empty() => without_best,
            _ => &Sort::ALL,
        }
    }

    /// The order.
    pub(in crate::browse) fn sort(&self) -> Sort {
        self.order.unwrap_or_else(|| self.usual())
    }

    /// Whether anything is left out of the list.
    pub(in crate::browse) fn narrows(&self) -> bool {
        !self.text.is_empty()
            || self.kind.is_some()
            || self.visibility.is_some()
            || self.owner.is_some()
            || self.tag.is_some()
    }

    /// The question for the search; `None` where the list itself is the answer.
    pub(in crate::browse) fn wanted(&self) -> Option<Wanted> {
        if !self.narrows() && self.sort() == Sort::Newest {
            return None;
        }
        Some(Wanted {
            words: (!self.text.is_empty()).then(|| Words::parse(&self.text)),
            kind: self.kind,
            visibility: self.visibility,
            owner: self.owner,
            tag: self.tag.clone(),
            sort: self.sort(),
        })
    }

    /// The address of this page, or of the one after `cursor`.
    pub(in crate::browse) fn address(&self, cursor: Option<&str>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("view", self.list.name());
        if !self.text.is_empty() {
            query.append_pair("q", &self.text);
        }
        if let Some(kind) = self.kind {
            query.append_pair("kind", kind_value(kind));
        }
        if let Some(visibility) = self.visibility {
            query.append_pair("visibility", around::visibility(visibility).value());
        }
        if let Some(owner) = self.owner {
            query.append_pair("owner", &owner.to_string());
        }
        if let Some(tag) = &self.tag {
            query.append_pair("tag", tag);
        }
        if let Some(order) = self.order {
            query.append_pair("sort", order.name());
        }
        if let Some(cursor) = cursor {
            query.append_pair("cursor", cursor);
        }
        format!("library?{}", query.finish())
    }

    /// The same with this tag, or with any.
    pub(in crate::browse) fn with_tag(&self, tag: Option<&str>) -> Self {
        Self {
            tag: tag.map(str::to_owned),
            ..self.clone()
        }
    }

    /// The same of this person, or of anybody.
    pub(in crate::browse) fn with_owner(&self, owner: Option<UserId>) -> Self {
        Self {
            owner,
            ..self.clone()
        }
    }

    /// The whole list, in the usual order.
    pub(in crate::browse) fn everything(&self) -> Self {
        Self {
            list: self.list,
            text: String::new(),
            kind: None,
            visibility: None,
            owner: None,
            tag: None,
            order: None,
            cursor: None,
        }
    }
}

/// A kind in addresses.
pub(in crate::browse) const fn kind_value(kind: Kind) -> &'static str {
    match kind {
        Kind::Video => "video",
        Kind::Audio => "audio",
        Kind::Image => "image",
        Kind::Pdf => "pdf",
        Kind::Document => "document",
        Kind::Tool => "tool",
        Kind::Collection => "collection",
    }
}
