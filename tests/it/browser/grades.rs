//! The grade queue as administrators see it, and the grades of a course as its teacher does: filled by
//! an LMS that refuses, delays and is down; narrow and wide, light and dark.

use std::collections::BTreeMap;

use lanterna::config::Config;
use lanterna::store::ids::{ConnectionId, CourseId, GradeKey, ItemId, LinkKey, UserId};
use lanterna::store::key::Newest;
use lanterna::store::rows::grades::{Grade, Numbers, Standing, Taken, Trouble, Value};
use lanterna::store::rows::people::User;
use lanterna::store::trees::{
    Connections, Courses, GradeDue, GradeNumbers, Grades, GradesBy, GradesIn, Items, Users,
};
use lanterna::store::{Commit, Options, Store};
use lanterna::world::{Time, World};

use super::driver::{Browser, Cookies, installed};
use super::earning::{places, says, watches};
use super::pages::{become_administrator, look};
use super::practice::{enter_as, practice};
use super::selection::press;
use crate::harness::server::{Server, Setup, Stopped};

const MINUTE: u64 = 60_000;
/// People whose grades the LMS has: more than one page of them.
const TAKEN: u64 = 55;
const NAMES: [&str; 8] = [
    "Emil Novák",
    "Amélie Dubois",
    "Oluwaseun Adebayo-Ransome-Kuti",
    "Zoë Lindqvist",
    "Rahul Chandrasekaran",
    "Mai Nguyễn",
    "Wolfeschlegelsteinhausenbergerdorff",
    "Jo Li",
];
/// Why some were refused, and what the LMS answered.
const REFUSED: [(&str, Option<u16>, Option<&str>); 4] = [
    (
        "not-gradable",
        Some(400),
        Some("Incorrect score: the user is not a learner"),
    ),
    ("no-line-item", Some(404), None),
    ("scope-missing", None, None),
    (
        "forbidden",
        Some(403),
        Some("capability mod/lti:view is required in context 4711"),
    ),
];
const DELAYED: [(&str, Option<u16>); 2] = [("busy", Some(429)), ("failed", Some(500))];

/// How many grades stand how.
type Counted = BTreeMap<(CourseId, u8), Numbers>;

/// Whose grade, of which course and item.
#[derive(Clone, Copy)]
struct Seed {
    connection: ConnectionId,
    course: CourseId,
    item: ItemId,
    now: Time,
}

impl Seed {
    fn put(
        self,
        commit: &mut Commit,
        numbers: &mut Counted,
        number: u64,
        standing: Standing,
        change: impl FnOnce(&mut Grade),
    ) {
        let user = UserId(1_000 + number);
        let name = NAMES[usize::try_from(number).unwrap() % NAMES.len()];
        let row = User {
            name: Some(name.into()),
            ..User::new(self.connection, &format!("seed-{number}"), self.now)
        };
        let since = Time(self.now.0 - number * 7 * MINUTE);
        let value = Value {
            part: u16::try_from(10_000 - number * 130).unwrap_or(10_000),
            maximum: 10_000,
        };
        let due = Time(self.now.0 + 60 * MINUTE);
        let mut grade = Grade {
            course: self.course,
            item: self.item,
            value,
            stamp: since,
            standing,
            since,
            due: (standing == Standing::Due).then_some(due),
            attempts: 0,
            trouble: None,
            taken: (standing == Standing::Taken).then_some(Taken { value, at: since }),
            result: None,
            owed: since,
        };
        change(&mut grade);
        let link = LinkKey {
            connection: self.connection,
            deployment: "1".into(),
            link: "seeded".into(),
        };
        let key = GradeKey { link, user };
        for row in Numbers::keys(self.course, user) {
            *numbers.entry(row).or_default().of_mut(standing) += 1;
        }
        let place = standing.number();
        commit
            .put::<Users>(&user, &row)
            .put::<Grades>(&key, &grade)
            .put::<GradesIn>(&(self.course, place, Newest(since), key.clone()), &())
            .put::<GradesBy>(&(place, Newest(since), key.clone()), &());
        if let Some(due) = grade.due {
            commit.put::<GradeDue>(&(self.connection, due, key), &());
        }
    }
}

/// Grades of all kinds in the course that the film was placed in, while nobody serves.
async fn fill(stopped: &Stopped) {
    let file = stopped.folder().join("config.toml");
    let loaded = Config::load(Some(&file), []).unwrap();
    let options = Options::from(&loaded.config.storage);
    let world = World::system();
    let (store, _) = Store::open(options, world.clone()).unwrap();
    let connections = store.page::<Connections>(&(), None, 9).unwrap();
    let practice = connections
        .iter()
        .find(|(_, row)| row.name == "Practice course");
    let connection = practice.unwrap().0;
    let courses = store.page::<Courses>(&(), None, 9).unwrap();
    let course = courses.iter().find(|(_, row)| row.connection == connection);
    let seed = Seed {
        connection,
        course: course.unwrap().0,
        item: store.page::<Items>(&(), None, 1).unwrap()[0].0,
        now: world.now(),
    };
    let (mut commit, mut numbers) = (Commit::new(), Counted::new());
    let trouble = |code: &str, status, said: Option<&str>| Trouble {
        code: code.into(),
        status,
        said: said.map(Into::into),
        at: seed.now,
    };
    for (number, (code, status, said)) in (0..).zip(REFUSED) {
        seed.put(
            &mut commit,
            &mut numbers,
            number,
            Standing::Stopped,
            |grade| {
                grade.trouble = Some(trouble(code, status, said));
            },
        );
    }
    for (number, (code, status)) in (10..).zip(DELAYED) {
        seed.put(&mut commit, &mut numbers, number, Standing::Due, |grade| {
            grade.trouble = Some(trouble(code, status, None));
            grade.attempts = 3;
        });
    }
    for number in 20..20 + TAKEN {
        seed.put(&mut commit, &mut numbers, number, Standing::Taken, |_| {});
    }
    for (key, row) in &numbers {
        commit.put::<GradeNumbers>(key, row);
    }
    store.commit(commit).await.unwrap();
    store.stop().await;
}

/// A server with a film that counts, and grades of all kinds; whoever looks is an administrator.
async fn filled(browser: &Browser, theme: &str) -> Server {
    let server = Setup::new()
        .on_one_port()
        .env("LANTERNA_PRACTICE__ENABLED", "true")
        .start();
    become_administrator(browser, &server, theme).await;
    browser.open(&server.url("/admin/grades")).await;
    let page = browser.text("main").await;
    assert!(page.contains("Nobody has earned anything yet"), "{page}");
    look(browser, "admin-grades-none", theme).await;
    browser.size(1280, 1000).await;
    places(browser, &server).await;
    enter_as(browser, &server, "linh").await;
    browser.leave().await;
    let (_, stopped) = server.terminate();
    fill(&stopped).await;
    stopped.start()
}

/// Takes the LMS down.
async fn goes_down(browser: &Browser, server: &Server) {
    browser.leave().await;
    let gradebook = format!("{}gradebook/amara", practice(server));
    browser.open(&gradebook).await;
    press(browser, "#outage button[value=yes]").await;
    browser.find("#outage button[value=no]").await;
}

/// Takes it up again, while the page stays that is open.
async fn comes_up(browser: &Browser) {
    let pressed = "const body = new URLSearchParams({ down: 'no', person: 'amara', course: '1' });
        return fetch('/practice/outage', { method: 'POST', body }).then((answer) => answer.ok)";
    browser.until(pressed).await;
}

async fn grades(dark: bool) {
    if !installed() {
        return;
    }
    let theme = if dark { "dark" } else { "light" };
    let browser = Browser::start(Cookies::Kept, dark).await;
    let server = filled(&browser, theme).await;
    let queue = server.url("/admin/grades");

    // What needs somebody comes first.
    browser.open(&queue).await;
    let page = browser.text("main").await;
    for told in ["Emil Novák", "not a learner", "lesson", "Send now"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    look(&browser, "admin-grades-stopped", theme).await;
    for (list, name) in [("due", "admin-grades-due"), ("taken", "admin-grades-taken")] {
        press(&browser, &format!("nav.ways a[href='grades?list={list}']")).await;
        let here = format!("nav.ways a[href='grades?list={list}'][aria-current]");
        browser.find(&here).await;
        look(&browser, name, theme).await;
    }
    press(&browser, "nav.pager a").await;
    browser
        .until("return location.search.includes('after=')")
        .await;
    look(&browser, "admin-grades-more", theme).await;

    // While the LMS is down, what is earned waits, and nothing is lost.
    browser.size(1280, 1000).await;
    goes_down(&browser, &server).await;
    watches(&browser, &server).await;
    let due = format!("{queue}?list=due");
    says(&browser, &due, "takes no grades at the moment").await;
    let page = browser.text("main").await;
    assert!(page.contains("Linh Tran"), "{page}");
    look(&browser, "admin-grades-away", theme).await;
    let activity = format!("{}activity/linh/1", practice(&server));
    browser.open(&activity).await;
    browser.enter("iframe").await;
    browser.find(".earned").await;
    look(&browser, "earned-delayed", theme).await;
    enter_as(&browser, &server, "amara").await;
    press(&browser, "nav a[href='course']").await;
    press(&browser, "a[href='course/grades']").await;
    browser.find("main h1").await;
    look(&browser, "course-grades-away", theme).await;
    press(&browser, "details.disclosure summary").await;
    look(&browser, "course-grades-change", theme).await;

    browser.size(1280, 1000).await;
    says(&browser, &due, "takes no grades at the moment").await;
    comes_up(&browser).await;
    press(&browser, ".notice.warning form button").await;
    browser.find(".notice.info").await;
    look(&browser, "admin-grades-retried", theme).await;
    says(&browser, &format!("{queue}?list=taken"), "Linh Tran").await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_is_calm_in_light() {
    grades(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_is_calm_in_dark() {
    grades(true).await;
}
