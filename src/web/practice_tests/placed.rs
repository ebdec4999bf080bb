//! What launches lead to: items placed into courses, bare ids, pages; by LTI 1.1, whose forms can be
//! written here. What a launch came for is read alike for both versions.

use std::collections::BTreeMap;

use http::{Method, StatusCode};

use super::launches::upload;
use super::{Answer, Browser, PUBLIC, Site};
use crate::library::{self, Viewer, placements};
use crate::lti::basic;
use crate::lti::launch::{self, Launch, Message, Version};
use crate::lti::oauth1::{Address, Method as Signing, Signer};
use crate::people::connections::{Declared, Trust, declare};
use crate::people::{Member, consumers};
use crate::practice;
use crate::store::ids::{ItemId, PlacementId};
use crate::store::rows::people::{Consumer, Source};
use crate::store::rows::settings::Settings;
use crate::store::trees::Sessions;

const PRACTICE: &str = "lanterna-practice";
const OTHER: &str = "other";

/// Somebody who is launched.
struct Coming<'a> {
    key: &'a str,
    role: &'a str,
    course: &'a str,
    path: String,
    custom: &'a [(&'a str, &'a str)],
}

impl Default for Coming<'_> {
    fn default() -> Self {
        Self {
            key: PRACTICE,
            role: "Learner",
            course: "home",
            path: "/lti/launch".to_owned(),
            custom: &[],
        }
    }
}

impl Coming<'_> {
    fn launch(&self) -> Launch {
        let custom = self.custom.iter();
        Launch {
            version: Version::V1p1,
            message: Message::Resource,
            deployment: String::new(),
            subject: Some(format!("{}-of-{}", self.role, self.course)),
            person: launch::Person::default(),
            roles: vec![self.role.to_owned()],
            mentored: Vec::new(),
            context: Some(launch::Context {
                id: self.course.to_owned(),
                types: Vec::new(),
                label: None,
                title: None,
            }),
            resource_link: Some(launch::ResourceLink {
                id: "link".to_owned(),
                title: None,
                description: None,
            }),
            target_link_uri: None,
            platform: launch::Platform::default(),
            presentation: launch::Presentation::default(),
            custom: custom
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect::<BTreeMap<_, _>>(),
            lis: launch::Lis::default(),
            ags: None,
            nrps: None,
            migration: None,
            outcome: None,
        }
    }

    /// Launches in a browser of its own, and follows to what is shown.
    async fn arrives(&self, site: &Site) -> Answer {
        self.arrives_in(site, &mut site.browser()).await
    }

    async fn arrives_in(&self, site: &Site, browser: &mut Browser<'_>) -> Answer {
        let (_, connection) = consumers::find(&site.app.store, self.key).unwrap();
        let url = format!("{PUBLIC}{}", self.path);
        let signer = Signer {
            consumer_key: self.key,
            secret: &connection.consumer.unwrap().secret.unwrap(),
            method: Signing::HmacSha256,
            nonce: &format!("{:x}", u128::from_be_bytes(site.app.world.random())),
            at: site.app.world.now(),
        };
        let form = signer.form(
            &Address::parse(&url).unwrap(),
            basic::parameters(&self.launch()),
        );
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-dest", "iframe"),
        ];
        let answer = browser.send(Method::POST, &url, &headers, body).await;
        let location = answer
            .location()
            .unwrap_or_else(|| panic!("{}", answer.text));
        browser.follow(location.as_str(), "iframe").await
    }
}

/// A practice course, and another consumer.
async fn site() -> Site {
    let site = Site::new().await;
    let mut declared = practice::declared(&site.app).unwrap();
    declared.push(Declared {
        name: "Other".to_owned(),
        source: Source::Practice,
        trust: Trust::Consumer(Consumer {
            key: OTHER.to_owned(),
            secret: Some("secret".to_owned()),
            window: 300,
            body_only: false,
            guid: None,
        }),
        origins: Vec::new(),
        settings: Settings::default(),
    });
    let (store, world) = (&site.app.store, &site.app.world);
    declare(store, world, &declared).await.unwrap();
    site
}

/// An item that the course `home` sees, and its placement there.
async fn placed(site: &Site) -> (ItemId, PlacementId) {
    let teacher = Coming {
        role: "Instructor",
        ..Coming::default()
    };
    let hash = teacher.arrives(site).await.session();
    let session = site.app.store.get::<Sessions>(&hash).unwrap().unwrap();
    let member = Member::for_test(session);
    let item = upload(site, &member).await;
    let (store, world) = (&site.app.store, &site.app.world);
    let opened = library::open(store, &Viewer::of(&member), item).unwrap();
    let contributor = member.contributor().unwrap();
    let id = placements::place(store, world, contributor, &opened).await;
    (item, id.unwrap())
}

fn shows(answer: &Answer, item: ItemId) -> bool {
    let path = answer.url.path();
    answer.status == StatusCode::OK && path.ends_with(&format!("/media/{item}"))
}

#[tokio::test]
async fn a_placement_opens_in_its_course_by_path_and_by_parameter() {
    let site = site().await;
    let (item, id) = placed(&site).await;
    let by_path = Coming {
        path: format!("/lti/launch/{id}"),
        ..Coming::default()
    };
    assert!(shows(&by_path.arrives(&site).await, item));
    let named = id.to_string();
    let by_parameter = Coming {
        custom: &[("placement", &named)],
        ..Coming::default()
    };
    let answer = by_parameter.arrives(&site).await;
    assert!(shows(&answer, item));
    let session = site.app.store.get::<Sessions>(&answer.session());
    assert_eq!(session.unwrap().unwrap().placement, Some(id));
}

#[tokio::test]
async fn in_a_copy_it_waits_for_a_teacher() {
    let site = site().await;
    let (item, id) = placed(&site).await;
    let path = format!("/lti/launch/{id}");
    let coming = |role| Coming {
        role,
        course: "copy",
        path: path.clone(),
        ..Coming::default()
    };
    let waiting = coming("Learner").arrives(&site).await;
    assert_eq!(waiting.status, StatusCode::OK);
    assert!(waiting.url.path().ends_with("/placement"));
    assert!(
        waiting
            .text
            .contains("Your teacher needs to open this once")
    );
    assert!(!waiting.text.contains("lesson"), "not even its title");

    assert!(shows(&coming("Instructor").arrives(&site).await, item));
    assert!(shows(&coming("Learner").arrives(&site).await, item));
}

#[tokio::test]
async fn a_copy_that_the_platform_tells_of_opens_at_once() {
    let site = site().await;
    let (item, id) = placed(&site).await;
    let path = format!("/lti/launch/{id}");
    for (history, opens) in [("elsewhere", false), ("elsewhere,home", true)] {
        let custom = [("context_id_history", history)];
        let student = Coming {
            course: "copy",
            path: path.clone(),
            custom: &custom,
            ..Coming::default()
        };
        assert_eq!(
            shows(&student.arrives(&site).await, item),
            opens,
            "{history}"
        );
    }
}

#[tokio::test]
async fn another_consumers_placement_opens_nothing() {
    let site = site().await;
    let (item, id) = placed(&site).await;
    for role in ["Learner", "Instructor"] {
        let stranger = Coming {
            key: OTHER,
            role,
            path: format!("/lti/launch/{id}"),
            ..Coming::default()
        };
        let answer = stranger.arrives(&site).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(answer.text.contains("There is nothing here any more"));
        assert!(!answer.text.contains(&item.to_string()));
    }
}

#[tokio::test]
async fn a_bare_id_shows_only_what_is_open_anyway() {
    let site = site().await;
    let (item, _) = placed(&site).await;
    let name = item.to_string();
    for custom in [&[][..], &[("media_id", name.as_str())]] {
        for (course, opens) in [("home", true), ("copy", false)] {
            let path = if custom.is_empty() {
                format!("/lti/launch/{item}")
            } else {
                "/lti/launch".to_owned()
            };
            let student = Coming {
                course,
                path,
                custom,
                ..Coming::default()
            };
            let answer = student.arrives(&site).await;
            assert!(answer.url.path().ends_with(&format!("/media/{item}")));
            assert_eq!(answer.status == StatusCode::OK, opens, "{course}");
        }
    }
}

#[tokio::test]
async fn a_launch_without_a_placement_has_no_page_of_one() {
    let site = site().await;
    let mut browser = site.browser();
    browser.cookies = None;
    let library = Coming::default().arrives_in(&site, &mut browser).await;
    assert_eq!(library.status, StatusCode::OK);
    let page = library.url.join("placement").unwrap();
    let answer = browser.follow(page.as_str(), "iframe").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.text.contains("not-found"));
}
