//! The whole circle within one process: a teacher's pick counts, a student watches, and the practice
//! course's gradebook has it, also when it was away meanwhile.

use std::time::Duration;

use http::StatusCode;

use super::launches::upload;
use super::selecting::{data, picked, reply, returned, signed};
use super::{Answer, Site};
use crate::people::Member;
use crate::store::Commit;
use crate::store::ids::PlacementId;
use crate::store::rows::grades::Standing;
use crate::store::rows::library::{Kind, Placement};
use crate::store::trees::{GradesBy, Items, Placements, Sessions};

/// The placement that the picks of these tests carry.
const PLACEMENT: PlacementId = PlacementId([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);

/// A course with one activity, "Waves": a picture, worth ten points.
async fn course() -> Site {
    let site = Site::new().await;
    let answer = site
        .browser()
        .launch("/practice/launch/amara", "iframe")
        .await;
    let store = site.app.store.clone();
    let session = store.get::<Sessions>(&answer.session()).unwrap().unwrap();
    let teacher = Member::for_test(session.clone());
    let item = upload(&site, &teacher).await;
    let mut row = store.get::<Items>(&item).unwrap().unwrap();
    row.kind = Kind::Image;
    let placement = Placement {
        maximum: Some(1_000),
        ..Placement::new(
            session.connection,
            (item, row.created),
            session.course.unwrap(),
            session.user,
            site.app.world.now(),
        )
    };
    let here = (placement.course, item, PLACEMENT);
    let mut commit = Commit::new();
    commit
        .put::<Items>(&item, &row)
        .put::<Placements>(&PLACEMENT, &placement)
        .put::<crate::store::trees::PlacedHere>(&here, &());
    store.commit(commit).await.unwrap();
    let data = data(&site).await;
    let token = signed(&site, &picked(&data, &["Waves"]), &reply(&site, "n1")).await;
    assert_eq!(returned(&site, &token).await.status, StatusCode::OK);
    site
}

async fn student(site: &Site) -> Answer {
    let page = site
        .browser()
        .launch("/practice/open/linh/1", "iframe")
        .await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    page
}

#[tokio::test]
async fn a_student_watches_and_the_gradebook_has_it() {
    let site = course().await;
    let page = student(&site).await;
    assert!(page.text.contains("Counts: 10 points"), "{}", page.text);
    site.app.grades.round().await;
    let gradebook = site.get("/practice/gradebook/linh").await;
    assert!(gradebook.text.contains("10 of 10"), "{}", gradebook.text);
    let page = student(&site).await;
    assert!(page.text.contains("Your LMS has your 10 of 10 points."));
    // A teacher's own watching is nobody's grade.
    let page = site
        .browser()
        .launch("/practice/open/amara/1", "iframe")
        .await;
    assert!(page.text.contains("Counts: 10 points"));
    let taken = site
        .app
        .store
        .page::<GradesBy>(&(Standing::Taken.number(),), None, 9);
    assert_eq!(taken.unwrap().len(), 1);
}

#[tokio::test]
async fn while_the_lms_is_down_nothing_is_lost() {
    let site = course().await;
    site.post("/practice/outage", &[("person", "amara"), ("down", "yes")])
        .await;
    student(&site).await;
    site.app.grades.round().await;
    let page = student(&site).await;
    let kept = "kept here, and sent as soon as your LMS takes them";
    assert!(page.text.contains(kept), "{}", page.text);
    site.post("/practice/outage", &[("person", "amara"), ("down", "no")])
        .await;
    site.clock.advance(Duration::from_mins(1));
    site.app.grades.round().await;
    let gradebook = site.get("/practice/gradebook/linh").await;
    assert!(gradebook.text.contains("10 of 10"));
}
