//! The schema of the index, and an item as it stands there.
//!
//! Nothing is stored in the index but what is looked for and ordered by: hits name items, whose
//! rows say the rest.

use tantivy::TantivyDocument;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions,
};

use super::text;
use crate::library::items::ORIGINAL;
use crate::store::ids::{ConnectionId, CourseId, ItemId, UserId};
use crate::store::rows::library::{Item, Kind, Visibility};
use crate::store::trees::{Files, Items, PlacedIn, Placements, Shares};
use crate::store::{Error, Store};

/// Fast fields by name, as the index hands them out.
pub(super) const ID: &str = "id";
pub(super) const CREATED: &str = "created";
pub(super) const CHANGED: &str = "changed";
pub(super) const DURATION: &str = "duration";
pub(super) const SIZE: &str = "size";
pub(super) const ORDER: &str = "order";

/// How many shares and placements of an item are read together.
const BATCH: usize = 200;

/// The fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    pub(super) id: Field,
    pub(super) title: Field,
    pub(super) tags: Field,
    pub(super) description: Field,
    pub(super) file: Field,
    /// Each tag as a whole, for the filter.
    pub(super) tag: Field,
    /// Whose it is and who may see it: [`Scope`]s.
    pub(super) scope: Field,
    pub(super) kind: Field,
    pub(super) visibility: Field,
    created: Field,
    changed: Field,
    duration: Field,
    size: Field,
    order: Field,
}

impl Fields {
    /// The schema and its fields.
    pub(super) fn schema() -> (Schema, Self) {
        let mut schema = Schema::builder();
        // Where words stand is kept for phrases; how often, and how long a text is, counts nothing.
        let words = || {
            let indexing = TextFieldIndexing::default()
                .set_tokenizer("whitespace")
                .set_fieldnorms(false)
                .set_index_option(IndexRecordOption::WithFreqsAndPositions);
            TextOptions::default().set_indexing_options(indexing)
        };
        let fields = Self {
            id: schema.add_u64_field(ID, INDEXED | FAST),
            title: schema.add_text_field("title", words()),
            tags: schema.add_text_field("tags", words()),
            description: schema.add_text_field("description", words()),
            file: schema.add_text_field("file", words()),
            tag: schema.add_text_field("tag", STRING),
            scope: schema.add_text_field("scope", STRING),
            kind: schema.add_text_field("kind", STRING),
            visibility: schema.add_text_field("visibility", STRING),
            created: schema.add_u64_field(CREATED, FAST),
            changed: schema.add_u64_field(CHANGED, FAST),
            duration: schema.add_u64_field(DURATION, FAST),
            size: schema.add_u64_field(SIZE, FAST),
            order: schema.add_text_field(ORDER, TextOptions::default().set_fast("raw")),
        };
        (schema.build(), fields)
    }

    /// An item as it is to stand in the index; `None` when it is gone or in the trash.
    pub(super) fn describe(
        &self,
        store: &Store,
        id: ItemId,
    ) -> Result<Option<TantivyDocument>, Error> {
        let Some(item) = store.get::<Items>(&id)? else {
            return Ok(None);
        };
        if item.trashed.is_some() {
            return Ok(None);
        }
        let file = store.get::<Files>(&(id, ORIGINAL.to_owned()))?;
        let mut document = TantivyDocument::default();
        document.add_u64(self.id, id.0);
        document.add_text(self.title, text::spaced(&item.title));
        document.add_text(self.description, text::spaced(&item.description));
        for tag in &item.tags {
            document.add_text(self.tags, text::spaced(tag));
            document.add_text(self.tag, text::tag(tag));
        }
        for scope in scopes(store, id, &item)? {
            document.add_text(self.scope, scope.term());
        }
        document.add_text(self.kind, kind(item.kind));
        document.add_text(self.visibility, visibility(item.visibility));
        document.add_u64(self.created, item.created.0);
        document.add_u64(self.changed, item.changed.0);
        document.add_u64(self.duration, item.facts.duration_ms.unwrap_or(0));
        document.add_u64(self.size, file.as_ref().map_or(0, |file| file.len));
        document.add_text(self.order, text::order(&item.title));
        if let Some(file) = file {
            document.add_text(self.file, text::spaced(&file.name));
        }
        Ok(Some(document))
    }
}

/// Who has an item in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// Its owner.
    Owner(UserId),
    /// The course that may see it by its visibility.
    Course(CourseId),
    /// A course where it is placed.
    Placed(CourseId),
    /// Whoever comes from its connection, by its visibility.
    School(ConnectionId),
    /// Somebody with whom it is shared.
    Shared(UserId),
}

impl Scope {
    /// As a term of the index.
    pub(super) fn term(self) -> String {
        match self {
            Self::Owner(user) => format!("u{user}"),
            Self::Course(course) => format!("k{course}"),
            Self::Placed(course) => format!("p{course}"),
            Self::School(connection) => format!("c{connection}"),
            Self::Shared(user) => format!("s{user}"),
        }
    }
}

fn scopes(store: &Store, id: ItemId, item: &Item) -> Result<Vec<Scope>, Error> {
    let mut scopes = vec![Scope::Owner(item.owner)];
    match item.visibility {
        Visibility::Course => scopes.extend(item.course.map(Scope::Course)),
        Visibility::School | Visibility::Public => scopes.push(Scope::School(item.connection)),
        Visibility::Private | Visibility::Unlisted => {}
    }
    let mut after = None;
    loop {
        let shares = store.page::<Shares>(&(id,), after.as_ref(), BATCH)?;
        scopes.extend(shares.iter().map(|((_, user), _)| Scope::Shared(*user)));
        after = shares.last().map(|(key, _)| *key);
        if shares.len() < BATCH {
            break;
        }
    }
    let mut after = None;
    loop {
        let placed = store.page::<PlacedIn>(&(id,), after.as_ref(), BATCH)?;
        for ((_, placement), ()) in &placed {
            let placement = store.get::<Placements>(placement)?;
            let placement = placement.filter(|placement| placement.revoked.is_none());
            scopes.extend(placement.map(|placement| Scope::Placed(placement.course)));
        }
        after = placed.last().map(|(key, ())| *key);
        if placed.len() < BATCH {
            break;
        }
    }
    scopes.sort_unstable();
    scopes.dedup();
    Ok(scopes)
}

/// A kind as a term.
pub(super) const fn kind(kind: Kind) -> &'static str {
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

/// A visibility as a term, and in the audit log.
pub(in crate::library) const fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Private => "private",
        Visibility::Course => "course",
        Visibility::School => "school",
        Visibility::Unlisted => "unlisted",
        Visibility::Public => "public",
    }
}
