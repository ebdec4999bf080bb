//! Captions through the pages: adding, correcting, removing, and who may not.

use super::*;
use crate::library::{Viewer, captions, open};
use crate::people::sessions::{self, Shown};

const GOOD: &str = "WEBVTT\n\nSTYLE\n::cue { color: red }\n\n00:01.000 --> 00:02.000\nHello\n";
const BAD: &str = "WEBVTT\n\n00:01.000 -> 00:02.000\nHello\n\n00:03.000 --> soon\nBye\n";

/// A form with a file, as browsers send it.
fn form(lang: &str, name: &str, file: &str) -> String {
    let field = |head: &str, value: &str| {
        format!("--cut\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n")
    };
    let fields = [
        field("name=\"lang\"", lang),
        field("name=\"label\"", "By <hand>"),
        field(&format!("name=\"file\"; filename=\"{name}\""), file),
    ];
    format!("{}--cut--\r\n", fields.concat())
}

impl Visitor<'_> {
    async fn adds(&self, item: ItemId, accept: &str, body: String) -> Answer {
        let headers = [
            ("accept", accept),
            ("content-type", "multipart/form-data; boundary=cut"),
            ("sec-fetch-site", "same-origin"),
        ];
        let below = format!("media/{item}/captions");
        let body = Full::<Bytes>::from(body);
        self.send(Method::POST, &below, &headers, body).await
    }

    /// Languages and labels of an item's captions.
    async fn captions(&self, item: ItemId) -> Vec<(String, String)> {
        let app = &self.running.app;
        let cookies: Vec<String> = self
            .cookie
            .iter()
            .filter_map(|cookie| Some(cookie.split_once('=')?.1.to_owned()))
            .collect();
        let shown = Shown {
            cookies: &cookies,
            document: false,
        };
        let lifetimes = app.lifetimes();
        let member = sessions::open(&app.store, &app.world, lifetimes, &self.token, shown).await;
        let opened = open(&app.store, &Viewer::of(&member.unwrap()), item).unwrap();
        let found = captions::of(&app.store, &opened).unwrap();
        found
            .into_iter()
            .map(|(lang, text)| (lang, text.label))
            .collect()
    }
}

#[tokio::test]
async fn a_teacher_adds_and_removes_captions() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("waves.mp4", "course", &film()).await;
    let page = ada.get(&format!("media/{item}/edit")).await;
    assert!(
        page.text().contains("action=\"captions\""),
        "{}",
        page.text()
    );

    let added = ada.adds(item, "text/html", form("de", "x.vtt", GOOD)).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{added:?}");
    assert_eq!(added.header("location"), Some("captions?saved"));
    let page = ada.get(&format!("media/{item}/captions?saved")).await;
    assert!(page.text().contains("By &lt;hand&gt;"), "{}", page.text());
    assert!(page.text().contains("action=\"captions/de/remove\""));
    assert!(
        page.text()
            .contains(&format!("/files/{item}/captions-de?t="))
    );
    assert!(page.text().contains(&format!("href=\"../{item}\"")));

    let removed = ada
        .post(&format!("media/{item}/captions/de/remove"), &[])
        .await;
    assert_eq!(removed.header("location"), Some("../../captions?saved"));
    assert!(ada.captions(item).await.is_empty());
    let again = ada
        .post(&format!("media/{item}/captions/de/remove"), &[])
        .await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_wrong_stands_beside_the_field() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("waves.mp4", "private", &film()).await;
    for (lang, file, said) in [
        ("de", BAD, "Line 6 doesn’t say"),
        ("de", "", "Please choose a file"),
        ("de", "PK", "neither WebVTT nor SubRip"),
        ("no language", GOOD, "Please choose the language"),
    ] {
        let answer = ada.adds(item, "text/html", form(lang, "x.vtt", file)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{said}");
        assert!(answer.text().contains(said), "{}", answer.text());
        assert!(answer.text().contains("aria-invalid=\"true\""), "{said}");
        assert!(
            answer.text().contains("value=\"By &lt;hand&gt;\""),
            "{said}"
        );
    }
    assert!(ada.captions(item).await.is_empty());
}

#[tokio::test]
async fn programs_are_answered_in_json() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("waves.mp4", "private", &film()).await;
    let json = "application/json";
    let added = ada
        .adds(item, json, form("", "waves.pt-br.vtt", GOOD))
        .await;
    assert_eq!(added.status, StatusCode::OK, "{added:?}");
    let told: serde_json::Value = serde_json::from_slice(&added.body).unwrap();
    assert_eq!(told["lang"], "pt-BR");
    assert_eq!(told["cues"], 1);
    // Nothing tells the language.
    ada.adds(item, json, form("", "waves.vtt", GOOD)).await;
    let langs: Vec<_> = ada
        .captions(item)
        .await
        .into_iter()
        .map(|(lang, _)| lang)
        .collect();
    assert_eq!(langs, ["pt-BR", "und"]);
    for (body, code) in [
        (form("de", "x.vtt", BAD), "bad-captions"),
        (form("de", "x.vtt", ""), "upload-empty"),
        (form("&", "x.vtt", GOOD), "bad-language"),
        (form("de", "x.vtt", &"x".repeat(3 << 20)), "too-large"),
    ] {
        let refused = ada.adds(item, json, body).await;
        assert_eq!(refused.code(), code);
    }
    let headers = [("content-type", "text/vtt"), ("accept", json)];
    let below = format!("media/{item}/captions");
    let body = Full::<Bytes>::from(GOOD);
    let refused = ada.send(Method::POST, &below, &headers, body).await;
    assert_eq!(refused.code(), "not-a-form");
}

#[tokio::test]
async fn others_cannot() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("waves.mp4", "course", &film()).await;
    ada.adds(item, "text/html", form("en", "x.vtt", GOOD)).await;
    let below = format!("media/{item}/captions");
    let sam = SAM.arrives(&running).await;
    let page = sam.get(&format!("media/{item}")).await;
    assert!(!page.text().contains("multipart"), "{}", page.text());
    let stranger = Coming {
        connection: 2,
        ..ADA
    };
    let stranger = stranger.arrives(&running).await;
    for (visitor, code) in [(&sam, "not-yours"), (&stranger, "not-found")] {
        assert_eq!(visitor.get(&below).await.code(), code);
        let body = form("en", "x.vtt", GOOD);
        assert_eq!(visitor.adds(item, "text/html", body).await.code(), code);
        let removed = visitor.post(&format!("{below}/en/remove"), &[]).await;
        assert_eq!(removed.code(), code);
    }
    let from_elsewhere = ada
        .post_from("cross-site", &format!("{below}/en/remove"), &[])
        .await;
    assert_eq!(from_elsewhere.code(), "cross-site");
    assert_eq!(ada.captions(item).await.len(), 1);
}

#[tokio::test]
async fn what_does_not_play_has_none() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("notes.txt", "private", b"words").await;
    let page = ada.get(&format!("media/{item}")).await;
    assert!(!page.text().contains("captions"), "{}", page.text());
    let page = ada.get(&format!("media/{item}/captions")).await;
    assert!(page.text().contains("Only videos and sound"));
    let refused = ada.adds(item, "text/html", form("en", "x.vtt", GOOD)).await;
    assert_eq!(refused.code(), "no-captions-here");
}
