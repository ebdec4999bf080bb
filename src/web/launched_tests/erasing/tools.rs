//! The external tools that somebody added: handed out, handed over, or gone with their secrets.

use super::exports::{exported, json};
use super::*;
use crate::library::leaving::NOBODY;
use crate::store::rows::tools::{Passport, Tool, ToolPresentation, ToolSource, ToolTrust};
use crate::store::trees::{Tools, ToolsBy, ToolsOf};
use crate::tools::registry;

const SECRET: &str = "a-secret-of-the-reader";
const READER: ToolId = ToolId(501);

/// Adds a tool as if the person had.
async fn adds_a_tool(running: &Running, owner: UserId) {
    let now = running.app.world.now();
    let tool = Tool {
        name: "Book reader".into(),
        source: ToolSource::Person,
        owner: Some(owner),
        connection: Some(ConnectionId(1)),
        launch_url: "https://reader.example/launch".into(),
        trust: ToolTrust::Passport(Passport {
            name: "reader".into(),
            key: "key-of-the-reader".into(),
            secret: Some(SECRET.into()),
        }),
        custom: vec![("vbid".into(), "12".into())],
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
    registry::add(&mut commit, READER, &tool);
    running.app.store.commit(commit).await.unwrap();
}

fn store_of(running: &Running) -> &crate::store::Store {
    &running.app.store
}

fn tool(running: &Running) -> Tool {
    store_of(running).get::<Tools>(&READER).unwrap().unwrap()
}

fn listed(running: &Running) -> (usize, usize) {
    let store = &running.app.store;
    (
        store.page::<ToolsBy>(&(), None, 9).unwrap().len(),
        store.page::<ToolsOf>(&(), None, 9).unwrap().len(),
    )
}

#[tokio::test]
async fn an_export_has_the_tools_without_their_secrets() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    adds_a_tool(&running, scene.id).await;
    let files = exported(&running, scene.id, false).await;
    let tools = json(&files, "tools.json");
    let [added] = &tools["added"].as_array().unwrap()[..] else {
        panic!("{tools}");
    };
    assert_eq!(added["name"], "Book reader");
    assert_eq!(added["trust"]["key"], "key-of-the-reader");
    assert_eq!(added["custom_parameters"][0], "vbid=12");
    for (name, bytes) in &files {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains(SECRET), "{name}");
    }
    let others = exported(&running, user(&running, &ADA), false).await;
    let others = json(&others, "tools.json");
    assert_eq!(others["added"].as_array().unwrap().len(), 0);
    assert_eq!(
        running.app.privacy.summary(scene.id).unwrap().tools.number,
        1
    );
}

#[tokio::test]
async fn tools_go_with_their_secrets() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    adds_a_tool(&running, scene.id).await;
    assert!(scene.left().contains(&"tools: the number".to_owned()));
    scene.erase(Media::Remove).await;
    scene.is_done().await;
    assert_eq!(scene.left(), Vec::<String>::new());
    assert_eq!(store_of(&running).get::<Tools>(&READER).unwrap(), None);
    assert_eq!(listed(&running), (0, 0));
}

#[tokio::test]
async fn tools_go_to_the_heir_as_media_do() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    let adas = user(&running, &ADA);
    adds_a_tool(&running, scene.id).await;
    scene.erase(Media::HandOver(adas)).await;
    scene.is_done().await;
    assert_eq!(scene.left(), Vec::<String>::new());
    let handed = tool(&running);
    assert_eq!((handed.owner, handed.deleted), (Some(adas), None));
    let ToolTrust::Passport(passport) = &handed.trust else {
        panic!("{handed:?}");
    };
    assert_eq!(
        passport.secret.as_deref(),
        Some(SECRET),
        "it still launches"
    );
    assert_eq!(listed(&running), (1, 1));

    // And on from nobody, once the heir is gone before anything became theirs.
    let (app, sams) = (&running.app, user(&running, &SAM));
    app.privacy
        .erase(adas, Media::HandOver(sams), "ada")
        .await
        .unwrap();
    app.privacy.erase(sams, Media::Remove, "ada").await.unwrap();
    app.privacy.round().await.unwrap();
    scene.is_done().await;
    assert_eq!(tool(&running).owner, Some(NOBODY));
    let kim = Coming {
        subject: "kim",
        ..ADA
    };
    kim.arrives(&running).await;
    let kims = user(&running, &kim);
    app.privacy.adopt(kims, "ada").await.unwrap();
    assert_eq!(tool(&running).owner, Some(kims));
    assert_eq!(listed(&running), (1, 1));
}
