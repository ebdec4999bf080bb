//! Picking in a tool for a collection: what is taken back, and what is not.

use super::registered::{REDIRECT, asked_for, authenticate, claims, registered, tool_key};
use super::*;
use crate::library::{collections, editable};
use crate::lti::content::{Answer as Picked, Content, ContentItem, LaunchLink, LineItem};
use crate::lti::deep_linking::{Reply, response};
use crate::lti::key::SigningKey;
use crate::lti::names::claim;
use crate::people::sessions;
use crate::store::ids::UserId;
use crate::store::rows::collections::Collected;
use crate::store::rows::tools::{
    Personal, ToolKeys, ToolPresentation, ToolRegistration, ToolSource, ToolTrust,
};
use crate::store::trees::{Collected as CollectedTree, LineItems, ToolItems, ToolLinks};

const TOOL: ToolId = ToolId(77);

/// A school's tool in which one can pick.
async fn school_tool(running: &Running) {
    let now = running.app.world.now();
    let tool = Tool {
        name: "Archive".to_owned(),
        source: ToolSource::Administrator,
        owner: None,
        connection: None,
        launch_url: LAUNCH.to_owned(),
        trust: ToolTrust::Registered(ToolRegistration {
            client_id: TOOL.to_string(),
            deployment: TOOL.to_string(),
            login_url: "https://9.9.9.9/login".to_owned(),
            redirect_uris: vec![REDIRECT.to_owned()],
            keys: ToolKeys::Pem(tool_key().public().to_pem().unwrap()),
            selection_url: Some("https://9.9.9.9/pick".to_owned()),
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
    registry::add(&mut commit, TOOL, &tool);
    running.app.store.commit(commit).await.unwrap();
}

async fn collection(visitor: &Visitor<'_>) -> ItemId {
    let answer = visitor
        .post("collections/new", &[("title", "Term 1")])
        .await;
    let location = answer.header("location").unwrap();
    let (_, rest) = location.split_once("media/").unwrap();
    rest.split(['?', '/']).next().unwrap().parse().unwrap()
}

/// The `data` of a selection that is begun for a collection.
async fn data(running: &Running, visitor: &Visitor<'_>, collection: ItemId) -> String {
    let page = visitor
        .get(&format!("media/{collection}/picking?tool={TOOL}"))
        .await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let page = authenticate(running, &asked_for(&fields(&page))).await;
    let claims = claims(running, &page).await;
    assert_eq!(claims[claim::MESSAGE_TYPE], "LtiDeepLinkingRequest");
    assert_eq!(claims[claim::TARGET_LINK_URI], "https://9.9.9.9/pick");
    assert_eq!(claims.get(claim::RESOURCE_LINK), None);
    let settings = &claims[claim::DEEP_LINKING_SETTINGS];
    let back = format!("http://127.0.0.1:8080/tools/{TOOL}/deep-linking");
    assert_eq!(settings["deep_link_return_url"], back);
    settings["data"].as_str().unwrap().to_owned()
}

fn link(title: &str, url: &str) -> ContentItem {
    ContentItem {
        title: Some(title.to_owned()),
        ..ContentItem::new(Content::Launch(LaunchLink {
            url: url.parse().ok(),
            custom: BTreeMap::from([("unit".to_owned(), "7".to_owned())]),
            line_item: Some(LineItem {
                maximum: 12.0,
                label: None,
                resource_id: Some("u7".to_owned()),
                tag: None,
                released: None,
            }),
            ..LaunchLink::default()
        }))
    }
}

async fn returned(running: &Running, token: &str) -> Answer {
    let mut form = form_urlencoded::Serializer::new(String::new());
    let body = form.append_pair("JWT", token).finish();
    let headers = [
        ("accept", "text/html"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let path = format!("/tools/{TOOL}/deep-linking");
    send(
        running,
        request(Method::POST, &path, &headers, Full::<Bytes>::from(body)),
    )
    .await
}

fn reply<'a>(running: &Running, issuer: &'a str, nonce: &'a str) -> Reply<'a> {
    Reply {
        client_id: "000000000000004d",
        issuer,
        deployment: "000000000000004d",
        nonce,
        at: running.app.world.now(),
        lifetime: std::time::Duration::from_mins(5),
    }
}

async fn inside(running: &Running, visitor: &Visitor<'_>, collection: ItemId) -> Vec<ItemId> {
    let hash = sessions::Secret::hash_of(&visitor.token).unwrap();
    let app = &running.app;
    let member = sessions::behind_ticket(&app.store, &app.world, app.lifetimes(), hash).await;
    let held = editable(&app.store, &member.unwrap(), collection).unwrap();
    let entries = collections::entries(&app.store, held.opened()).unwrap();
    entries.into_iter().map(|(_, item)| item).collect()
}

#[tokio::test]
async fn what_is_picked_is_in_the_collection_and_opens_there() {
    let running = running(&[]).await;
    school_tool(&running).await;
    let ada = ADA.arrives(&running).await;
    let collection = collection(&ada).await;
    let contents = ada.get(&format!("media/{collection}/contents")).await;
    assert!(contents.text().contains("Pick in Archive"));
    let page = ada
        .get(&format!("media/{collection}/pick?tool={TOOL}"))
        .await;
    assert!(
        page.text().contains(&format!("picking?tool={TOOL}")),
        "{}",
        page.text()
    );

    let issuer = running.app.public().to_string();
    let data = data(&running, &ada, collection).await;
    let answer = Picked {
        items: vec![
            link("Waves", "https://9.9.9.9/launch/7"),
            link("Plain", "http://9.9.9.9/launch/8"),
            link("Own", "http://127.0.0.1:8080/practice/"),
        ],
        data: Some(data),
        ..Picked::default()
    };
    let token = response(&answer, &reply(&running, &issuer, "n1"), &tool_key()).unwrap();
    let page = returned(&running, &token).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(
        page.text().contains("One thing was added"),
        "only the one over https"
    );
    assert!(page.text().contains("2 things could not be taken"));
    let items = inside(&running, &ada, collection).await;
    assert_eq!(items.len(), 1);
    let row = running.app.store.get::<Items>(&items[0]).unwrap().unwrap();
    assert_eq!((row.title.as_str(), row.tool), ("Waves", Some(TOOL)));
    let said = running
        .app
        .store
        .get::<ToolLinks>(&items[0])
        .unwrap()
        .unwrap();
    assert_eq!(said.launch_url.as_deref(), Some("https://9.9.9.9/launch/7"));
    let columns = running.app.store.page::<LineItems>(&(), None, 9).unwrap();
    assert_eq!(Some(columns[0].1.maximum), Some(12.0));

    let page = ada.get(&format!("media/{}/launch", items[0])).await;
    let page = authenticate(&running, &asked_for(&fields(&page))).await;
    let claims = claims(&running, &page).await;
    assert_eq!(claims[claim::TARGET_LINK_URI], "https://9.9.9.9/launch/7");
    assert_eq!(claims[claim::CUSTOM]["unit"], "7");

    let page = returned(&running, &token).await;
    assert_eq!(page.code(), "picked-in-tool", "it is taken once");
    assert_eq!(inside(&running, &ada, collection).await.len(), 1);
}

#[tokio::test]
async fn the_course_leads_to_what_is_reported_of_things_in_a_collection() {
    let running = running(&[]).await;
    school_tool(&running).await;
    let ada = ADA.arrives(&running).await;
    let films = collection(&ada).await;
    let picked = collection(&ada).await;
    for collection in [films, picked] {
        ada.post(&format!("media/{collection}/place"), &[]).await;
    }
    let scores = format!("course/scores/{picked}");
    assert!(!ada.get("course").await.text().contains("course/scores/"));
    let data = data(&running, &ada, picked).await;
    let items = vec![link("Waves", "https://9.9.9.9/launch/7")];
    returned(&running, &answered(&running, items, &data, "n1")).await;
    let [item] = inside(&running, &ada, picked).await[..] else {
        panic!("one thing was picked");
    };
    let course = ada.get("course").await;
    assert!(course.text().contains(&scores), "{}", course.text());
    assert!(!course.text().contains(&format!("course/scores/{films}")));
    let each = ada.get(&scores).await;
    assert_eq!(each.status, StatusCode::OK);
    assert!(each.text().contains("Waves"), "{}", each.text());
    assert!(each.text().contains(&format!("course/scores/{item}")));
    assert_eq!(
        ada.get(&format!("course/scores/{item}")).await.status,
        StatusCode::OK
    );
    // Learners see no one else's.
    let sam = SAM.arrives(&running).await;
    assert!(!sam.get("course").await.text().contains("course/scores/"));
    for item in [picked, item] {
        let page = sam.get(&format!("course/scores/{item}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
    }
    let film = ada.uploads("film.mp4", "course", &film()).await;
    let page = ada.get(&format!("course/scores/{film}")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND, "it is no tool");
}

#[tokio::test]
async fn an_answer_that_is_not_the_tools_own_is_not_taken() {
    let running = running(&[]).await;
    school_tool(&running).await;
    let ada = ADA.arrives(&running).await;
    let collection = collection(&ada).await;
    let issuer = running.app.public().to_string();
    let data = data(&running, &ada, collection).await;
    let answer = |data: Option<&str>| Picked {
        items: vec![link("Waves", "https://9.9.9.9/launch/7")],
        data: data.map(str::to_owned),
        ..Picked::default()
    };
    let own = include_bytes!("../../../../tests/fixtures/keys/platform.p8");
    let other = SigningKey::from_pkcs8(own).unwrap();
    let usual = reply(&running, &issuer, "n1");
    let good = answer(Some(&data));
    let hostile = [
        response(&good, &usual, &other),
        response(
            &good,
            &Reply {
                issuer: "https://other.example",
                ..usual
            },
            &tool_key(),
        ),
        response(
            &good,
            &Reply {
                client_id: "0000000000000001",
                ..usual
            },
            &tool_key(),
        ),
        response(
            &good,
            &Reply {
                deployment: "2",
                ..usual
            },
            &tool_key(),
        ),
        response(&answer(None), &usual, &tool_key()),
        response(&answer(Some("guessed")), &usual, &tool_key()),
    ];
    for (number, token) in hostile.into_iter().enumerate() {
        let page = returned(&running, &token.unwrap()).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{number}");
        assert_eq!(page.code(), "picked-in-tool", "{number}");
    }
    assert!(inside(&running, &ada, collection).await.is_empty());
    let token = response(&good, &usual, &tool_key()).unwrap();
    assert_eq!(returned(&running, &token).await.status, StatusCode::OK);
    assert_eq!(inside(&running, &ada, collection).await.len(), 1);
}

#[tokio::test]
async fn only_who_may_change_a_collection_picks_for_it() {
    let running = running(&[]).await;
    school_tool(&running).await;
    let (ada, sam) = (ADA.arrives(&running).await, SAM.arrives(&running).await);
    let (hers, his) = (collection(&ada).await, collection(&sam).await);
    for (visitor, collection) in [(&sam, hers), (&sam, his)] {
        for what in ["pick", "picking"] {
            let page = visitor
                .get(&format!("media/{collection}/{what}?tool={TOOL}"))
                .await;
            assert_ne!(page.status, StatusCode::OK, "{what}");
        }
    }
    for query in ["", "?tool=x", "?tool=0000000000000001"] {
        let page = ada.get(&format!("media/{hers}/pick{query}")).await;
        assert_ne!(page.status, StatusCode::OK, "{query}");
    }
    let page = ada.get(&format!("media/{hers}/pick?tool={TOOL}")).await;
    assert_eq!(page.status, StatusCode::OK);
}

/// An answer that names this data, as the tool signs it.
fn answered(running: &Running, items: Vec<ContentItem>, data: &str, nonce: &str) -> String {
    let issuer = running.app.public().to_string();
    let answer = Picked {
        items,
        data: Some(data.to_owned()),
        ..Picked::default()
    };
    response(&answer, &reply(running, &issuer, nonce), &tool_key()).unwrap()
}

#[tokio::test]
async fn picked_addresses_are_the_tools_own_or_public() {
    let running = running(&[]).await;
    school_tool(&running).await;
    let ada = ADA.arrives(&running).await;
    for (number, (url, taken)) in [
        ("https://9.9.9.9/launch/7", true),
        ("https://9.9.9.9/elsewhere?unit=7", true),
        ("https://8.8.8.8/launch", true),
        ("http://9.9.9.9/launch", false),
        ("http://8.8.8.8/launch", false),
        ("https://10.0.0.1/launch", false),
        ("https://127.0.0.1:9/launch", false),
        ("http://localhost:9/launch", false),
        ("https://[fd00::1]/launch", false),
        ("https://169.254.169.254/latest", false),
        ("http://127.0.0.1:8080/admin/", false),
    ]
    .into_iter()
    .enumerate()
    {
        let collection = collection(&ada).await;
        let data = data(&running, &ada, collection).await;
        let items = vec![link("Waves", url)];
        let token = answered(&running, items, &data, &format!("n{number}"));
        let page = returned(&running, &token).await;
        assert_eq!(page.status, StatusCode::OK, "{url}: {}", page.text());
        let number = inside(&running, &ada, collection).await.len();
        assert_eq!(number, usize::from(taken), "{url}");
    }
}

#[tokio::test]
async fn only_few_other_sites_are_looked_at() {
    let running = running(&[]).await;
    school_tool(&running).await;
    let ada = ADA.arrives(&running).await;
    let collection = collection(&ada).await;
    let data = data(&running, &ada, collection).await;
    let sites = (1..=10).map(|site| link("Site", &format!("https://8.8.8.{site}/launch")));
    let again = (1..=8).map(|site| link("Again", &format!("https://8.8.8.{site}/other")));
    let own = std::iter::once(link("Own", "https://9.9.9.9/launch/7"));
    let items = sites.chain(again).chain(own).collect();
    let page = returned(&running, &answered(&running, items, &data, "n1")).await;
    assert!(
        page.text().contains("17 things were added"),
        "{}",
        page.text()
    );
    assert_eq!(inside(&running, &ada, collection).await.len(), 8 + 8 + 1);
}

#[tokio::test]
async fn all_that_is_picked_is_taken_or_nothing() {
    let running = running(&[]).await;
    school_tool(&running).await;
    let ada = ADA.arrives(&running).await;
    let collection = collection(&ada).await;
    let app = &running.app;
    let row = |item| Collected {
        item: ItemId(item),
        by: UserId(1),
        added: app.world.now(),
    };
    let mut commit = Commit::new();
    for place in 0..199 {
        commit.put::<CollectedTree>(&(collection, place), &row(u64::from(place)));
    }
    app.store.commit(commit).await.unwrap();

    let data = data(&running, &ada, collection).await;
    let items = vec![
        link("Waves", "https://9.9.9.9/launch/7"),
        link("Light", "https://9.9.9.9/launch/8"),
    ];
    let token = answered(&running, items, &data, "n1");
    let page = returned(&running, &token).await;
    assert_eq!(page.code(), "collection-full");
    let rows = || {
        [
            app.store.page::<Items>(&(), None, 9).unwrap().len(),
            app.store.page::<ToolItems>(&(), None, 9).unwrap().len(),
            app.store.page::<ToolLinks>(&(), None, 9).unwrap().len(),
            app.store.page::<LineItems>(&(), None, 9).unwrap().len(),
        ]
    };
    assert_eq!(rows(), [1, 0, 0, 0], "nothing but the collection");
    assert_eq!(inside(&running, &ada, collection).await.len(), 199);

    // Nothing of it is used up either: with room, the same answer is taken.
    let mut commit = Commit::new();
    commit.delete::<CollectedTree>(&(collection, 0));
    app.store.commit(commit).await.unwrap();
    let page = returned(&running, &token).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert_eq!(rows(), [3, 2, 2, 2]);
    let items = inside(&running, &ada, collection).await;
    let titles: Vec<String> = items[198..]
        .iter()
        .map(|item| app.store.get::<Items>(item).unwrap().unwrap().title)
        .collect();
    assert_eq!(titles, ["Waves", "Light"], "in the order of the choice");
    assert_eq!(returned(&running, &token).await.code(), "picked-in-tool");
}

#[tokio::test]
async fn one_picks_in_ones_own_tools_and_in_nobody_elses() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let pick = [("selection_url", "https://9.9.9.9/pick")];
    let item = registered(&ada, &pick).await;
    let (tool, _) = tool_of(&running, item);
    let bea = Coming {
        subject: "bea",
        name: Some("Bea"),
        ..ADA
    };
    let bea = bea.arrives(&running).await;
    let (hers, others) = (collection(&ada).await, collection(&bea).await);
    let offered = ada.get(&format!("media/{hers}/contents")).await;
    assert!(offered.text().contains(&format!("pick?tool={tool}")));
    let offered = bea.get(&format!("media/{others}/contents")).await;
    assert!(!offered.text().contains("pick?tool="));
    for what in ["pick", "picking"] {
        let page = ada.get(&format!("media/{hers}/{what}?tool={tool}")).await;
        assert_eq!(page.status, StatusCode::OK, "{what}");
        let page = bea.get(&format!("media/{others}/{what}?tool={tool}")).await;
        assert_eq!(page.code(), "tool-gone", "{what}");
    }
}
