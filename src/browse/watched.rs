//! What the page's player tells: which seconds were played, and where it stands.

use std::time::Duration;

use http::StatusCode;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ORIGIN};
use serde_json::json;

use super::earned::Owing;
use super::{Error, earned, own, ticket};
use crate::app::{App, Form, Input, Page};
use crate::library::{self, Viewer};
use crate::people::Member;
use crate::people::sessions::{self, Secret};
use crate::store::ids::ItemId;
use crate::store::rows::watching::Span;
use crate::ui::Messages;
use crate::watching::{PAGE, Told, Watcher, of_page};

/// A report is short.
const LIMIT: usize = 8 * 1024;
/// Nothing plays longer.
const LONGEST: Duration = Duration::from_hours(24 * 365);
/// What browsers call the origin of pages that have none.
const NO_ORIGIN: &str = "null";
/// Parts of one report: whoever jumps about more within seconds watches nothing.
const MOST_PARTS: usize = 200;

/// `POST /s/{token}/media/{item}/watched`, for whoever may open the item, with any of: `played`,
/// the parts that were played since the last report, such as `12.5-22.75,40-43.2`; `position`, where
/// the player stands; `duration`, how long it thinks that the item plays (all in seconds); `pages`,
/// the pages of a document that were looked at, such as `1,2,5`; `page`, the one that is read.
///
/// Answers what was credited, how much the person has seen, and what that is worth to them, as JSON
/// where the player asks for that, and else nothing.
pub async fn watched(
    app: &App,
    member: &Member,
    input: &mut Input,
    item: ItemId,
) -> Result<Page, Error> {
    let form = input.form(LIMIT).await?;
    note(app, member, input, item, &form).await
}

/// The same from a frame whose pages have no origin, as some platforms have them: to the browser such
/// a page is another site's, and it gets no cookie to send. In place of both, `pass` shows that the
/// page was given to this very session, for this very item.
pub async fn watched_apart(
    app: &App,
    token: &str,
    input: &mut Input,
    item: ItemId,
) -> Result<Page, Error> {
    let form = input.form(LIMIT).await?;
    let pass = form
        .get("pass")
        .and_then(|pass| ticket::open_pass(app, pass));
    let session = Secret::hash_of(token).ok_or(sessions::Error::Ended)?;
    if pass != Some((session, item)) {
        return Err(Error::CrossSite);
    }
    let (store, world) = (&app.store, &app.world);
    let member = sessions::behind_ticket(store, world, app.lifetimes(), session).await?;
    app.requests
        .take(session, world.now())
        .map_err(Error::TooMany)?;
    let page = note(app, &member, input, item, &form).await?;
    Ok(page.with(ACCESS_CONTROL_ALLOW_ORIGIN, NO_ORIGIN))
}

/// Whether a page without an origin sends this.
pub fn is_apart(input: &Input) -> bool {
    input.cross_site() && input.header(ORIGIN) == Some(NO_ORIGIN)
}

async fn note(
    app: &App,
    member: &Member,
    input: &Input,
    item: ItemId,
    form: &Form,
) -> Result<Page, Error> {
    let told = told(form)?;
    let opened = library::open(&app.store, &Viewer::of(member), item)?;
    let watcher = Watcher::of(&app.store, member, &opened)?;
    let owing = Owing::new(app);
    let besides = Some(owing.besides.clone());
    let recorded = app.recorder.watched(watcher, told, besides).await?;
    owing.wake(app);
    let accepts = input.header("accept").unwrap_or_default();
    if !accepts.contains("application/json") {
        return Ok(Page::empty(StatusCode::NO_CONTENT));
    }
    let m = Messages::for_locale(member.session().locale.as_deref());
    let worth = earned::worth(app, m, member, &opened, &recorded.progress)?;
    let worth = worth
        .map(|worth| json!({ "missing": worth.missing, "stands": worth.stands, "due": worth.due }));
    let own = own::of(app, member, &opened, recorded.progress)?;
    Ok(Page::json(&json!({
        "counts": Watcher::counts(&watcher),
        "credited": recorded.credited.as_secs_f64(),
        "percent": own.percent(),
        "text": own.words(m),
        "seen": own.parts(),
        "earned": worth,
    })))
}

fn told(form: &Form) -> Result<Told, Error> {
    let mut told = Told::default();
    let time = |text: &str| seconds(text).ok_or(Error::BadRequest);
    told.position = form.get("position").map(time).transpose()?;
    if let Some(text) = form.get("page") {
        told.position = Some(of_page(number(text).ok_or(Error::BadRequest)?));
    }
    told.duration = form.get("duration").and_then(seconds);
    if let Some(text) = form.get("played") {
        told.played = spans(text, part).ok_or(Error::BadRequest)?;
    }
    if let Some(text) = form.get("pages") {
        told.played = spans(text, page).ok_or(Error::BadRequest)?;
    }
    let nothing = told.position.is_none() && told.played.is_empty();
    if nothing {
        Err(Error::BadRequest)
    } else {
        Ok(told)
    }
}

/// Spans with commas between them; none of an empty text.
fn spans(text: &str, one: fn(&str) -> Option<Span>) -> Option<Vec<Span>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let spans: Option<Vec<Span>> = text.split(',').take(MOST_PARTS + 1).map(one).collect();
    spans.filter(|spans| spans.len() <= MOST_PARTS)
}

/// A part that was played: `12.5-22.75`.
fn part(text: &str) -> Option<Span> {
    let (start, end) = text.split_once('-')?;
    let ms = |text| u64::try_from(seconds(text)?.as_millis()).ok();
    let (start, end) = (ms(start)?, ms(end)?);
    (start <= end).then_some(Span { start, end })
}

/// A page's number, counted from 1.
fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number| *number > 0)
}

/// A page as a part.
fn page(text: &str) -> Option<Span> {
    let before = u64::from(number(text)? - 1);
    Some(Span {
        start: before * PAGE,
        end: (before + 1) * PAGE,
    })
}

/// A time in seconds, such as `754.25`.
fn seconds(text: &str) -> Option<Duration> {
    let time = Duration::try_from_secs_f64(text.parse().ok()?).ok()?;
    (time <= LONGEST).then_some(time)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_numbers_of_seconds() {
        assert_eq!(seconds("754.25"), Some(Duration::from_millis(754_250)));
        assert_eq!(seconds("0"), Some(Duration::ZERO));
        for wrong in ["", "-1", "NaN", "inf", "1e300", "12:34", "31536001"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_report_tells_parts_or_pages() {
        let parsed = |text: &str| told(&Form::parse(text.as_bytes())).ok();
        let told = parsed("played=0-1.5,3-3.25&position=3.25&duration=60").unwrap();
        let span = |start, end| Span { start, end };
        assert_eq!(told.played, [span(0, 1_500), span(3_000, 3_250)]);
        assert_eq!(told.position, Some(Duration::from_millis(3_250)));
        assert_eq!(
            parsed("pages=1,5").unwrap().played,
            [span(0, 1_000), span(4_000, 5_000)]
        );
        assert!(parsed("played=&position=3").is_some());
        let page = parsed("pages=6&page=7").unwrap();
        assert_eq!(page.position, Some(Duration::from_secs(6)));
        let many = format!("played={}", ["0-1"; MOST_PARTS + 1].join(","));
        for wrong in [
            "",
            "played=",
            "played=1",
            "played=2-1",
            "played=1-2,",
            "played=-1-2",
            "pages=0",
            "pages=1-2",
            "pages=1,,2",
            "page=0",
            "page=1-2",
            "position=soon",
            "duration=60",
            &many,
        ] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken_without_panic(text: String, number: f64) {
            let _ = spans(&text, part);
            let _ = spans(&text, page);
            prop_assert!(seconds(&number.to_string()).is_none_or(|time| time <= LONGEST));
        }

        #[test]
        fn whatever_is_told_is_told_exactly(parts in proptest::collection::vec((0_u64..9_999, 0_u64..9_999), 1..9)) {
            let wanted: Vec<Span> = parts
                .iter()
                .map(|(start, long)| Span { start: *start, end: start + long })
                .collect();
            let seconds = |ms: u64| format!("{}.{:03}", ms / 1_000, ms % 1_000);
            let text: Vec<String> = wanted
                .iter()
                .map(|span| format!("{}-{}", seconds(span.start), seconds(span.end)))
                .collect();
            prop_assert_eq!(spans(&text.join(","), part), Some(wanted));
        }
    }
}
