//! All of it handed out: by an administrator, and by the person.

use std::io::Read;

use futures_util::StreamExt;

use super::*;
use crate::privacy::export::For;
use crate::ui::Messages;

/// The files of an export.
pub(super) async fn exported(
    running: &Running,
    user: UserId,
    media: bool,
) -> BTreeMap<String, Vec<u8>> {
    let whom = For::Administrator("ada");
    let privacy = &running.app.privacy;
    let chunks = privacy.export(user, media, whom, Messages::default()).await;
    let chunks: Vec<_> = chunks.unwrap().collect().await;
    let whole: Vec<u8> = chunks
        .into_iter()
        .flat_map(|chunk| chunk.unwrap().to_vec())
        .collect();
    unzipped(whole)
}

fn unzipped(whole: Vec<u8>) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(whole)).unwrap();
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        let name = file.name().unwrap().into_owned();
        let twice = files.insert(name.clone(), bytes);
        assert!(twice.is_none(), "{name}");
    }
    files
}

pub(super) fn json(files: &BTreeMap<String, Vec<u8>>, name: &str) -> serde_json::Value {
    serde_json::from_slice(&files[name]).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[tokio::test]
async fn an_export_has_what_is_there_and_names_nobody_else() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    let files = exported(&running, scene.id, true).await;
    let person = json(&files, "person.json");
    assert_eq!(person["name"], NAME);
    assert_eq!(person["email"], EMAIL);
    assert_eq!(person["known_as"].as_array().unwrap().len(), 2);
    for (name, number) in [
        ("courses.json", 1),
        ("items.json", 3),
        ("placements.json", 2),
        ("shares.json", 1),
        ("uploads.json", 1),
        ("views.json", 1),
        ("grades.json", 1),
        ("launches.json", 1),
        ("sessions.json", 1),
    ] {
        let array = json(&files, name);
        assert_eq!(array.as_array().unwrap().len(), number, "{name}: {array}");
    }
    let tools = json(&files, "tools.json");
    for part in ["answers", "names", "results"] {
        assert_eq!(tools[part].as_array().unwrap().len(), 1, "{part}");
    }
    assert!(!json(&files, "audit.json").as_array().unwrap().is_empty());
    let table = std::str::from_utf8(&files["views.csv"]).unwrap();
    assert_eq!(table.lines().count(), 2, "{table}");
    let media: Vec<_> = files
        .keys()
        .filter(|name| name.starts_with("media/"))
        .collect();
    assert_eq!(media.len(), 3, "{media:?}");
    let name = format!("media/{}/private.mp4", scene.private);
    assert_eq!(files[&name], film());
    let readme = std::str::from_utf8(&files["README.txt"]).unwrap();
    assert!(readme.contains(NAME) && readme.contains("views.csv"));
    for (name, bytes) in &files {
        let text = String::from_utf8_lossy(bytes);
        for other in ["Ada Lovelace", "Sam"] {
            assert!(!text.contains(other), "{name} names {other}");
        }
    }
    let without = exported(&running, scene.id, false).await;
    assert!(!without.keys().any(|name| name.starts_with("media/")));
}

#[tokio::test]
async fn every_file_of_the_table_is_in_an_export() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    let files = exported(&running, scene.id, false).await;
    for treatment in privacy::table::TREES {
        if let privacy::table::Exported::In(name) = treatment.exported {
            assert!(files.contains_key(name), "{name}");
        }
    }
}

#[tokio::test]
async fn people_export_themselves_and_nobody_else() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    let page = scene.sam.get("me").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("What is kept about you"));
    for visitor in [&scene.sam, &scene.ada] {
        // Whatever is asked for: there is nobody to choose.
        let fields = [("user", scene.id.to_string()), ("media", "on".into())];
        let fields = fields
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let answer = visitor.post("me/export", &fields).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("content-type"), Some("application/zip"));
        let files = unzipped(answer.body.to_vec());
        for (name, bytes) in &files {
            let text = String::from_utf8_lossy(bytes);
            assert!(!text.contains("Hermengilde"), "{name}");
        }
        assert!(!files.keys().any(|name| name.starts_with("media/")));
    }
    let other_site = scene.sam.post_from("cross-site", "me/export", &[]).await;
    assert_eq!(other_site.status, StatusCode::FORBIDDEN);
    assert_eq!(
        scene.sam.get("me/export").await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    // Nobody makes the server write the same again and again.
    for _ in 0..3 {
        scene.sam.post("me/export", &[]).await;
    }
    let answer = scene.sam.post("me/export", &[]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
}
