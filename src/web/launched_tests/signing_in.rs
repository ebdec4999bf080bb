//! Signing in by LTI 1.1, where what is kept shows in the store only.

use oauth1_request::{Builder, Credentials, HmacSha1, ParameterList};

use super::*;
use crate::people::connections::register::{New, register};
use crate::people::nicknames::{is_nickname, nickname};
use crate::people::sync::{self, Said};
use crate::store::ids::{CourseId, UserId};
use crate::store::rows::people::{Consumer, Session, User};
use crate::store::rows::settings::Settings;
use crate::store::trees::{Courses, MemberOf, Sessions, SessionsOf, UserBy, Users};

const SECRET: &str = "s&c rét";

/// A consumer of this Lanterna; its forms are signed by a client of another author.
struct Lms<'a> {
    running: &'a Running,
    key: &'static str,
    id: ConnectionId,
}

impl<'a> Lms<'a> {
    async fn new(running: &'a Running, key: &'static str, settings: Settings) -> Self {
        let app = &running.app;
        let new = New {
            connection: Connection {
                consumer: Some(Consumer {
                    key: key.into(),
                    secret: Some(SECRET.into()),
                    window: 300,
                    body_only: false,
                    guid: None,
                }),
                settings,
                ..Connection::new(key, Source::Registered, app.world.now())
            },
            deployments: Vec::new(),
        };
        let id = register(&app.store, &app.world, &new, |_, _| {}).await;
        let id = id.unwrap();
        Self { running, key, id }
    }

    /// Posts a form with these fields, signed with this secret.
    async fn posts(&self, secret: &str, fields: &[(&str, &str)]) -> Answer {
        let app = &self.running.app;
        let own = [
            ("lti_message_type", "basic-lti-launch-request"),
            ("lti_version", "LTI-1p0"),
            ("launch_presentation_return_url", PLATFORM),
        ];
        let list = ParameterList::new(own.iter().chain(fields).copied().collect::<Vec<_>>());
        let client = Credentials::new(self.key, secret);
        let mut builder = Builder::<_, _>::new(client, HmacSha1::new());
        builder
            .timestamp(app.world.now().seconds().try_into().ok())
            .callback("about:blank");
        let signed = builder.post(app.public().join("/lti/launch"), &list);
        let headers = [
            ("accept", "text/html"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("authorization", &signed),
            ("origin", PLATFORM),
            ("sec-fetch-dest", "iframe"),
        ];
        let body = Full::<Bytes>::from(oauth1_request::to_form(&list));
        let request = request(Method::POST, "/lti/launch", &headers, body);
        send(self.running, request).await
    }

    async fn signs_in(&self, user: &str, fields: &[(&str, &str)]) {
        let fields = [&[("user_id", user)], fields].concat();
        let answer = self.posts(SECRET, &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    }

    async fn refuses(&self, user: &str, fields: &[(&str, &str)], code: &str) {
        let fields = [&[("user_id", user)], fields].concat();
        let answer = self.posts(SECRET, &fields).await;
        assert_eq!(answer.code(), code, "{}", answer.text());
    }

    fn user(&self, subject: &str) -> Option<(UserId, User)> {
        let store = &self.running.app.store;
        let found = store.get::<UserBy>(&(self.id, subject.to_owned())).unwrap();
        let id = found?.user;
        Some((id, store.get::<Users>(&id).unwrap().unwrap()))
    }

    /// The person's one session.
    fn session(&self, subject: &str) -> Session {
        let store = &self.running.app.store;
        let (user, _) = self.user(subject).unwrap();
        let of_user = store.page::<SessionsOf>(&(user,), None, 2).unwrap();
        let [((_, hash), ())] = &of_user[..] else {
            panic!("{of_user:?}");
        };
        store.get::<Sessions>(hash).unwrap().unwrap()
    }
}

fn kept(session: &Session) -> Vec<(&str, &str)> {
    let pairs = session.kept.iter();
    pairs.map(|(n, v)| (n.as_str(), v.as_str())).collect()
}

/// Row: name, given name, family name and email are filled in from the launch, the email only where
/// the configuration keeps any.
#[tokio::test]
async fn what_is_told_of_a_person_is_filled_in() {
    for (keeps, variable) in [(true, "true"), (false, "false")] {
        let running = Running::with(&[("LANTERNA_PEOPLE__EMAIL", variable)]).await;
        let lms = Lms::new(&running, "school", Settings::default()).await;
        let spelled = [
            ("lis_person_name_full", "Ada Lovelace"),
            ("lis_person_name_given", "Ada"),
            ("lis_person_name_family", "Lovelace"),
            ("lis_person_contact_email_primary", "ada@school.example"),
        ];
        let plain = [
            ("full_name", "Ada Lovelace"),
            ("first_name", "Ada"),
            ("last_name", "Lovelace"),
            ("email", "ada@school.example"),
        ];
        for (user, fields) in [("one", spelled), ("two", plain)] {
            lms.signs_in(user, &fields).await;
            let (_, user) = lms.user(user).unwrap();
            assert_eq!(user.name.as_deref(), Some("Ada Lovelace"));
            assert_eq!(user.given_name.as_deref(), Some("Ada"));
            assert_eq!(user.family_name.as_deref(), Some("Lovelace"));
            assert_eq!(user.email.is_some(), keeps);
        }
    }
}

/// Row: other `custom_tpa_*` values are kept with the session, those that are listed and no others.
#[tokio::test]
async fn listed_custom_values_are_kept_with_the_session() {
    let running = Running::with(&[]).await;
    let settings = Settings {
        kept_parameters: vec!["custom_tpa_class".into(), "custom_tpa_house".into()],
        ..Settings::default()
    };
    let lms = Lms::new(&running, "school", settings).await;
    let sent = [
        ("custom_tpa_class", "5b & more"),
        ("custom_tpa_other", "x"),
        ("custom_tpa_next", "upload"),
        ("tpa_house", "x"),
    ];
    lms.signs_in("ada", &sent).await;
    let session = lms.session("ada");
    assert_eq!(kept(&session), [("custom_tpa_class", "5b & more")]);
    assert_eq!((session.course, session.link), (None, None));
    // A launch from a link keeps them as well; what is not filled in or far too long is left.
    let long = "x".repeat(2_000);
    let link = [
        ("resource_link_id", "l"),
        ("custom_tpa_class", "$Class.name"),
        ("custom_tpa_house", &long),
    ];
    lms.signs_in("sam", &link).await;
    assert_eq!(kept(&lms.session("sam")), []);
    let link = [("resource_link_id", "l"), ("custom_tpa_house", "red")];
    lms.signs_in("kim", &link).await;
    assert_eq!(kept(&lms.session("kim")), [("custom_tpa_house", "red")]);
    // Another consumer has listed none.
    let other = Lms::new(&running, "other", Settings::default()).await;
    other.signs_in("ada", &sent).await;
    assert_eq!(kept(&other.session("ada")), []);
}

/// Row: accounts have stable random names, unless personal data is wanted and told.
#[tokio::test]
async fn made_up_names_stand_in_for_names() {
    let running = Running::with(&[("LANTERNA_PEOPLE__EMAIL", "true")]).await;
    let withheld = Settings {
        names_withheld: true,
        ..Settings::default()
    };
    let told = [
        ("full_name", "Ada Lovelace"),
        ("first_name", "Ada"),
        ("email", "ada@school.example"),
        ("user_image", "https://lms.example/ada.png"),
    ];
    let lms = Lms::new(&running, "withheld", withheld).await;
    for _ in 0..2 {
        lms.signs_in("ada", &told).await;
        let (id, user) = lms.user("ada").unwrap();
        assert_eq!(user.name.as_deref(), Some(&*nickname(id)));
        assert_eq!(
            (user.given_name, user.family_name, user.email),
            (None, None, None)
        );
    }
    let lms = Lms::new(&running, "told", Settings::default()).await;
    lms.signs_in("ada", &told[2..]).await;
    let (id, user) = lms.user("ada").unwrap();
    assert!(is_nickname(id, &user.name.unwrap()));
    lms.signs_in("ada", &told).await;
    let (_, user) = lms.user("ada").unwrap();
    assert_eq!(user.name.as_deref(), Some("Ada Lovelace"));
}

/// A course, and its roster with these people.
async fn on_roster(lms: &Lms<'_>, subjects: &[&str]) {
    let app = &lms.running.app;
    let course = CourseId(7);
    if app.store.get::<Courses>(&course).unwrap().is_none() {
        let row = crate::store::rows::people::Course::new(lms.id, "", "c", app.world.now());
        let mut commit = Commit::new();
        commit.put::<Courses>(&course, &row);
        app.store.commit(commit).await.unwrap();
    }
    let members = subjects.iter().map(|subject| {
        serde_json::json!({
            "user_id": subject, "roles": ["Learner"], "name": format!("Named {subject}"),
            "email": "ada@school.example",
        })
    });
    let body = serde_json::json!({"id": "r", "members": members.collect::<Vec<_>>()});
    let read = crate::lti::nrps::read(body.to_string().as_bytes()).unwrap();
    let said = Said {
        connection: lms.id,
        members: &read.members,
        nameless: 0,
        keep_email: true,
    };
    let applied = sync::apply(&app.store, &app.world, course, &said).await;
    assert!(applied.unwrap().is_some());
}

/// Row: "must already have an account". Who was launched before or is on a roster has one; an email
/// joins nobody to anybody.
#[tokio::test]
async fn only_the_known_come_in_where_that_is_demanded() {
    let running = Running::with(&[("LANTERNA_PEOPLE__EMAIL", "true")]).await;
    let settings = Settings {
        known_only: true,
        names_withheld: true,
        ..Settings::default()
    };
    let lms = Lms::new(&running, "school", settings).await;
    let email = [("email", "ada@school.example")];
    lms.refuses("ada", &email, "no-account").await;
    assert_eq!(lms.user("ada"), None, "a refusal makes nobody");
    on_roster(&lms, &["ada", "gone"]).await;
    lms.signs_in("ada", &email).await;
    lms.refuses("bob", &email, "no-account").await;
    // A roster tells no names either, where names are not taken.
    let (id, ada) = lms.user("ada").unwrap();
    assert!(is_nickname(id, ada.name.as_deref().unwrap()));
    assert_eq!(ada.email, None);
    // Whoever left the only roster before they ever came is as unknown as anybody.
    on_roster(&lms, &["ada"]).await;
    lms.refuses("gone", &email, "no-account").await;
    on_roster(&lms, &["someone"]).await;
    lms.signs_in("ada", &[]).await;
    let of_ada = running.app.store.page::<MemberOf>(&(id,), None, 9).unwrap();
    assert_eq!(
        of_ada.len(),
        0,
        "on no roster, and known since they were here"
    );
}

/// Row: the same work is done before refusing, whatever is wrong: an unknown consumer's form is
/// verified as well, with a secret that opens nothing.
#[tokio::test]
async fn who_knows_the_secret_of_nobody_is_nobody() {
    let running = Running::with(&[]).await;
    let lms = Lms::new(&running, "school", Settings::default()).await;
    let unknown = Lms {
        key: "unknown",
        ..lms
    };
    for secret in ["", SECRET, "0123456789abcdef0123456789abcdef"] {
        let answer = unknown.posts(secret, &[("user_id", "ada")]).await;
        assert_eq!(answer.code(), "unknown-consumer");
    }
    assert_eq!(unknown.user("ada"), None);
}

/// A launch of LTI 1.3 whose link leads to the library reaches the same place.
#[tokio::test]
async fn a_launch_to_the_library_lists_the_courses_too() {
    let running = running(&[]).await;
    ADA.arrives(&running).await;
    let student = Coming {
        course: Some("history"),
        role: STUDENT,
        ..ADA
    };
    let ada = student.arrives(&running).await;
    let page = ada.get("library?view=mine").await;
    let (_, courses) = page.text().split_once("Your courses").unwrap();
    assert!(courses.contains("Course of physics") && courses.contains("You are here"));
    assert!(courses.contains("<a href=\"library?view=course\">Course of history</a>"));
    // Where one's only course is the one that one is in, nothing is said about it.
    let page = SAM.arrives(&running).await.get("library?view=mine").await;
    assert!(!page.text().contains("Your courses"));
    // From nowhere in particular, the courses are listed alike.
    let nowhere = Coming {
        course: None,
        ..ADA
    };
    let page = nowhere.arrives(&running).await.get("library").await;
    let (_, courses) = page.text().split_once("Your courses").unwrap();
    assert!(courses.contains("Course of history") && !courses.contains("You are here"));
    assert!(!courses.contains("href=\"library?view=course\""));
}

/// A long list of courses has pages, each course once.
#[tokio::test]
async fn many_courses_have_pages() {
    let running = running(&[]).await;
    for number in 0..70 {
        let course: &'static str = format!("c{number:02}").leak();
        let coming = Coming {
            course: Some(course),
            ..ADA
        };
        coming.arrives(&running).await;
    }
    let nowhere = Coming {
        course: None,
        ..ADA
    };
    let ada = nowhere.arrives(&running).await;
    let mut seen = Vec::new();
    let mut below = Some("library".to_owned());
    while let Some(page) = below {
        let page = ada.get(&page).await;
        assert_eq!(page.status, StatusCode::OK);
        let text = page.text();
        let names = text.split("Course of ").skip(1);
        seen.extend(names.map(|rest| rest[..3].to_owned()));
        let next = text
            .split('"')
            .find(|part| part.contains("courses=") && part.ends_with("#courses"));
        below = next.map(|href| href.replace("&amp;", "&").replace("#courses", ""));
    }
    assert_eq!(seen.len(), 70);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 70, "each once");
    let bad = ada.get("library?view=mine&courses=x").await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
}
