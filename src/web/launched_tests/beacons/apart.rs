//! Frames whose pages have no origin: to the browser they are another site's, and get no cookie.

use super::*;

/// What a browser sends from there.
const APART: Headers<'static> = &[
    ("accept", "application/json"),
    ("content-type", "application/x-www-form-urlencoded"),
    ("sec-fetch-site", "cross-site"),
    ("origin", "null"),
];

/// A report that comes with these headers, by this path, and without any cookie.
async fn reports(visitor: &Visitor<'_>, path: &str, headers: Headers<'_>, pass: &str) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("played", "0-10"), ("position", "10"), ("pass", pass)])
        .finish();
    let request = request(Method::POST, path, headers, Full::<Bytes>::from(body));
    send(visitor.running, request).await
}

async fn pass_of(visitor: &Visitor<'_>, item: ItemId) -> String {
    let page = opens(visitor, item).await;
    page.attribute("data-pass").unwrap().to_owned()
}

#[tokio::test]
async fn a_page_without_an_origin_counts_by_its_pass() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let item = hour(&running, &ada).await;
    let given = pass_of(&sam, item).await;
    pass(&running, 10);
    let path = sam.at(&format!("media/{item}/watched"));
    let answer = reports(&sam, &path, APART, &given).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    // The page may read what it is told, though it is no site's.
    assert_eq!(answer.header("access-control-allow-origin"), Some("null"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    let told: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        (&told["counts"], &told["credited"]),
        (&true.into(), &10.0.into())
    );
    assert_eq!(views(&running)[0].played_ms, 10_000);
}

#[tokio::test]
async fn without_the_pass_of_this_session_and_item_nothing_is_told() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let [item, other] = [hour(&running, &ada).await, hour(&running, &ada).await];
    let given = pass_of(&sam, item).await;
    let of_other = pass_of(&sam, other).await;
    let of_ada = pass_of(&ada, item).await;
    let page = opens(&sam, item).await;
    let source = format!("/files/{item}/original?t=");
    let (_, ticket) = page.text().split_once(&source).unwrap();
    let (ticket, _) = ticket.split_once('"').unwrap();
    pass(&running, 10);
    let path = sam.at(&format!("media/{item}/watched"));
    for wrong in ["", "made-up", of_other.as_str(), &of_ada, ticket] {
        let answer = reports(&sam, &path, APART, wrong).await;
        assert_eq!(answer.code(), "cross-site", "{wrong}");
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    // A page of another site has an origin, and no pass helps it; nor does one without the path.
    let site = [("origin", "https://evil.example")];
    let foreign = [&APART[..3], &site].concat();
    let answer = reports(&sam, &path, &foreign, &given).await;
    assert_eq!(answer.code(), "cross-site");
    let path = ada.at(&format!("media/{item}/watched"));
    let answer = reports(&sam, &path, APART, &given).await;
    assert_eq!(answer.code(), "cross-site");
    // It is for telling alone: a pass reads no file, and no other form takes one.
    let file = format!("/files/{item}/original?t={given}");
    assert_eq!(
        get(&running, &file, &[]).await.status,
        StatusCode::NOT_FOUND
    );
    let path = sam.at(&format!("media/{item}/poster"));
    let answer = reports(&sam, &path, APART, &given).await;
    assert_eq!(answer.code(), "cross-site");
    assert!(views(&running).iter().all(|view| view.played_ms == 0));
}

#[tokio::test]
async fn a_pass_ends_with_its_session() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let item = hour(&running, &ada).await;
    let given = pass_of(&sam, item).await;
    sam.post("sign-out", &[]).await;
    let path = sam.at(&format!("media/{item}/watched"));
    let answer = reports(&sam, &path, APART, &given).await;
    assert_eq!(answer.code(), "session-ended");
}
