//! What is left of items that launched tools, once they are deleted for good.

use super::registered::{GRADES, Tooling, registered};
use super::reporting::Place;
use super::*;
use crate::store::Tree;
use crate::store::rows::tools::{Passport, Personal, ToolPresentation, ToolSource, ToolTrust};
use crate::store::trees::{
    Audit, Consents, KnownTo, LineItems, LineItemsOf, PseudonymOf, Pseudonyms, Received,
    ReceivedOf, ToolItems, ToolLinks, ToolRemains, ToolsBy, ToolsOf,
};
use crate::tools::remains;

const SCHOOL: ToolId = ToolId(78);

/// A school's tool of LTI 1.1.
async fn school_tool(running: &Running) {
    let now = running.app.world.now();
    let tool = Tool {
        name: "Archive".to_owned(),
        source: ToolSource::Administrator,
        owner: None,
        connection: None,
        launch_url: LAUNCH.to_owned(),
        trust: ToolTrust::Passport(Passport {
            name: "reader".to_owned(),
            key: KEY.to_owned(),
            secret: Some(SECRET.to_owned()),
        }),
        custom: Vec::new(),
        asks: Personal::default(),
        presentation: ToolPresentation::default(),
        grades: true,
        created: now,
        changed: now,
        forbidden: None,
        private: false,
        deleted: None,
    };
    let mut commit = Commit::new();
    registry::add(&mut commit, SCHOOL, &tool);
    running.app.store.commit(commit).await.unwrap();
}

/// One more item of the school's tool, in the course.
async fn item_of_school(teacher: &Visitor<'_>) -> ItemId {
    let tool = SCHOOL.to_string();
    let answer = teacher.post("tools/new", &[("tool", &tool)]).await;
    let location = answer.header("location").unwrap();
    let id = location.strip_prefix("../media/").unwrap();
    let item = id.split('?').next().unwrap().parse().unwrap();
    teacher.post(&format!("media/{item}/place"), &[]).await;
    item
}

async fn gone_for_good(owner: &Visitor<'_>, item: ItemId) {
    owner.post(&format!("media/{item}/delete"), &[]).await;
    let answer = owner
        .post(&format!("media/{item}/delete-for-good"), &[])
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

fn number<T: Tree>(running: &Running) -> usize {
    running.app.store.page::<T>(&(), None, 100).unwrap().len()
}

/// How many rows there are of what tools report and know.
fn rows(running: &Running) -> [(&'static str, usize); 9] {
    [
        ("line items", number::<LineItems>(running)),
        ("line items of links", number::<LineItemsOf>(running)),
        ("results", number::<Received>(running)),
        ("results of people", number::<ReceivedOf>(running)),
        ("names", number::<PseudonymOf>(running)),
        ("whom they mean", number::<Pseudonyms>(running)),
        ("who is known", number::<KnownTo>(running)),
        ("answers", number::<Consents>(running)),
        ("links", number::<ToolLinks>(running)),
    ]
}

#[tokio::test]
async fn a_teachers_tool_goes_with_its_last_item() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = registered(&ada, &[("ask_name", "on")]).await;
    let (tool, _) = tool_of(&running, item);
    let sam = SAM.arrives(&running).await;
    sam.post(&format!("media/{item}/consent"), &[("answer", "agree")])
        .await;
    let tooling = Tooling::of(&running, item).await;
    let token = tooling.token("1", &GRADES).await;
    let (line_items, _) = tooling.line_item.rsplit_once('/').unwrap();
    let own = serde_json::json!({"label": "Extra", "scoreMaximum": 5});
    let made = tooling
        .call(&token, Method::POST, line_items, Some(own))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let told = tooling.report(&token, &tooling.student, 17.0).await;
    assert_eq!(told.status, StatusCode::OK);
    let before = rows(&running);

    // In the trash it can come back, and so all of it stays.
    ada.post(&format!("media/{item}/delete"), &[]).await;
    remains::round(&running.app, || false).await.unwrap();
    assert_eq!(rows(&running), before);
    assert!(registry::find(&running.app.store, tool).unwrap().is_some());

    ada.post(&format!("media/{item}/delete-for-good"), &[])
        .await;
    remains::round(&running.app, || true).await.unwrap();
    assert_eq!(
        number::<ToolRemains>(&running),
        1,
        "a stop leaves it for later"
    );
    remains::round(&running.app, || false).await.unwrap();
    for (what, number) in rows(&running) {
        assert_eq!(number, 0, "{what}");
    }
    assert_eq!(registry::any(&running.app.store, tool).unwrap(), None);
    for number in [
        number::<ToolsBy>(&running),
        number::<ToolsOf>(&running),
        number::<ToolItems>(&running),
        number::<ToolRemains>(&running),
    ] {
        assert_eq!(number, 0);
    }
    let audit = running.app.store.page::<Audit>(&(), None, 100).unwrap();
    assert!(audit.iter().any(|(_, entry)| entry.what == "tool-deleted"));
    let late = tooling.report(&token, &tooling.student, 18.0).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_schools_tool_stays_with_its_other_items() {
    let running = running(&[]).await;
    school_tool(&running).await;
    let ada = ADA.arrives(&running).await;
    let (item, other) = (item_of_school(&ada).await, item_of_school(&ada).await);
    let theirs = placed(&ada, &[]).await;
    let sam = SAM.arrives(&running).await;
    for item in [item, other, theirs] {
        let place = Place::of(&running, &sam, item).await;
        let (status, _) = place.call(&place.replace("0.5")).await;
        assert_eq!(status, StatusCode::OK);
    }
    gone_for_good(&ada, item).await;
    remains::round(&running.app, || false).await.unwrap();
    let left = running.app.store.page::<Received>(&(), None, 9).unwrap();
    let mut left: Vec<u64> = left.iter().map(|((_, _, line, _), _)| *line).collect();
    left.sort_unstable();
    let mut expected = [other.0, theirs.0];
    expected.sort_unstable();
    assert_eq!(left, expected);
    assert_eq!(number::<ReceivedOf>(&running), 2);
    gone_for_good(&ada, other).await;
    remains::round(&running.app, || false).await.unwrap();
    assert_eq!(number::<Received>(&running), 1);
    let (store, school) = (&running.app.store, SCHOOL);
    assert!(registry::find(store, school).unwrap().is_some());
    let place = Place::of(&running, &sam, theirs).await;
    let (status, _) = place.call(&place.replace("0.6")).await;
    assert_eq!(status, StatusCode::OK, "another's tool is as it was");
}
