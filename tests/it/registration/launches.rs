//! From the pasted address to an opened launch: a deployment that nobody named is learned at its
//! first verified launch.

use serde_json::json;

use super::{assert_done, invite, login, register};
use crate::harness::admin;
use crate::harness::client::{Answer, Browser};
use crate::harness::platform::{Login, Platform, post_from, roles};
use crate::harness::registrar::{Registrar, TOOL};
use crate::harness::server::{Server, Setup};

/// A platform that registers, with one that signs.
struct Case {
    platform: Platform,
    registrar: Registrar,
    server: Server,
}

impl Case {
    async fn new(lines: &str) -> Self {
        let platform = Platform::start("signs").await;
        let registrar = Registrar::start().await;
        let keys = format!("{}/jwks", platform.issuer());
        registrar.says_of("jwks_uri", json!(keys));
        let trusted = [registrar.at(""), platform.issuer()];
        let setup = Setup::new().with(&format!("[outbound]\ntrusted_hosts = {trusted:?}\n{lines}"));
        Self {
            platform,
            registrar,
            server: setup.start(),
        }
    }

    async fn register(&self) {
        let invitation = invite(&self.server, &[]);
        assert_done(&register(&self.server, &self.registrar, &invitation).await);
    }

    /// A teacher's launch from this deployment.
    async fn launch(&self, deployment: &str) -> Answer {
        let mut browser = Browser::new();
        let (server, issuer) = (&self.server, self.registrar.at(""));
        let begun = login(&mut browser, server, &self.registrar, "client-1").await;
        let login = Login::read(&begun);
        let mut claims = self
            .platform
            .claims(server, &login.nonce, "ada", roles::TEACHER);
        claims["iss"] = json!(issuer);
        claims["aud"] = json!("client-1");
        claims["https://purl.imsglobal.org/spec/lti/claim/deployment_id"] = json!(deployment);
        let token = self.platform.token(&claims);
        post_from((&issuer, "iframe"), &mut browser, server, &login, &token).await
    }
}

#[tokio::test]
async fn a_deployment_that_the_platform_names_opens_at_once() {
    let case = Case::new("").await;
    case.registrar.gives.lock().unwrap()[TOOL] = json!({ "deployment_id": 7 });
    case.register().await;
    case.launch("7").await.assert_opened();
    case.launch("8")
        .await
        .assert_problem(403, "deployment-waiting");
}

#[tokio::test]
async fn one_that_it_does_not_name_waits_for_an_administrator() {
    let case = Case::new("").await;
    case.register().await;
    case.launch("7")
        .await
        .assert_problem(403, "deployment-waiting");
    let mut ada = admin::first(&case.server).await;
    let page = ada.open(&case.server.url("/admin/invitations")).await;
    let token = page.field("form_token").unwrap();
    let fields = [
        ("form_token", token.as_str()),
        ("deployment", "7"),
        ("approved", "yes"),
    ];
    let url = case.server.url("/admin/connections/1/deployments");
    assert_eq!(ada.post(&url, &[], &fields).await.status, 303);
    case.launch("7").await.assert_opened();
}

#[tokio::test]
async fn one_that_it_does_not_name_opens_where_that_is_configured() {
    let case = Case::new("[launches]\naccept_deployments = true").await;
    case.register().await;
    case.launch("7").await.assert_opened();
}
