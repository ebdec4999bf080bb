use super::*;
use crate::people::connections::deployments::{Standing, seen};
use crate::people::connections::{Declared, Trust, all, declare, find, learn};

fn registration(host: &str, client_id: &str) -> Registration {
    let at = |path: &str| format!("https://{host}{path}");
    Registration {
        issuer: at(""),
        client_id: client_id.into(),
        auth_url: at("/auth"),
        token_url: at("/token"),
        jwks_url: at("/jwks"),
    }
}

fn new(host: &str, client_id: &str) -> New {
    New {
        connection: Connection {
            registration: Some(registration(host, client_id)),
            registered: Some(Time(1)),
            ..Connection::new("LMS", Source::Registered, Time(1))
        },
        deployments: vec!["1".into()],
    }
}

fn proposed(host: &str, client_id: &str) -> Proposed {
    Proposed {
        registration: registration(host, client_id),
        token_audience: Some("https://audience.example".into()),
        deployment: Some("2".into()),
        at: Time(2),
    }
}

async fn make(store: &Store, host: &str, client_id: &str) -> Result<ConnectionId, Error> {
    register(store, &World::system(), &new(host, client_id), |_, _| {}).await
}

async fn standing(store: &Store, id: ConnectionId, name: &str) -> Standing {
    let connection = store.get::<Connections>(&id).unwrap().unwrap();
    let world = World::system();
    seen(store, &world, (id, &connection), name, None)
        .await
        .unwrap()
}

fn found(store: &Store, host: &str, client_id: &str) -> Option<ConnectionId> {
    let found = find(store, &format!("https://{host}"), Some(client_id));
    found.ok().map(|(id, _)| id)
}

#[tokio::test]
async fn a_second_of_the_same_names_is_refused_even_at_the_same_time() {
    let store = Store::temporary();
    let id = make(&store, "a.example", "x").await.unwrap();
    assert_eq!(found(&store, "a.example", "x"), Some(id));
    assert_eq!(standing(&store, id, "1").await, Standing::Approved);
    assert_eq!(standing(&store, id, "2").await, Standing::Waiting);
    assert_eq!(make(&store, "a.example", "x").await, Err(Error::Exists(id)));
    // Shared issuers have many client ids, and client ids are not unique across issuers.
    make(&store, "a.example", "y").await.unwrap();
    make(&store, "b.example", "x").await.unwrap();

    let both = tokio::join!(
        make(&store, "c.example", "x"),
        make(&store, "c.example", "x")
    );
    assert_ne!(both.0.is_ok(), both.1.is_ok(), "{both:?}");
    assert_eq!(all(&store).unwrap().len(), 4);
}

/// A registration of `evil.example` that is `client_id` of another platform's token endpoint.
fn borrowing(client_id: &str, token_host: &str, audience: Option<&str>) -> New {
    let mut new = new("evil.example", client_id);
    if let Some(registration) = &mut new.connection.registration {
        registration.token_url = format!("https://{token_host}/token");
    }
    new.connection.settings.token_audience = audience.map(str::to_owned);
    new
}

#[tokio::test]
async fn nobody_registers_as_the_client_that_another_platform_knows() {
    let (store, world) = (Store::temporary(), World::system());
    let school = make(&store, "school.example", "x").await.unwrap();
    let taken = Err(Error::Exists(school));
    let school_token = "https://school.example/token";
    for (token_host, audience) in [
        ("school.example", None),
        ("school.example.", None),
        ("SCHOOL.example:443", None),
        ("evil.example", Some(school_token)),
        ("evil.example", Some("https://school.example")),
    ] {
        let new = borrowing("x", token_host, audience);
        let made = register(&store, &world, &new, |_, _| {}).await;
        assert_eq!(made, taken, "{token_host} {audience:?}");
    }
    // Some platforms share one token endpoint, by client ids of their own.
    let new = borrowing("y", "school.example", Some(school_token));
    register(&store, &world, &new, |_, _| {}).await.unwrap();
}

#[tokio::test]
async fn nobody_becomes_the_client_that_another_platform_knows() {
    let (store, world) = (Store::temporary(), World::system());
    let school = make(&store, "school.example", "x").await.unwrap();
    let new = borrowing("y", "school.example", None);
    let id = register(&store, &world, &new, |_, _| {}).await.unwrap();
    let as_client = |client_id: &str| Proposed {
        registration: borrowing(client_id, "school.example", None)
            .connection
            .registration
            .unwrap(),
        token_audience: None,
        deployment: None,
        at: Time(2),
    };
    let changed = change(&store, &world, id, &as_client("x"), |_, _| {}).await;
    assert_eq!(changed, Err(Error::Exists(school)));
    let changed = change(&store, &world, id, &as_client("z"), |_, _| {}).await;
    assert_eq!(changed, Ok(Changed::Now));
}

#[tokio::test]
async fn where_schools_share_a_platform_another_client_waits() {
    let (store, world) = (Store::temporary(), World::system());
    let canvas = presets::named("canvas").unwrap();
    let of = |client_id: &str| Registration {
        issuer: canvas.issuer.into(),
        client_id: client_id.into(),
        auth_url: canvas.auth_url.into(),
        token_url: canvas.token_url.into(),
        jwks_url: canvas.jwks_url.into(),
    };
    let mut new = new("", "");
    new.connection.registration = Some(of("school"));
    let id = register(&store, &world, &new, |_, _| {}).await.unwrap();
    for (client_id, expected) in [("school", Changed::Now), ("another", Changed::Waits)] {
        let proposed = Proposed {
            registration: of(client_id),
            token_audience: None,
            deployment: None,
            at: Time(2),
        };
        let changed = change(&store, &world, id, &proposed, |_, _| {}).await;
        assert_eq!(changed, Ok(expected), "{client_id}");
    }
    let path = |path: &str| Registration {
        issuer: format!("https://lms.example{path}"),
        ..registration("lms.example", "x")
    };
    assert!(same_platform(&path("/a"), &path("/a")));
    assert!(!same_platform(&path("/a"), &path("/b")));
}

#[test]
fn what_was_learned_of_other_hosts_goes_with_them() {
    let mut connection = new("old.example", "x").connection;
    connection.learned_origins = vec!["https://old.example".into()];
    connection.settings.token_audience = Some("https://old.example/token".into());
    let stays = on(&connection, &registration("old.example", "y"), Time(7));
    assert_eq!(stays.learned_origins, connection.learned_origins);
    assert_eq!(stays.settings, connection.settings);
    assert_eq!(stays.moved, None);
    let moved = on(&connection, &registration("new.example", "x"), Time(7));
    assert!(moved.learned_origins.is_empty());
    assert_eq!(moved.settings.token_audience, None);
    assert_eq!(moved.moved, Some(Time(7)));
    // Where schools share addresses, another client is another school.
    let canvas = presets::named("canvas").unwrap();
    let of = |client_id: &str| Registration {
        issuer: canvas.issuer.into(),
        ..registration("sso.canvaslms.com", client_id)
    };
    for (client_id, moved) in [("x", None), ("y", Some(Time(8)))] {
        connection.registration = Some(of("x"));
        assert_eq!(on(&connection, &of(client_id), Time(8)).moved, moved);
    }
}

#[tokio::test]
async fn what_the_file_moves_is_moved_as_well() {
    let (store, world) = (Store::temporary(), World::system());
    let declared = |host: &str| Declared {
        name: "LMS".into(),
        source: Source::File,
        trust: Trust::Registration {
            registration: Registration {
                token_url: String::new(),
                ..registration(host, "x")
            },
            deployments: Vec::new(),
            accept_deployments: false,
        },
        origins: Vec::new(),
        settings: crate::store::rows::settings::Settings::default(),
    };
    let origin = "https://old.example";
    for (host, moves) in [
        ("old.example", false),
        ("old.example", false),
        ("new.example", true),
        ("new.example", true),
    ] {
        declare(&store, &world, &[declared(host)]).await.unwrap();
        let (id, connection) = all(&store).unwrap().remove(0);
        assert_eq!(connection.moved.is_some(), moves, "{host}");
        if moves {
            assert!(connection.learned_origins.is_empty());
        } else {
            learn(&store, id, None, Some(origin)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn one_that_was_deleted_is_not_in_the_way() {
    let store = Store::temporary();
    let id = make(&store, "a.example", "x").await.unwrap();
    let mut row = store.get::<Connections>(&id).unwrap().unwrap();
    row.deleted = Some(Time(5));
    row.enabled = false;
    let mut commit = Commit::new();
    commit.put::<Connections>(&id, &row);
    store.commit(commit).await.unwrap();
    let again = make(&store, "a.example", "x").await.unwrap();
    assert_eq!(found(&store, "a.example", "x"), Some(again));
}

#[tokio::test]
async fn a_change_on_the_same_hosts_holds_at_once() {
    let (store, world) = (Store::temporary(), World::system());
    let id = make(&store, "a.example", "x").await.unwrap();
    let to = proposed("a.example", "y");
    let changed = change(&store, &world, id, &to, |_, _| {}).await;
    assert_eq!(changed, Ok(Changed::Now));
    assert_eq!(found(&store, "a.example", "x"), None);
    assert_eq!(found(&store, "a.example", "y"), Some(id));
    assert_eq!(standing(&store, id, "2").await, Standing::Approved);
    let connection = store.get::<Connections>(&id).unwrap().unwrap();
    assert_eq!(connection.settings.token_audience, to.token_audience);
}

#[tokio::test]
async fn a_change_to_other_hosts_waits_until_an_administrator_decides() {
    let (store, world) = (Store::temporary(), World::system());
    let id = make(&store, "a.example", "x").await.unwrap();
    for host in ["b.example", "a.example:8443"] {
        let to = proposed(host, "y");
        let changed = change(&store, &world, id, &to, |_, _| {}).await;
        assert_eq!(changed, Ok(Changed::Waits), "{host}");
        assert_eq!(found(&store, "a.example", "x"), Some(id));
        assert_eq!(found(&store, host, "y"), None);
    }
    let stale = decide(&store, &world, id, (Time(9), Decision::Accept), |_| {}).await;
    assert_eq!(stale, Err(Error::Unknown), "another one than was seen");
    let seen = (Time(2), Decision::Discard);
    decide(&store, &world, id, seen, |_| {}).await.unwrap();
    let seen = (Time(2), Decision::Accept);
    let late = decide(&store, &world, id, seen, |_| {}).await;
    assert_eq!(late, Err(Error::Unknown));

    let to = proposed("b.example", "y");
    change(&store, &world, id, &to, |_, _| {}).await.unwrap();
    decide(&store, &world, id, seen, |_| {}).await.unwrap();
    assert_eq!(found(&store, "a.example", "x"), None);
    assert_eq!(found(&store, "b.example", "y"), Some(id));
}

#[tokio::test]
async fn a_change_takes_no_other_connections_names_and_not_the_files_own() {
    let (store, world) = (Store::temporary(), World::system());
    let id = make(&store, "a.example", "x").await.unwrap();
    let other = make(&store, "a.example", "y").await.unwrap();
    let to = proposed("a.example", "y");
    let changed = change(&store, &world, id, &to, |_, _| {}).await;
    assert_eq!(changed, Err(Error::Exists(other)));

    let mut of_file = new("f.example", "x");
    of_file.connection.source = Source::File;
    of_file.connection.registered = None;
    let file = register(&store, &world, &of_file, |_, _| {}).await.unwrap();
    for id in [file, ConnectionId(99)] {
        let changed = change(&store, &world, id, &to, |_, _| {}).await;
        assert_eq!(changed, Err(Error::Unknown));
    }
}

#[test]
fn hosts_are_compared_with_scheme_and_port() {
    let one = registration("a.example", "x");
    assert!(same_hosts(&one, &registration("A.example:443", "y")));
    assert!(!same_hosts(&one, &registration("a.example:444", "x")));
    let token = |url: &str| Registration {
        token_url: url.into(),
        ..one.clone()
    };
    assert!(same_hosts(&one, &token("https://a.example/other")));
    for url in ["https://b.example/token", "http://a.example/token", ""] {
        assert!(!same_hosts(&one, &token(url)), "{url}");
    }
    assert!(!same_hosts(&token(""), &token("")));
}

#[tokio::test]
async fn who_registers_in_anothers_name_keeps_nobody_out() {
    let (store, world) = (Store::temporary(), World::system());
    let school = make(&store, "school.example", "x").await.unwrap();
    let by_issuer = |store: &Store| find(store, "https://school.example", None).map(|(id, _)| id);
    let mut elsewhere = new("evil.example", "y");
    if let Some(registration) = &mut elsewhere.connection.registration {
        registration.issuer = "https://school.example".into();
    }
    let evil = register(&store, &world, &elsewhere, |_, _| {}).await;
    let evil = evil.unwrap();
    assert_eq!(by_issuer(&store).unwrap(), school);
    let named = find(&store, "https://school.example", Some("y"));
    assert_eq!(named.unwrap().0, evil);
    // Two of the school's own stay two.
    make(&store, "school.example", "z").await.unwrap();
    let both = by_issuer(&store);
    assert!(matches!(both, Err(super::super::Error::Ambiguous)));
}

#[tokio::test]
async fn what_the_file_declares_wins_over_what_was_made_at_run_time() {
    let (store, world) = (Store::temporary(), World::system());
    let (mut rows, mut ids) = (Vec::new(), Vec::new());
    // Before the file knew the school's LMS, somebody registered as its client.
    rows.push(borrowing("x", "school.example", None).connection);
    rows.push(new("school.example", "other").connection);
    let mut commit = Commit::new();
    for row in &rows {
        let id = number(&store, &mut commit).unwrap();
        put(&mut commit, id, row);
        ids.push(id);
        store.commit(std::mem::take(&mut commit)).await.unwrap();
    }
    let (borrowed, other) = (ids[0], ids[1]);
    let mut commit = Commit::new();
    let made = number(&store, &mut commit).unwrap();
    put(&mut commit, made, &new("school.example", "x").connection);
    store.commit(commit).await.unwrap();
    let entry = Declared {
        name: "School".into(),
        source: Source::File,
        trust: Trust::Registration {
            registration: registration("school.example", "x"),
            deployments: Vec::new(),
            accept_deployments: false,
        },
        origins: Vec::new(),
        settings: crate::store::rows::settings::Settings::default(),
    };
    declare(&store, &world, &[entry]).await.unwrap();
    let found = found(&store, "school.example", "x");
    assert!(found.is_some_and(|id| id != made));
    let enabled = |id| store.get::<Connections>(&id).unwrap().unwrap().enabled;
    assert!(!enabled(made) && !enabled(borrowed));
    assert!(enabled(other), "another client of it");
}
