//! How a pick is to be shown: what is typed, what goes into its placement, and what of it is refused.

use super::super::beacons::knows;
use super::*;
use crate::store::rows::library::Kind;

/// The fields of an item's details.
fn detailed<'a>(item: &str, fields: &[(&str, &'a str)]) -> Vec<(String, &'a str)> {
    let names = fields.iter();
    names
        .map(|(name, value)| (format!("{name}-{item}"), *value))
        .collect()
}

async fn finishes(visitor: &Visitor<'_>, item: &str, fields: &[(&str, &str)]) -> Answer {
    let fields = detailed(item, fields);
    let mut all: Vec<(&str, &str)> = vec![("item", item)];
    all.extend(fields.iter().map(|(name, value)| (name.as_str(), *value)));
    visitor.post("select", &all).await
}

#[tokio::test]
async fn details_go_into_the_placement_and_to_the_platform() {
    let running = answering().await;
    let ada = picks(&ADA, &running, settings()).await;
    let item = ada.uploads("a.mp4", "private", &film()).await;
    let id = item.to_string();
    let fields = [
        ("title", " Waves in week 1 "),
        ("start", "0:30"),
        ("end", "1:02.5"),
        ("width", "800"),
        ("height", "600"),
        ("graded", "on"),
        ("maximum", "12,5"),
    ];
    let answer = finishes(&ada, &id, &fields).await;
    let picked = returned(&answer, &running, Some("d-1"));
    let (placement_id, row) = placement(&running, &picked.items[0]);
    assert_eq!(row.title.as_deref(), Some("Waves in week 1"));
    assert_eq!((row.start_ms, row.end_ms), (Some(30_000), Some(62_500)));
    assert_eq!(
        (row.width, row.height, row.maximum),
        (Some(800), Some(600), Some(1_250))
    );
    let line = link(&picked.items[0]).line_item.as_ref().unwrap();
    assert!((line.maximum - 12.5).abs() < f64::EPSILON);
    assert_eq!(line.resource_id, Some(placement_id.to_string()));
    assert_eq!(line.label.as_deref(), Some("Waves in week 1"));
    let frame = picked.items[0].iframe.as_ref().unwrap();
    assert_eq!((frame.width, frame.height), (Some(800), Some(600)));

    let sam = SAM
        .comes(&running, &SAM.launch(), None, Some(placement_id))
        .await;
    let page = sam.get(&format!("media/{item}")).await;
    assert!(page.text().contains("<h1>Waves in week 1</h1>"));
    assert!(
        page.text().contains("#t=30.000,62.500\""),
        "{}",
        page.text()
    );
    let shared = ada.get(&format!("media/{item}/share")).await;
    for said in [
        "It is in one course.",
        "As “Waves in week 1”.",
        "From 0:30 to 1:02.",
        "It counts",
    ] {
        assert!(shared.text().contains(said), "{said}");
    }
    let known = ada.get(&format!("media/{item}")).await;
    assert!(known.text().contains("In one course"));
    assert!(
        !page.text().contains("In one course"),
        "its owner's to know"
    );
    // Whoever comes otherwise sees all of it, under its own title.
    let page = ada.get(&format!("media/{item}")).await;
    assert!(page.text().contains("<h1>a</h1>") && !page.text().contains("#t=30"));
    let bare = SAM
        .arrives(&running)
        .await
        .get(&format!("media/{item}"))
        .await;
    assert!(bare.text().contains("<h1>a</h1>"));
}

#[tokio::test]
async fn mistakes_are_said_beside_their_fields_and_place_nothing() {
    let running = answering().await;
    let ada = picks(&ADA, &running, settings()).await;
    let id = ada.uploads("a.mp4", "private", &film()).await.to_string();
    for (fields, said) in [
        (&[("start", "soon")][..], "That isn’t a time."),
        (
            &[("start", "1:00"), ("end", "0:30")],
            "It would stop before it starts.",
        ),
        (&[("end", "0")], "It would stop before it starts."),
        (&[("width", "5")], "Between 100 and 4,000 pixels"),
        (&[("graded", "on"), ("maximum", "0")], "More than 0"),
        (&[("title", "a\u{7}b")], "field-error"),
    ] {
        let answer = finishes(&ada, &id, fields).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{fields:?}");
        assert!(answer.text().contains(said), "{said}: {}", answer.text());
        assert!(answer.text().contains("aria-invalid=\"true\""));
    }
    assert_eq!(placed(&running), 0);
    // What does not count is not asked how much.
    let fields = [
        ("graded", "off"),
        ("maximum", "0"),
        ("start", ""),
        ("title", ""),
    ];
    let answer = finishes(&ada, &id, &fields).await;
    let picked = returned(&answer, &running, Some("d-1"));
    assert_eq!(link(&picked.items[0]).line_item, None);
}

#[tokio::test]
async fn a_line_item_goes_only_where_one_is_taken() {
    let running = answering().await;
    for (accepted, sent) in [(None, true), (Some(true), true), (Some(false), false)] {
        let settings = DeepLinkingSettings {
            accept_lineitem: accepted,
            ..settings()
        };
        let ada = picks(&ADA, &running, settings).await;
        let id = ada.uploads("a.mp4", "private", &film()).await.to_string();
        let asked = ada.get(&format!("select?step=details&item={id}")).await;
        assert_eq!(asked.text().contains("Count towards the grade"), sent);
        let answer = finishes(&ada, &id, &[("graded", "on")]).await;
        let picked = returned(&answer, &running, Some("d-1"));
        let line = link(&picked.items[0]).line_item.as_ref();
        assert_eq!(line.is_some_and(|line| line.maximum > 99.0), sent);
    }
}

#[tokio::test]
async fn nobody_earns_points_by_watching_a_tool() {
    let running = answering().await;
    let ada = picks(&ADA, &running, settings()).await;
    let item = ada.uploads("a.mp4", "private", &film()).await;
    knows(&running, item, |item| item.kind = Kind::Tool).await;
    let id = item.to_string();
    let asked = ada.get(&format!("select?step=details&item={id}")).await;
    assert!(!asked.text().contains("Count towards the grade"));
    let answer = finishes(&ada, &id, &[("graded", "on")]).await;
    let picked = returned(&answer, &running, Some("d-1"));
    assert_eq!(link(&picked.items[0]).line_item, None);
}
