//! Connections made, changed, moved, switched off and deleted in administration.

use super::{act, connect, enter, given, start, with};
use crate::harness::admin;
use crate::harness::client::Browser;
use crate::harness::consumer::Consumer;
use crate::harness::platform::{Platform, Serving, roles};
use crate::harness::server::Setup;

/// What each LMS is asked for, so that copied courses keep their media.
const HISTORY: &str = "context_id_history=$Context.id.history";
const SETTINGS: [(&str, &str); 8] = [
    ("name", "School LMS"),
    ("accept_deployments", "off"),
    ("algorithm", "RS256"),
    ("authentication", "get"),
    ("token_audience", ""),
    ("anonymous", "off"),
    ("role_overrides", ""),
    ("origins", ""),
];

#[tokio::test]
async fn each_platforms_page_shows_its_labels_and_our_values() {
    let server = Setup::new().start();
    let mut admin = admin::first(&server).await;
    let choose = admin.open(&server.url("/admin/connections/new")).await;
    for (slug, labels) in [
        (
            "moodle",
            ["Initiate login URL", "Redirection URI(s)", "Public keyset"],
        ),
        ("canvas", ["Redirect URIs", "JSON URL", "Client ID"]),
        (
            "blackboard",
            ["Login Initiation URL", "Tool JWKS URL", "Application ID"],
        ),
        (
            "brightspace",
            [
                "OpenID Connect Login URL",
                "Keyset URL",
                "Brightspace OAuth2 Audience",
            ],
        ),
        (
            "sakai",
            [
                "LTI 1.3 Tool Redirect Endpoint(s)",
                "Launch URL",
                "LTI 1.3 Client ID",
            ],
        ),
        (
            "schoology",
            ["OIDC Login Init URL", "JWKS URL", "Domain/URL"],
        ),
        (
            "openedx",
            [
                "Tool Initiate Login URL",
                "Tool Keyset URL",
                "Deep Linking Launch URL",
            ],
        ),
        ("other", ["Redirect URI", "Public keyset (JWKS)", "Issuer"]),
    ] {
        let path = format!("/admin/connections/new/{slug}");
        assert!(choose.text().contains(&path), "{slug}");
        let page = admin.open(&server.url(&path)).await;
        assert_eq!(page.status, 200);
        for label in labels {
            assert!(
                page.text().contains(&format!(">{label}")),
                "{slug}: {label}"
            );
        }
        assert!(page.text().contains(&server.url("/lti/launch")), "{slug}");
        assert!(page.text().contains(HISTORY), "{slug}");
        assert!(page.field("form_token").is_some());
    }
    let list = admin.open(&server.url("/admin/connections")).await;
    for page in [choose, list] {
        assert!(page.text().contains("href=\"/admin/invitations\""));
    }
    let unknown = admin
        .open(&server.url("/admin/connections/new/webct"))
        .await;
    unknown.assert_problem(404, "not-found");
}

#[tokio::test]
async fn what_a_platform_gives_back_makes_a_connection_that_launches() {
    let platform = Platform::start("by-hand").await;
    let server = start(&platform);
    let mut admin = admin::first(&server).await;
    let path = connect(&mut admin, &server, &platform).await;
    let page = admin.open(&server.url(&path)).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains(&platform.client_id()));

    let mut browser = Browser::new();
    let answer = platform
        .launch(&mut browser, &server, "ada", roles::TEACHER)
        .await;
    let session = answer.assert_opened();

    // Switched off, nobody comes in, and whoever was in is out; switched on, all is as before.
    act(
        &mut admin,
        &server,
        &format!("{path}/state"),
        &[("enabled", "off")],
    )
    .await;
    let library = server.url(&format!("{session}library"));
    assert_eq!(browser.get(&library).await.status, 403);
    let login = [
        ("iss", platform.issuer()),
        ("login_hint", "hint".to_owned()),
        ("target_link_uri", server.url("/lti/launch")),
    ];
    let login = login
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let refused = browser.post(&server.url("/lti/login"), &[], &login).await;
    refused.assert_problem(403, "connection-disabled");
    act(
        &mut admin,
        &server,
        &format!("{path}/state"),
        &[("enabled", "on")],
    )
    .await;
    assert_eq!(browser.get(&library).await.status, 200);
}

#[tokio::test]
async fn settings_are_saved_and_honoured_and_mistakes_lose_nothing() {
    let platform = Platform::start("settings").await;
    let server = start(&platform);
    let mut admin = admin::first(&server).await;
    let path = connect(&mut admin, &server, &platform).await;
    let save = format!("{path}/settings");
    let mut fields = SETTINGS;
    fields[6] = ("role_overrides", "Aide = contributor");
    fields[7] = ("origins", "https://courses.school.example\nnot an address");
    let answer = act(&mut admin, &server, &save, &fields).await;
    assert_eq!(answer.status, 400);
    let text = answer.text();
    for kept in [
        "School LMS",
        "Aide = contributor",
        "not an address",
        "field-error",
    ] {
        assert!(text.contains(kept), "{kept}");
    }
    fields[7] = ("origins", "https://courses.school.example");
    let answer = act(&mut admin, &server, &save, &fields).await;
    assert_eq!(answer.location(), format!("{path}?saved=yes"));
    let mut browser = Browser::new();
    let answer = platform
        .launch(&mut browser, &server, "tim", &["Aide"])
        .await;
    let session = answer.assert_opened();
    let library = browser.get(&server.url(&format!("{session}library"))).await;
    assert!(library.text().contains("<span>Contributor</span>"));
    let policy = library.header("content-security-policy");
    assert!(
        policy.contains("https://courses.school.example"),
        "{policy}"
    );

    // A role of the whole institution is taken, and said.
    let staff = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Staff = manager";
    fields[6] = ("role_overrides", staff);
    act(&mut admin, &server, &save, &fields).await;
    let page = admin.open(&server.url(&path)).await;
    assert!(page.text().contains("counts in every course"));
}

#[tokio::test]
async fn a_moved_platform_keeps_its_people() {
    let (old, new) = (Platform::start("old").await, Platform::start("new").await);
    let hosts = format!(
        "trusted_hosts = [\"{}\", \"{}\"]\n",
        old.issuer(),
        new.issuer()
    );
    let server = Setup::new().with(&format!("[outbound]\n{hosts}")).start();
    let mut admin = admin::first(&server).await;
    let path = connect(&mut admin, &server, &old).await;
    let mut browser = Browser::new();
    old.launch(&mut browser, &server, "ada", roles::TEACHER)
        .await
        .assert_opened();
    let moved = enter(&mut admin, &server, &format!("{path}/move"), &given(&new)).await;
    assert_eq!(moved.location(), path);
    let mut browser = Browser::new();
    let answer = new
        .launch(&mut browser, &server, "ada", roles::TEACHER)
        .await;
    answer.assert_opened();
    let people = admin.open(&server.url(&format!("{path}/people"))).await;
    assert_eq!(
        people.text().matches("ada Doe").count(),
        1,
        "the same person"
    );
}

#[tokio::test]
async fn what_was_deleted_lets_nobody_in_and_shows_what_is_left() {
    let platform = Platform::start("deleted").await;
    let server = start(&platform);
    let mut admin = admin::first(&server).await;
    let path = connect(&mut admin, &server, &platform).await;
    let mut browser = Browser::new();
    let answer = platform
        .launch(&mut browser, &server, "ada", roles::TEACHER)
        .await;
    let session = answer.assert_opened();
    let asked = admin.open(&server.url(&format!("{path}/delete"))).await;
    assert!(asked.text().contains("be undone"), "{}", asked.text());
    let answer = act(&mut admin, &server, &format!("{path}/delete"), &[]).await;
    assert_eq!(answer.location(), "/admin/connections");
    let library = browser.get(&server.url(&format!("{session}library"))).await;
    library.assert_problem(403, "session-ended");
    let list = admin.open(&server.url("/admin/connections")).await;
    assert!(list.text().contains("Deleted connections"));
    let people = admin.open(&server.url(&format!("{path}/people"))).await;
    assert!(people.text().contains("ada Doe"));
    let again = act(
        &mut admin,
        &server,
        &format!("{path}/state"),
        &[("enabled", "on")],
    )
    .await;
    again.assert_problem(404, "not-found");
    // The same platform may be connected anew, as another.
    let other = connect(&mut admin, &server, &platform).await;
    assert_ne!(other, path);
}

#[tokio::test]
async fn a_consumers_secret_is_made_here_shown_once_and_rotated() {
    let server = Setup::new().start();
    let mut admin = admin::first(&server).await;
    let new = "/admin/connections/new/consumer";
    let unnamed = act(&mut admin, &server, new, &[("name", " ")]).await;
    assert_eq!(unnamed.status, 400);
    let made = act(&mut admin, &server, new, &[("name", "Old LMS")]).await;
    assert_eq!(made.status, 200);
    let shown = |page: &crate::harness::client::Answer, id: &str| {
        page.attribute(&format!("id=\"{id}\" type=\"text\" value"))
            .unwrap()
    };
    let mut consumer = Consumer {
        key: shown(&made, "key"),
        secret: shown(&made, "secret"),
    };
    assert_eq!(made.header("cache-control"), "no-store");
    let roster = "context_memberships_v2_url=$ToolProxyBinding.memberships.url";
    assert!(
        [HISTORY, roster]
            .iter()
            .all(|line| made.text().contains(line))
    );
    let launch = async |consumer: &Consumer| {
        let parameters = consumer.launch("tess", "Instructor");
        let mut browser = Browser::new();
        consumer
            .launches(&mut browser, &server, "/lti/launch", &parameters)
            .await
    };
    launch(&consumer).await.assert_opened();
    let page = admin.open(&server.url("/admin/connections/1")).await;
    assert!(page.text().contains(&consumer.key) && !page.text().contains(&consumer.secret));

    // It can be tried out, and the page says how little that proves.
    assert!(page.text().contains("action=\"/admin/connections/1/test\""));
    assert!(page.text().contains("The last launch is the proof"));
    let tried = act(&mut admin, &server, "/admin/connections/1/test", &[]).await;
    assert_eq!(tried.status, 200);
    assert!(tried.text().contains("the last launch shows"));
    assert!(!tried.text().contains(&consumer.secret));

    let rotated = act(&mut admin, &server, "/admin/connections/1/secret", &[]).await;
    let secret = shown(&rotated, "secret");
    assert_ne!(secret, consumer.secret);
    assert_eq!(launch(&consumer).await.status, 400);
    consumer.secret = secret;
    launch(&consumer).await.assert_opened();

    // With an overlap both are good, and it shows which one the LMS uses.
    let page = admin.open(&server.url("/admin/connections/1/secret")).await;
    assert!(
        page.text()
            .contains("How long the present secret stays good")
    );
    let week = [("overlap", "week")];
    let rotated = act(&mut admin, &server, "/admin/connections/1/secret", &week).await;
    assert!(rotated.text().contains("The former secret is still good"));
    let changed = Consumer {
        secret: shown(&rotated, "secret"),
        ..consumer.clone()
    };
    let one = server.url("/admin/connections/1");
    for (with, told) in [
        (&consumer, "still signs with it"),
        (&changed, "signs with the new one"),
        (&consumer, "still signs with it"),
    ] {
        launch(with).await.assert_opened();
        let page = admin.open(&one).await;
        assert!(page.text().contains(told), "{told}");
    }
    let end = "/admin/connections/1/former-secret";
    let ended = act(&mut admin, &server, end, &[]).await;
    assert_eq!(ended.location(), "/admin/connections/1");
    assert_eq!(launch(&consumer).await.status, 400);
    launch(&changed).await.assert_opened();
    let again = act(&mut admin, &server, end, &[]).await;
    again.assert_problem(404, "not-found");
    let nonsense = [("overlap", "ever")];
    let refused = act(
        &mut admin,
        &server,
        "/admin/connections/1/secret",
        &nonsense,
    )
    .await;
    refused.assert_problem(404, "not-found");
}

#[tokio::test]
async fn deployments_are_approved_and_blocked_and_blocking_ends_sessions() {
    let platform = Platform::start("deployments").await;
    let server = start(&platform);
    let mut admin = admin::first(&server).await;
    let fields = with(&given(&platform), "deployment_id", "");
    let path = enter(&mut admin, &server, "/admin/connections/new/other", &fields).await;
    let path = path.location();
    let mut browser = Browser::new();
    let waits = platform
        .launch(&mut browser, &server, "ada", roles::TEACHER)
        .await;
    waits.assert_problem(403, "deployment-waiting");
    let page = admin.open(&server.url(&path)).await;
    assert!(page.text().contains("Biology"), "where it was seen");
    let judge = async |admin: &mut Browser, approved: &str| {
        let fields = [("deployment", "1"), ("approved", approved)];
        act(admin, &server, &format!("{path}/deployments"), &fields).await
    };
    assert_eq!(judge(&mut admin, "yes").await.location(), path);
    let answer = platform
        .launch(&mut browser, &server, "ada", roles::TEACHER)
        .await;
    let session = answer.assert_opened();
    assert_eq!(judge(&mut admin, "no").await.location(), path);
    let library = browser.get(&server.url(&format!("{session}library"))).await;
    library.assert_problem(403, "session-ended");
    let blocked = platform
        .launch(&mut browser, &server, "ada", roles::TEACHER)
        .await;
    blocked.assert_problem(403, "deployment-blocked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_what_answers_and_what_does_not() {
    let platform = Platform::start("tested").await;
    let server = start(&platform);
    let mut admin = admin::first(&server).await;
    let path = connect(&mut admin, &server, &platform).await;
    let page = act(&mut admin, &server, &format!("{path}/test"), &[]).await;
    let text = page.text();
    assert_eq!(page.status, 200);
    for part in ["1 of 1 keys for RS256", "Everything answers as it should"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let (done, output, _) = tokio::task::block_in_place(|| server.run(&["check"]));
    assert!(done, "{output}");
    assert!(output.contains("✓ connection Made by hand: "), "{output}");

    *platform.serving.lock().unwrap() = Serving::Failing(503);
    let page = act(&mut admin, &server, &format!("{path}/test"), &[]).await;
    assert!(page.text().contains("the platform answered 503"));
    let amiss = "✗ connection Made by hand: key set: the platform answered 503";
    let (done, output, _) = tokio::task::block_in_place(|| server.run(&["check"]));
    assert!(!done && output.contains(amiss), "{output}");

    // Without a server the store itself says which connections there are.
    let (_, stopped) = server.terminate();
    let (done, output, _) = tokio::task::block_in_place(|| stopped.run(&["check"]));
    assert!(!done && output.contains(amiss), "{output}");
    assert!(output.contains("✓ store: opens"), "{output}");
}

#[tokio::test]
async fn an_origin_that_was_learned_is_forgotten() {
    let platform = Platform::start("learned").await;
    let server = start(&platform);
    let mut admin = admin::first(&server).await;
    let path = connect(&mut admin, &server, &platform).await;
    let mut browser = Browser::new();
    let answer = platform
        .launch(&mut browser, &server, "ada", roles::TEACHER)
        .await;
    answer.assert_opened();
    let origin = platform.issuer();
    let forget = format!("{path}/origins");
    let fields = [("origin", origin.as_str())];
    let page = admin.open(&server.url(&path)).await;
    assert!(page.text().contains(&format!("Forget {origin}")));
    let answer = act(&mut admin, &server, &forget, &fields).await;
    assert_eq!(answer.location(), path);
    let again = act(&mut admin, &server, &forget, &fields).await;
    again.assert_problem(404, "not-found");
}

#[tokio::test]
async fn what_a_deleted_connection_left_is_removed_by_its_name_alone() {
    let platform = Platform::start("left").await;
    let server = start(&platform);
    let mut admin = admin::first(&server).await;
    let path = connect(&mut admin, &server, &platform).await;
    let media = format!("{path}/media");
    let there = admin.open(&server.url(&media)).await;
    there.assert_problem(404, "not-found");
    act(&mut admin, &server, &format!("{path}/delete"), &[]).await;
    let page = admin.open(&server.url(&path)).await;
    assert!(page.text().contains(&format!("href=\"{media}\"")));
    let page = admin.open(&server.url(&media)).await;
    assert!(page.text().contains("Remove it for good"));
    for name in ["", "Made by", "made by hand"] {
        let refused = act(&mut admin, &server, &media, &[("name", name)]).await;
        assert_eq!(refused.status, 400);
        assert!(refused.text().contains("not the name of the connection"));
    }
    let wanted = [("name", "Made by hand")];
    let removed = act(&mut admin, &server, &media, &wanted).await;
    assert_eq!(removed.location(), media);
    let page = admin.open(&server.url(&media)).await;
    let text = page.text();
    assert!(text.contains("It is being removed") || text.contains("It was removed"));
    let log = admin.open(&server.url("/admin/audit?group=removal")).await;
    assert!(
        log.text()
            .contains("Had the media of a deleted connection removed")
    );
    let foreign = admin.post(&server.url(&media), &[], &wanted).await;
    foreign.assert_problem(403, "foreign-form");
}
