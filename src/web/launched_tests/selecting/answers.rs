//! What of a pick the platform gets, by what it takes.

use super::*;

fn accepting(types: &[&str], targets: Value) -> DeepLinkingSettings {
    DeepLinkingSettings {
        accept_types: types.iter().map(|&name| name.to_owned()).collect(),
        accept_targets: serde_json::from_value(targets).unwrap(),
        ..settings()
    }
}

#[tokio::test]
async fn the_platform_gets_the_best_of_what_it_takes() {
    let running = answering().await;
    let ada = ADA.arrives(&running).await;
    let film_id = ada.uploads("a.mp4", "private", &film()).await;
    let png = include_bytes!("../../../../tests/fixtures/media/alpha.png");
    let picture = ada.uploads("a.png", "private", png).await;
    for item in [film_id, picture] {
        let fields = [
            ("title", "Waves"),
            ("visibility", "public"),
            ("downloadable", "on"),
        ];
        let changed = ada.post(&format!("media/{item}/edit"), &fields).await;
        assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.text());
    }
    let frame = json!(["iframe"]);
    for (item, types, targets, kind) in [
        (
            film_id,
            &["link", "ltiResourceLink", "html"][..],
            &frame,
            "ltiResourceLink",
        ),
        (film_id, &["html", "link"], &frame, "link"),
        (film_id, &["html", "link"], &json!(["embed"]), "html"),
        (film_id, &["html", "file"], &frame, "html"),
        (film_id, &["file", "image"], &frame, "file"),
        (picture, &["file", "image", "link"], &frame, "image"),
    ] {
        let visitor = picks(&ADA, &running, accepting(types, targets.clone())).await;
        let answer = visitor.post("select", &[("item", &item.to_string())]).await;
        let picked = returned(&answer, &running, Some("d-1"));
        assert_eq!(picked.items[0].content.kind(), kind, "{types:?}");
        let text = format!("{:?}", picked.items[0].content);
        assert!(
            !text.contains(&visitor.token),
            "nothing belongs to the session"
        );
    }
    assert_eq!(placed(&running), 1, "only what launches is placed");
    let visitor = picks(
        &ADA,
        &running,
        accepting(&["ltiResourceLink"], json!(["window"])),
    )
    .await;
    let answer = visitor
        .post("select", &[("item", &film_id.to_string())])
        .await;
    let picked = returned(&answer, &running, Some("d-1"));
    assert!(picked.items[0].window.is_some() && picked.items[0].iframe.is_none());
}

#[tokio::test]
async fn a_launch_gives_no_link_to_an_unlisted_item_away() {
    let running = answering().await;
    let ada = ADA.arrives(&running).await;
    let png = include_bytes!("../../../../tests/fixtures/media/alpha.png");
    let item = ada.uploads("a.png", "private", png).await;
    let below = |door: &str| format!("media/{item}/{door}");
    let fields = [("title", "Waves"), ("visibility", "unlisted")];
    ada.post(&below("edit"), &fields).await;
    let types = ["ltiResourceLink", "link"];
    let linked = accepting(&types[1..], json!(["iframe"]));
    let visitor = picks(&ADA, &running, linked.clone()).await;
    let answer = visitor.post("select", &[("item", &item.to_string())]).await;
    assert_eq!(answer.code(), "pick-refused", "no link is made unasked");
    ada.post(&below("link"), &[]).await;
    let page = ada.get(&below("share")).await;
    let key = page.attribute("name=\"key\" value").unwrap().to_owned();
    for (settings, told) in [
        (accepting(&types, json!(["iframe"])), false),
        (linked, true),
    ] {
        let visitor = picks(&ADA, &running, settings).await;
        let answer = visitor.post("select", &[("item", &item.to_string())]).await;
        let picked = returned(&answer, &running, Some("d-1"));
        let said = format!("{picked:?}");
        assert_eq!(said.contains(&key), told, "{said}");
    }
    // Only its owner has a link to give.
    let carl = picks(&CARL, &running, accepting(&types[1..], json!(["iframe"]))).await;
    let answer = carl.post("select", &[("item", &item.to_string())]).await;
    assert_eq!(answer.code(), "pick-refused");
}

#[tokio::test]
async fn a_title_that_the_platform_suggests_is_for_a_single_pick() {
    let running = answering().await;
    let named = DeepLinkingSettings {
        title: Some("As the course calls it".into()),
        ..settings()
    };
    let ada = picks(&ADA, &running, named).await;
    let one = ada.uploads("a.mp4", "private", &film()).await.to_string();
    let two = ada.uploads("b.mp4", "private", &film()).await.to_string();
    for (query, suggested) in [
        (format!("item={one}"), true),
        (format!("item={one}&item={two}"), false),
    ] {
        let page = ada.get(&format!("select?step=details&{query}")).await;
        let said = page.text().contains("value=\"As the course calls it\"");
        assert_eq!(said, suggested, "{query}");
    }
}

#[tokio::test]
async fn what_needs_a_launch_goes_nowhere_else() {
    let running = answering().await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("a.mp4", "course", &film()).await.to_string();
    for types in [
        &["link"][..],
        &["file"],
        &["html"],
        &["image"],
        &["unheard-of"],
        &[],
    ] {
        let visitor = picks(&ADA, &running, accepting(types, json!([]))).await;
        let page = visitor.get("select").await;
        assert!(
            page.text()
                .contains("takes only what opens without a launch")
        );
        assert!(!page.text().contains(&format!("value=\"{item}\"")));
        let answer = visitor.post("select", &[("item", &item)]).await;
        assert_eq!(answer.code(), "pick-refused", "{types:?}");
    }
}

#[tokio::test]
async fn without_a_course_only_what_the_school_may_open() {
    let running = answering().await;
    let nowhere = Coming {
        course: None,
        ..ADA
    };
    let ada = ADA.arrives(&running).await;
    let private = ada.uploads("a.mp4", "private", &film()).await.to_string();
    let course = ada.uploads("b.mp4", "course", &film()).await.to_string();
    let school = ada.uploads("c.mp4", "school", &film()).await.to_string();
    let visitor = picks(&nowhere, &running, settings()).await;
    let page = visitor.get("select").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("doesn’t belong to a course"));
    for item in [&private, &course] {
        let answer = visitor.post("select", &[("item", item)]).await;
        assert_eq!(answer.code(), "pick-refused");
    }
    let answer = visitor.post("select", &[("item", &school)]).await;
    let picked = returned(&answer, &running, Some("d-1"));
    assert_eq!(link(&picked.items[0]).custom["media_id"], school);
    assert_eq!(placed(&running), 0, "a bare id grants nothing");
}

#[tokio::test]
async fn by_lti_1p1_the_answer_is_signed_with_the_consumers_secret() {
    let running = answering().await;
    let old = Coming {
        connection: 3,
        ..ADA
    };
    let launch = Launch {
        version: Version::V1p1,
        deployment: String::new(),
        ..asks(&old, settings())
    };
    let ada = old.comes(&running, &launch, None, None).await;
    let item = ada.uploads("waves.mp4", "private", &film()).await;
    let answer = ada.post("select", &[("item", &item.to_string())]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert!(!answer.text().contains("\"secret\"") && !answer.text().contains("JWT"));
    let mut fields = Vec::new();
    for field in answer
        .text()
        .split("<input type=\"hidden\" name=\"")
        .skip(1)
    {
        let (name, rest) = field.split_once("\" value=\"").unwrap();
        let value = rest.split('"').next().unwrap();
        let value = value
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">");
        fields.push((name.to_owned(), value.replace("&amp;", "&")));
    }
    let query = Url::parse(RETURN)
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect();
    let form = Form::parse(query, fields, None).unwrap();
    assert_eq!(form.consumer_key(), "school");
    let address = Address::parse(RETURN).unwrap();
    let form = form.verify("POST", &address, "secret", false).unwrap();
    let picked = content_item::read(&form, Some("d-1"), &mut Checks::new()).unwrap();
    let (_, row) = placement(&running, &picked.items[0]);
    assert_eq!((row.item, row.connection), (item, ConnectionId(3)));
}
