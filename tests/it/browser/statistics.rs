//! Who watched what, in a real browser: a course that was watched for two weeks, narrow and wide,
//! light and dark.

use lanterna::config::Config;
use lanterna::store::ids::{ConnectionId, CourseId, ItemId, PlacementId, UserId};
use lanterna::store::key::Newest;
use lanterna::store::rows::library::{Facts, Item, Kind, Placement};
use lanterna::store::rows::people::{Role, User};
use lanterna::store::rows::watching::{Heat, Span, View};
use lanterna::store::trees::{
    CourseBy, Items, Members, Placed, PlacedHere, PlacedIn, Placements, Rewatched, UserBy, Users,
    Viewed, Views,
};
use lanterna::store::{Commit, Options, Store};
use lanterna::world::{Time, World};

use super::course::{enter, people, press};
use super::driver::{Browser, Cookies, installed};
use super::pages::look;
use crate::harness::platform::{Platform, roles};
use crate::harness::server::{Server, Setup, Stopped};
use crate::harness::services::{Roster, page};

const CONNECTION: ConnectionId = ConnectionId(1);
const A_DAY: u64 = 24 * 60 * 60 * 1_000;
/// An item plays so long, in milliseconds.
const LONG: u64 = 754_000;
const TITLES: [&str; 7] = [
    "Standing waves",
    "Interference with two lamps",
    "Why the sky is blue, and why sunsets are red: a long look at light that is scattered",
    "Doppler",
    "Lenses",
    "The eye",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
];

/// Has two weeks pass in the course, while nobody serves.
async fn two_weeks(stopped: &Stopped) {
    let file = stopped.folder().join("config.toml");
    let loaded = Config::load(Some(&file), []).unwrap();
    let options = Options::from(&loaded.config.storage);
    let world = World::system();
    let (store, _) = Store::open(options, world.clone()).unwrap();
    let context = (CONNECTION, "1".to_owned(), "course-1".to_owned());
    let course = store.get::<CourseBy>(&context).unwrap().unwrap().course;
    let teacher = (CONNECTION, "tess".to_owned());
    let teacher = store.get::<UserBy>(&teacher).unwrap().unwrap().user;
    let begin = Time(world.now().0 - 14 * A_DAY);
    let learners: Vec<UserId> = store
        .page::<Members>(&(course,), None, 100)
        .unwrap()
        .into_iter()
        .filter(|(_, member)| member.role == Role::Member)
        .map(|((_, user), _)| user)
        .collect();
    assert!(learners.len() > 10);
    let mut commit = Commit::new();
    for (number, title) in (0..).zip(TITLES) {
        place(&mut commit, course, teacher, (number, title), begin);
        for (place, user) in (0..).zip(&learners) {
            // Some watch everything, some stop in the middle, some have not begun.
            let reach = (place * 7 + number * 5) % 11;
            if reach < 8 && place % 6 != 5 {
                let at = Time(begin.0 + (number + place % 7) * A_DAY);
                watch(&mut commit, (course, ItemId(number), *user), (reach, at));
            }
        }
    }
    // Somebody who has left the course.
    let row = User {
        name: Some("Wilma Gone".into()),
        ..User::new(CONNECTION, "gone", begin)
    };
    commit.put::<Users>(&UserId(7), &row);
    watch(&mut commit, (course, ItemId(0), UserId(7)), (5, begin));
    store.commit(commit).await.unwrap();
    store.stop().await;
}

fn place(
    commit: &mut Commit,
    course: CourseId,
    teacher: UserId,
    (number, title): (u64, &str),
    at: Time,
) {
    let (id, created) = (ItemId(number), Time(at.0 + number));
    let placement = PlacementId(u128::from(number).to_be_bytes());
    let item = Item {
        course: Some(course),
        facts: Facts {
            duration_ms: Some(LONG),
            ..Facts::default()
        },
        ..Item::new(teacher, CONNECTION, Kind::Video, title, created)
    };
    let row = Placement::new(CONNECTION, (id, created), course, teacher, created);
    commit
        .put::<Items>(&id, &item)
        .put::<Placements>(&placement, &row)
        .put::<Placed>(&(course, Newest(created), placement), &())
        .put::<PlacedHere>(&(course, id, placement), &())
        .put::<PlacedIn>(&(id, placement), &());
}

/// Somebody watches an item as far as a seventh times `reach`, skips a part, and plays another again.
fn watch(commit: &mut Commit, key: (CourseId, ItemId, UserId), (reach, at): (u64, Time)) {
    let end = (LONG * (reach + 1) / 7).min(LONG);
    let span = |start: u64, end: u64| Span { start, end };
    let skipped = LONG / 2..LONG * 5 / 8;
    let seen = if end > skipped.end && reach % 2 == 0 {
        vec![span(0, skipped.start), span(skipped.end, end)]
    } else {
        vec![span(0, end)]
    };
    let long: u64 = seen.iter().map(|span| span.end - span.start).sum();
    let percent = u16::try_from(long * 10_000 / LONG).unwrap();
    let later = Time(at.0 + reach * A_DAY / 2);
    let inside = |at: u64| seen.iter().any(|span| span.start <= at && at < span.end);
    let times = |part: u64| {
        let again = part.abs_diff(60) < 12;
        let once = inside(part * LONG / 200);
        if again && reach > 3 {
            250
        } else {
            100 * u16::from(once)
        }
    };
    let heat = Heat {
        length: LONG,
        parts: (0..200).map(times).collect(),
    };
    let view = View {
        position_ms: end,
        seen,
        first: Some(at),
        opened: 2,
        plays: 2,
        played_ms: long + 60_000,
        opened_at: Some(at),
        credited: Some(later),
        counts: true,
        percent,
        tenths: vec![later; usize::from(percent / 1_000)],
        ..View::new(later)
    };
    let (course, item, user) = key;
    commit
        .put::<Views>(&key, &view)
        .put::<Rewatched>(&key, &heat)
        .put::<Viewed>(&(user, course, item), &());
}

/// A course with people in it that was watched.
async fn watched(browser: &Browser, platform: &Platform, lines: &str) -> Server {
    let entry = format!("{}{lines}", platform.entry());
    let server = Setup::new().with(&entry).start();
    platform.voice.services.lock().unwrap().roster = Roster::Pages(vec![page(&people())], "link");
    enter(browser, platform, &server, "tess", roles::TEACHER).await;
    press(browser, "a[href='course']").await;
    browser.find("#people").await;
    press(browser, "form[action='course/sync'] button").await;
    browser.find(".notice.success").await;
    let (_, stopped) = server.terminate();
    two_weeks(&stopped).await;
    let server = stopped.start();
    enter(browser, platform, &server, "tess", roles::TEACHER).await;
    server
}

/// Somebody's submission, as a teacher opens it from the gradebook.
async fn submission(browser: &Browser, platform: &Platform, server: &Server, theme: &str) {
    platform.voice.services.lock().unwrap().reviewed = Some("s1".into());
    enter(browser, platform, server, "tess", roles::TEACHER).await;
    browser
        .script("location.href = 'media/0000000000000000'")
        .await;
    let told = browser.text(".notice.info").await;
    assert!(told.contains("submission of s1 Doe"), "{told}");
    look(browser, "submission", theme).await;
}

async fn statistics(dark: bool) {
    if !installed() {
        return;
    }
    let theme = if dark { "dark" } else { "light" };
    let platform = Platform::start(&format!("watched-{theme}")).await;
    let browser = Browser::start(Cookies::Kept, dark).await;
    let server = watched(&browser, &platform, "").await;

    press(&browser, "a[href='course']").await;
    press(&browser, "a[href='course/progress']").await;
    browser.find(".strip").await;
    let page = browser.text("main").await;
    assert!(page.contains("Evidence of playing"), "{page}");
    assert!(page.contains("Wilma Gone"), "{page}");
    look(&browser, "progress", theme).await;
    // In another order, without a script.
    browser.size(320, 900).await;
    press(&browser, "a[href='progress?order=-percent#people']").await;
    browser.find("th[aria-sort=descending]").await;
    look(&browser, "progress-ordered", theme).await;

    press(&browser, "a[href='../media/0000000000000000/viewers']").await;
    browser.find(".chart-heat").await;
    browser.find(".chart-steps").await;
    look(&browser, "viewers", theme).await;
    let unfold = "for (const one of document.querySelectorAll('details')) one.open = true; \
                  return true";
    browser.script(unfold).await;
    look(&browser, "viewers-numbers", theme).await;

    press(&browser, "#people ~ table tbody a").await;
    browser.find("a[href='../progress']").await;
    look(&browser, "person", theme).await;

    enter(&browser, &platform, &server, "s1", roles::STUDENT).await;
    press(&browser, "a[href='course']").await;
    press(&browser, "a[href='progress']").await;
    browser.find(".bar").await;
    let page = browser.text("main").await;
    assert!(
        !page.contains("Amélie") && !page.contains("Wilma"),
        "{page}"
    );
    look(&browser, "own-progress", theme).await;
    submission(&browser, &platform, &server, theme).await;
    drop(server);

    // Where single people are kept from their teachers.
    let platform = Platform::start(&format!("sums-{theme}")).await;
    let server = watched(&browser, &platform, "person_statistics = false\n").await;
    press(&browser, "a[href='course']").await;
    press(&browser, "a[href='course/progress']").await;
    browser.find(".notice").await;
    let page = browser.text("main").await;
    assert!(!page.contains("Amélie"), "{page}");
    look(&browser, "progress-sums", theme).await;
    press(&browser, "a[href='../media/0000000000000000/viewers']").await;
    browser.find(".chart-heat").await;
    look(&browser, "viewers-sums", theme).await;
    drop(server);
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_are_accessible_in_light() {
    statistics(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_are_accessible_in_dark() {
    statistics(true).await;
}
