//! What is picked: found, checked, and put into the course.

use super::answer::{self, Outside, Way};
use super::named::{pixels, time};
use super::{Asking, Right};
use crate::app::Form;
use crate::browse::counting::{self, USUAL_POINTS, percent, points};
use crate::browse::{Error, outside};
use crate::library::placements::{self, Details};
use crate::library::{self, Opened, Title, Viewer, bytes, editable, links, may_place, owned};
use crate::store::ids::{ItemId, PlacementId};
use crate::store::rows::library::{Counts, Kind, Visibility};

/// A field of a pick's details; its name in forms goes before the item's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Title,
    Start,
    End,
    Width,
    Height,
    Graded,
    Maximum,
    Counts,
    Threshold,
}

impl Field {
    /// The name of the field of an item.
    pub(super) fn of(self, item: ItemId) -> String {
        let name = match self {
            Self::Title => "title",
            Self::Start => "start",
            Self::End => "end",
            Self::Width => "width",
            Self::Height => "height",
            Self::Graded => "graded",
            Self::Maximum => "maximum",
            Self::Counts => "counts",
            Self::Threshold => "threshold",
        };
        format!("{name}-{item}")
    }
}

/// Something that is wrong with a field, and the message that says so.
pub(super) type Mistake = (Field, &'static str);

/// One picked item.
pub(super) struct Pick {
    /// The item.
    pub(super) opened: Opened,
    /// How it goes to the platform.
    pub(super) way: Way,
    /// How it opens without a launch, where it does.
    pub(super) outside: Option<Outside>,
    /// How it is to be shown, as far as the fields say something that can be read.
    pub(super) details: Details,
    /// What is wrong with the fields.
    pub(super) mistakes: Vec<Mistake>,
}

/// Why an item cannot be picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hindrance {
    /// It is not the person's to show here.
    NotYours,
    /// Without a course: it is not for the whole school.
    NotForSchool,
    /// The platform takes only what opens without a launch.
    NeedsLaunch,
}

impl Hindrance {
    /// The message that says so.
    pub(super) const fn message(self) -> &'static str {
        match self {
            Self::NotYours => "select-not-yours",
            Self::NotForSchool => "select-not-for-school",
            Self::NeedsLaunch => "select-needs-launch",
        }
    }
}

/// How an opened item may be picked, or why not.
pub(super) fn allowed(
    asking: &Asking<'_>,
    right: Right<'_>,
    opened: &Opened,
) -> Result<Result<(Way, Option<Outside>), Hindrance>, Error> {
    let store = &asking.app.store;
    let hindrance = match right {
        Right::Course(contributor) if may_place(store, contributor, opened)? => None,
        Right::Course(_) => Some(Hindrance::NotYours),
        Right::School => match opened.item().visibility {
            Visibility::School | Visibility::Public => None,
            _ => Some(Hindrance::NotForSchool),
        },
    };
    if let Some(hindrance) = hindrance {
        return Ok(Err(hindrance));
    }
    let outside = open_outside(asking, opened)?;
    let way = answer::way(&asking.selecting.settings, opened.item(), outside.as_ref());
    Ok(way.map(|way| (way, outside)).ok_or(Hindrance::NeedsLaunch))
}

/// How an item opens without a launch: a public one by its address, and an unlisted one of the
/// person's own by a link that there is.
fn open_outside(asking: &Asking<'_>, opened: &Opened) -> Result<Option<Outside>, Error> {
    let app = asking.app;
    let publishing = app.publishing();
    let key = match opened.item().visibility {
        Visibility::Public if publishing.public => None,
        Visibility::Unlisted if publishing.unlisted => {
            let item = match owned(&app.store, asking.member, opened.id()) {
                Ok(item) => item,
                Err(library::Error::NotYours) => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            let known = links::of(&app.store, app.keys.seal(), &item)?;
            match known.into_iter().next() {
                Some(link) => Some(link.key),
                None => return Ok(None),
            }
        }
        _ => return Ok(None),
    };
    let readable = match bytes::original(&app.store, opened) {
        Ok(readable) => readable,
        Err(library::Error::Damaged) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mine = editable(&app.store, asking.member, opened.id()).is_ok();
    let (id, key) = (opened.id(), key.as_deref());
    let thumbnail = outside::thumbnail(opened.item())
        .map(|width| (outside::file(id, &format!("picture-{width}"), key), width));
    Ok(Some(Outside {
        page: outside::address("media", id, key),
        embed: outside::address("embed", id, key),
        file: outside::file(id, "original", key),
        thumbnail,
        media_type: readable.file().media_type.clone(),
        copied: opened.item().downloadable || mine,
    }))
}

/// A pick of this item; `None` when it is not there, or cannot be picked.
pub(super) fn pick(
    asking: &Asking<'_>,
    right: Right<'_>,
    item: ItemId,
) -> Result<Option<Pick>, Error> {
    let opened = library::open(&asking.app.store, &Viewer::of(asking.member), item);
    let opened = match opened {
        Ok(opened) => opened,
        Err(library::Error::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let allowed = allowed(asking, right, &opened)?;
    Ok(allowed.ok().map(|(way, outside)| Pick {
        opened,
        way,
        outside,
        details: Details::default(),
        mistakes: Vec::new(),
    }))
}

/// The ids that are picked, each once.
fn ids(fields: &Form) -> impl Iterator<Item = &str> {
    let mut known: Vec<&str> = Vec::new();
    let given = fields.pairs().iter().filter(|(name, _)| name == "item");
    for (_, id) in given {
        if !known.contains(&id.as_str()) {
            known.push(id);
        }
    }
    known.into_iter()
}

/// What a page that looks around has picked: what is gone meanwhile is left out.
pub(super) fn still_there(
    asking: &Asking<'_>,
    right: Right<'_>,
    query: &Form,
) -> Result<Vec<Pick>, Error> {
    let mut picked = Vec::new();
    for id in ids(query).take(placements::MOST_AT_ONCE) {
        if let Ok(id) = id.parse() {
            picked.extend(pick(asking, right, id)?);
        }
    }
    Ok(picked)
}

/// What a finished selection has picked: refused as a whole where one of it cannot be picked.
pub(super) fn all(
    asking: &Asking<'_>,
    right: Right<'_>,
    fields: &Form,
) -> Result<Vec<Pick>, Error> {
    let given: Vec<&str> = ids(fields).collect();
    if given.len() > asking.most() {
        return Err(Error::TooManyPicks);
    }
    let suggested = asking.selecting.settings.title.as_deref();
    let suggested = suggested.filter(|_| given.len() == 1);
    let mut picked = Vec::new();
    for id in given {
        let id: ItemId = id.parse().map_err(|_| Error::PickGone)?;
        let opened = library::open(&asking.app.store, &Viewer::of(asking.member), id);
        let opened = match opened {
            Ok(opened) => opened,
            Err(library::Error::NotFound) => return Err(Error::PickGone),
            Err(error) => return Err(error.into()),
        };
        let allowed = allowed(asking, right, &opened)?;
        let (way, outside) = allowed.map_err(|_| Error::PickRefused)?;
        let (details, mistakes) = read(fields, &opened, suggested);
        picked.push(Pick {
            opened,
            way,
            outside,
            details,
            mistakes,
        });
    }
    Ok(picked)
}

/// Reads the details of an item from its fields. An empty field says nothing.
fn read(fields: &Form, opened: &Opened, suggested: Option<&str>) -> (Details, Vec<Mistake>) {
    let (id, item) = (opened.id(), opened.item());
    let typed = |field: Field| fields.get(&field.of(id)).map(str::trim);
    let given = |field| typed(field).filter(|text| !text.is_empty());
    let played = matches!(item.kind, Kind::Video | Kind::Audio);
    let mut mistakes = Vec::new();
    let mut taken = |field, value: Option<u64>, message| {
        let timed = matches!(field, Field::Start | Field::End);
        if value.is_none() && given(field).is_some() && (played || !timed) {
            mistakes.push((field, message));
        }
        value
    };
    let moment = |field| given(field).filter(|_| played).and_then(time);
    let size = |field| given(field).and_then(pixels).map(u64::from);
    let narrow = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
    let start_ms = taken(Field::Start, moment(Field::Start), "select-bad-time");
    let end_ms = taken(Field::End, moment(Field::End), "select-bad-time");
    let width = taken(Field::Width, size(Field::Width), "select-bad-size");
    let height = taken(Field::Height, size(Field::Height), "select-bad-size");
    let graded = item.kind.counts() && fields.is_on(&Field::Graded.of(id));
    let maximum = if graded {
        points(given(Field::Maximum).unwrap_or(USUAL_POINTS))
    } else {
        None
    };
    if graded && maximum.is_none() {
        mistakes.push((Field::Maximum, "select-bad-points"));
    }
    let counts = counting::named(given(Field::Counts));
    let threshold = given(Field::Threshold).map(percent);
    // How much is enough is no question where every bit counts.
    let asked = graded && counts == Counts::Completion;
    if asked && threshold == Some(None) {
        mistakes.push((Field::Threshold, "select-bad-percent"));
    }
    if let Some(end) = end_ms
        && end <= start_ms.unwrap_or(0)
    {
        mistakes.push((Field::End, "select-end-first"));
    }
    let length = item.facts.duration_ms;
    if start_ms
        .zip(length)
        .is_some_and(|(start, all)| start >= all)
    {
        mistakes.push((Field::Start, "select-past-end"));
    }
    // A title that is asked for and left empty is the item's own.
    let title = match typed(Field::Title) {
        Some("") => None,
        Some(title) => {
            let title = Title::parse(title);
            if title.is_err() {
                mistakes.push((Field::Title, "problem-bad-title"));
            }
            title.ok()
        }
        None => suggested.and_then(|title| Title::parse(title).ok()),
    };
    let title = title.map(|title| title.as_str().to_owned());
    let title = title.filter(|title| *title != item.title);
    let details = Details {
        title,
        start_ms,
        end_ms,
        width: narrow(width),
        height: narrow(height),
        maximum,
        counts,
        threshold: threshold.flatten().filter(|_| asked),
    };
    (details, mistakes)
}

/// Puts into the course what launches from there: all of it or nothing. The placements stand in the
/// order of the picks; what goes to the platform otherwise has none.
pub(super) async fn place(
    asking: &Asking<'_>,
    right: Right<'_>,
    picked: &[Pick],
) -> Result<Vec<Option<PlacementId>>, Error> {
    let Right::Course(contributor) = right else {
        return Ok(picked.iter().map(|_| None).collect());
    };
    let launched = picked.iter().filter(|pick| pick.way == Way::Launch);
    let placing: Vec<(&Opened, Details)> = launched
        .map(|pick| (&pick.opened, pick.details.clone()))
        .collect();
    if placing.is_empty() {
        return Ok(picked.iter().map(|_| None).collect());
    }
    let app = asking.app;
    let placed = placements::place_all(&app.store, &app.world, contributor, &placing).await;
    let mut placed = match placed {
        Ok(placed) => placed.into_iter(),
        Err(library::Error::NotFound) => return Err(Error::PickGone),
        Err(library::Error::NotYours) => return Err(Error::PickRefused),
        Err(error) => return Err(error.into()),
    };
    let of = |pick: &Pick| (pick.way == Way::Launch).then(|| placed.next()).flatten();
    Ok(picked.iter().map(of).collect())
}
