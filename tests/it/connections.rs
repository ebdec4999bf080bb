//! Connections: what is decided about each and what launches make of it, the pages of
//! administration that make and change them, and the quirks of platforms.

mod deployments;
mod made;
mod quirks;
mod refused;
mod settings;

use crate::harness::client::{Answer, Browser};
use crate::harness::platform::Platform;
use crate::harness::server::{Server, Setup};

/// A server that may call this platform, which no entry of the file names.
fn start(platform: &Platform) -> Server {
    let lines = format!("[outbound]\ntrusted_hosts = [\"{}\"]\n", platform.issuer());
    Setup::new().with(&lines).start()
}

/// The token that forms of an administrator carry.
async fn token(admin: &mut Browser, server: &Server) -> String {
    let page = admin.open(&server.url("/admin/")).await;
    page.field("form_token").unwrap()
}

/// Posts a form of administration with its token.
async fn act(admin: &mut Browser, server: &Server, path: &str, fields: &[(&str, &str)]) -> Answer {
    let token = token(admin, server).await;
    let mut all = vec![("form_token", token.as_str())];
    all.extend_from_slice(fields);
    admin.post(&server.url(path), &[], &all).await
}

/// What a platform gives back, for the form of any other LMS.
fn given(platform: &Platform) -> Vec<(&'static str, String)> {
    let issuer = platform.issuer();
    vec![
        ("name", "Made by hand".to_owned()),
        ("issuer", issuer.clone()),
        ("client_id", platform.client_id()),
        ("auth_url", format!("{issuer}/auth")),
        ("token_url", format!("{issuer}/token")),
        ("jwks_url", format!("{issuer}/jwks")),
        ("deployment_id", platform.deployment.clone()),
        ("accept_deployments", "off".to_owned()),
    ]
}

/// The fields with one of them changed.
fn with(fields: &[(&'static str, String)], name: &str, value: &str) -> Vec<(&'static str, String)> {
    let changed = fields.iter().map(|(known, before)| {
        let value = if *known == name {
            value.to_owned()
        } else {
            before.clone()
        };
        (*known, value)
    });
    changed.collect()
}

/// Posts owned fields.
async fn enter(
    admin: &mut Browser,
    server: &Server,
    path: &str,
    fields: &[(&'static str, String)],
) -> Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    act(admin, server, path, &fields).await
}

/// Connects a platform by the form of any other LMS; answers the path of its page.
async fn connect(admin: &mut Browser, server: &Server, platform: &Platform) -> String {
    let path = "/admin/connections/new/other";
    let answer = enter(admin, server, path, &given(platform)).await;
    answer.location()
}
