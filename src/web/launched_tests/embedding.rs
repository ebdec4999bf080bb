//! Embed codes and oEmbed: how an item is shown in other pages; and words that look like code.

use serde_json::Value;

use super::doors::Scene;
use super::*;

async fn code(visitor: &Visitor<'_>, item: ItemId) -> Value {
    let answer = visitor.get(&format!("embed-code/{item}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    for secret in [visitor.token.as_str(), "?t=", "/s/"] {
        assert!(!answer.text().contains(secret), "{secret}");
    }
    serde_json::from_slice(&answer.body).unwrap()
}

/// The value of an attribute of an element, unescaped as a browser would.
fn attribute(html: &str, name: &str) -> String {
    let (_, rest) = html.split_once(&format!(" {name}=\"")).unwrap();
    let mut value = rest.split('"').next().unwrap().to_owned();
    for (escaped, plain) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ] {
        value = value.replace(escaped, plain);
    }
    value
}

#[tokio::test]
async fn an_embed_code_shows_what_opens_without_a_launch() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "unlisted").await;
    let public = |path: &str| running.app.public().join(path);
    // Made when it is wanted, and then the same again.
    let first = code(&scene.ada, scene.item).await;
    assert_eq!(code(&scene.ada, scene.item).await, first);
    let html = first["embedCode"].as_str().unwrap();
    let src = attribute(html, "src");
    assert!(src.starts_with(&public(&format!("/embed/{}?k=", scene.item))));
    let path = src.strip_prefix(&public("")).unwrap();
    assert_eq!(get(&running, path, &[]).await.status, StatusCode::OK);
    assert_eq!(attribute(html, "allow"), "fullscreen; picture-in-picture");
    assert_eq!(
        (attribute(html, "width").as_str(), first["title"].as_str()),
        ("640", Some("Waves"))
    );
    let thumbnail = first["thumbnail"].as_str().unwrap();
    let file = format!("/files/{}/picture-320?k=", scene.item);
    assert!(thumbnail.starts_with(&public(&file)), "{thumbnail}");

    scene.shows("public").await;
    let sam = SAM.arrives(&running).await;
    let found = code(&sam, scene.item).await;
    let html = found["embedCode"].as_str().unwrap();
    assert_eq!(
        attribute(html, "src"),
        public(&format!("/embed/{}", scene.item))
    );

    scene.shows("course").await;
    let answer = sam.get(&format!("embed-code/{}", scene.item)).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!(answer.code(), "needs-launch");
}

async fn oembed(running: &Running, url: &str, more: &str) -> Answer {
    let url: String = form_urlencoded::byte_serialize(url.as_bytes()).collect();
    get(running, &format!("/oembed?url={url}{more}"), &[]).await
}

#[tokio::test]
async fn oembed_describes_our_own_pages() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "unlisted").await;
    let key = scene.links().await;
    let public = |path: &str| running.app.public().join(path);
    let page = public(&format!("/media/{}?k={key}", scene.item));
    let answer = oembed(&running, &page, "&format=json").await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let found: Value = serde_json::from_slice(&answer.body).unwrap();
    let expected: [(&str, Value); 7] = [
        ("version", "1.0".into()),
        ("type", "video".into()),
        ("title", "Waves".into()),
        ("provider_name", "Lanterna".into()),
        ("width", 640.into()),
        ("thumbnail_width", 320.into()),
        ("thumbnail_height", 180.into()),
    ];
    for (name, value) in expected {
        assert_eq!(found[name], value, "{name}");
    }
    let html = found["html"].as_str().unwrap();
    let embed = public(&format!("/embed/{}?k={key}", scene.item));
    assert_eq!(attribute(html, "src"), embed);
    // The page leads here.
    let path = page.strip_prefix(&public("")).unwrap();
    let text = get(&running, path, &[]).await.text().to_owned();
    let (_, link) = text.split_once("application/json+oembed").unwrap();
    let here = attribute(link, "href");
    let path = here.strip_prefix(&public("")).unwrap();
    assert_eq!(get(&running, path, &[]).await.body, answer.body);

    for (limits, within) in [
        ("&maxwidth=320", (320, 10_000)),
        ("&maxheight=200", (10_000, 200)),
        ("&maxwidth=100&maxheight=50", (100, 50)),
        ("&maxwidth=0&maxheight=x", (640, 10_000)),
    ] {
        let answer = oembed(&running, &page, limits).await;
        let found: Value = serde_json::from_slice(&answer.body).unwrap();
        let size = |name: &str| found[name].as_u64().unwrap();
        assert!(
            size("width") <= within.0 && size("height") <= within.1,
            "{limits}: {found}"
        );
    }
}

#[tokio::test]
async fn oembed_refuses_what_it_does_not_know() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "public").await;
    let public = |path: &str| running.app.public().join(path);
    let item = scene.item;
    for (url, more, status) in [
        (public(&format!("/media/{item}")), "", 200),
        (public(&format!("/media/{item}#t=3")), "", 200),
        (public(&format!("/media/{item}")), "&format=xml", 501),
        (public(&format!("/embed/{item}")), "", 404),
        (public(&format!("/media/{item}/x")), "", 404),
        (public(&format!("/s/x/media/{item}")), "", 404),
        (format!("https://elsewhere.example/media/{item}"), "", 404),
        (format!("//elsewhere.example/media/{item}"), "", 404),
        (format!("/media/{item}"), "", 404),
        ("nonsense".into(), "", 404),
    ] {
        let answer = oembed(&running, &url, more).await;
        assert_eq!(answer.status.as_u16(), status, "{url}{more}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    }
    let answer = get(&running, "/oembed", &[]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn hostile_words_stay_words() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "public").await;
    let title = r#""><script>alert(1)</script>'&amp;<!--"#;
    let fields = [
        ("title", title),
        (
            "description",
            "</p><script>alert(2)</script>\nhttps://a.example/\"onmouseover=\"x",
        ),
        ("tags", "</a><script>alert(3)</script>, \" onclick=\"x"),
    ];
    scene.does("edit", &fields).await;
    let item = scene.item;
    let mut pages = Vec::new();
    for path in [format!("/media/{item}"), format!("/embed/{item}")] {
        pages.push(get(&running, &path, &[]).await);
    }
    for below in [
        format!("media/{item}"),
        format!("embed/{item}"),
        scene.below("edit"),
        scene.below("share"),
        "library?view=mine".into(),
    ] {
        pages.push(scene.ada.get(&below).await);
    }
    for page in pages {
        assert_eq!(page.status, StatusCode::OK);
        let text = page.text();
        assert_eq!(text.matches("<script").count(), 1, "only our own: {text}");
        for made in [" onclick=\"", " onmouseover=\"", "<!--", "\"onmouseover"] {
            assert!(!text.contains(made), "{made}");
        }
    }
    let found = code(&scene.ada, item).await;
    assert_eq!(found["title"].as_str(), Some(title));
    assert_eq!(
        attribute(found["embedCode"].as_str().unwrap(), "title"),
        title
    );
    let page = running.app.public().join(&format!("/media/{item}"));
    let answer = oembed(&running, &page, "").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    let found: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(found["title"].as_str(), Some(title));
    assert_eq!(attribute(found["html"].as_str().unwrap(), "title"), title);
}
