//! What teachers change about courses: renaming, removing, copying, starting over.

use http::{Method, StatusCode};

use super::launches::upload;
use super::{Answer, Site};
use crate::library::{self, Viewer, placements};
use crate::people::Member;
use crate::store::Commit;
use crate::store::ids::{ItemId, PlacementId};
use crate::store::rows::practice::{PracticeActivity, PracticeCourse, Way};
use crate::store::trees::{PracticeActivities, PracticeCourses, Sessions};

/// An item of the teacher's, placed in the course, and an activity that opens it.
async fn placed(site: &Site) -> ItemId {
    let answer = site
        .browser()
        .launch("/practice/launch/amara", "iframe")
        .await;
    let session = site.app.store.get::<Sessions>(&answer.session());
    let member = Member::for_test(session.unwrap().unwrap());
    let item = upload(site, &member).await;
    let (store, world) = (&site.app.store, &site.app.world);
    let opened = library::open(store, &Viewer::of(&member), item).unwrap();
    let contributor = member.contributor().unwrap();
    let placement = placements::place(store, world, contributor, &opened).await;
    add(site, placement.unwrap()).await;
    item
}

async fn add(site: &Site, placement: PlacementId) {
    let row = PracticeActivity {
        title: "Waves".to_owned(),
        text: None,
        link: "link-1".to_owned(),
        way: Way::Token,
        url: None,
        custom: vec![("placement".to_owned(), placement.to_string())],
        score: None,
        added: site.app.world.now(),
        picture: None,
    };
    let course = PracticeCourse {
        context: "discovering-light".to_owned(),
        title: None,
        history: Vec::new(),
        next: 2,
    };
    let mut commit = Commit::new();
    commit
        .put::<PracticeActivities>(&(1, 1), &row)
        .put::<PracticeCourses>(&1, &course);
    site.app.store.commit(commit).await.unwrap();
}

fn shows(answer: &Answer, item: ItemId) -> bool {
    let path = answer.url.path();
    answer.status == StatusCode::OK && path.ends_with(&format!("/media/{item}"))
}

#[tokio::test]
async fn an_activity_opens_for_students_also_in_a_copy_of_the_course() {
    let site = Site::new().await;
    let item = placed(&site).await;
    let open = async |path: &str| site.browser().launch(path, "iframe").await;
    assert!(shows(&open("/practice/open/linh/1").await, item));

    let copied = site
        .post("/practice/copy", &[("person", "amara"), ("course", "1")])
        .await;
    assert_eq!(copied.location().unwrap().path(), "/practice/course/amara");
    assert_eq!(copied.location().unwrap().query(), Some("course=2"));
    let (one, other) = (site.activities(1).remove(0), site.activities(2).remove(0));
    assert_ne!(one.link, other.link);
    assert_eq!(one.custom, other.custom);
    let course = site.app.store.get::<PracticeCourses>(&2).unwrap().unwrap();
    assert_ne!(course.context, "discovering-light");
    assert_eq!(course.history, ["discovering-light"]);
    // Without any teacher having been there.
    assert!(shows(&open("/practice/open/linh/1?course=2").await, item));
    let page = site.get("/practice/course/linh?course=2").await;
    assert!(page.text.contains("copy 1"));
    assert!(page.text.contains("/practice/activity/linh/1?course=2"));

    // A copy of the copy remembers both.
    site.post("/practice/copy", &[("person", "amara"), ("course", "2")])
        .await;
    let second = site.app.store.get::<PracticeCourses>(&3).unwrap().unwrap();
    assert_eq!(
        second.history,
        [course.context, "discovering-light".to_owned()]
    );
    assert!(shows(&open("/practice/open/mateo/1?course=3").await, item));
    for nowhere in [
        "/practice/open/linh/1?course=9",
        "/practice/course/linh?course=x",
    ] {
        assert_eq!(
            site.get(nowhere).await.status,
            StatusCode::NOT_FOUND,
            "{nowhere}"
        );
    }
}

#[tokio::test]
async fn there_is_an_end_to_copies() {
    let site = Site::new().await;
    let copy = async || site.post("/practice/copy", &[("person", "amara")]).await;
    for _ in 0..5 {
        assert_eq!(copy().await.status, StatusCode::SEE_OTHER);
    }
    let full = copy().await;
    assert_eq!(full.status, StatusCode::BAD_REQUEST);
    assert!(full.text.contains("practice-courses"));
}

#[tokio::test]
async fn activities_are_renamed_and_removed() {
    let site = Site::new().await;
    placed(&site).await;
    let named = [("person", "amara"), ("course", "1"), ("activity", "1")];
    let rename = |title| {
        let mut fields = named.to_vec();
        fields.push(("title", title));
        fields
    };
    let answer = site.post("/practice/rename", &rename(" Rays ")).await;
    assert_eq!(
        answer.location().unwrap().path(),
        "/practice/activity/amara/1"
    );
    assert_eq!(site.activities(1)[0].title, "Rays");
    let empty = site.post("/practice/rename", &rename("  ")).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST);
    let page = site.get("/practice/activity/amara/1").await;
    assert!(page.text.contains("<h1>Rays</h1>") && page.text.contains("/practice/rename"));
    let page = site.get("/practice/activity/linh/1").await;
    assert!(page.text.contains("<h1>Rays</h1>") && !page.text.contains("/practice/rename"));
    let answer = site.post("/practice/remove", &named).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(site.activities(1).is_empty());
    for path in ["/practice/remove", "/practice/rename"] {
        let gone = site.post(path, &rename("Rays")).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn students_and_other_sites_change_nothing() {
    let site = Site::new().await;
    placed(&site).await;
    let paths = ["rename", "remove", "copy"];
    for path in paths {
        let fields = [("person", "linh"), ("activity", "1"), ("title", "x")];
        let answer = site.post(&format!("/practice/{path}"), &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        let nobody = site
            .post(&format!("/practice/{path}"), &[("person", "x")])
            .await;
        assert_eq!(nobody.status, StatusCode::NOT_FOUND, "{path}");
    }
    let body = "person=amara&activity=1&title=x";
    let form = ("content-type", "application/x-www-form-urlencoded");
    for headers in [
        [form, ("sec-fetch-site", "cross-site")],
        [form, ("sec-fetch-site", "same-site")],
        [form, ("origin", "https://evil.example")],
        [form, ("origin", "null")],
    ] {
        for path in paths.into_iter().chain(["start-over", "tools"]) {
            let path = format!("/practice/{path}");
            let answer = site
                .send(Method::POST, &path, &headers, body.to_owned())
                .await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
            assert!(answer.text.contains("cross-site"));
        }
    }
    assert_eq!(site.activities(1)[0].title, "Waves");
    // Where the browser tells nothing of sites, the origin does.
    let own = [form, ("origin", super::PUBLIC)];
    let answer = site
        .send(Method::POST, "/practice/rename", &own, body.to_owned())
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn starting_over_forgets_the_course_and_leaves_the_library() {
    let site = Site::new().await;
    let item = placed(&site).await;
    site.post("/practice/copy", &[("person", "amara")]).await;
    assert!(
        site.get("/practice/messages")
            .await
            .text
            .contains("message-1")
    );
    let answer = site.post("/practice/start-over", &[]).await;
    assert_eq!(answer.location().unwrap().path(), "/practice/");
    assert!(site.activities(1).is_empty() && site.activities(2).is_empty());
    assert_eq!(site.app.store.get::<PracticeCourses>(&2).unwrap(), None);
    assert!(
        !site
            .get("/practice/messages")
            .await
            .text
            .contains("message-")
    );
    let teacher = site
        .browser()
        .launch("/practice/launch/amara", "iframe")
        .await;
    let session = site.app.store.get::<Sessions>(&teacher.session());
    let member = Member::for_test(session.unwrap().unwrap());
    assert!(library::open(&site.app.store, &Viewer::of(&member), item).is_ok());
}
