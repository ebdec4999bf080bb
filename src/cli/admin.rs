//! `lanterna admin`: a new sign-in link.

use super::{Failure, offline, say, wait_for};
use crate::admin::claim;
use crate::config::{Config, Loaded};
use crate::web::control::{self, AskError, Request, Response};
use crate::world::World;

/// Prints a new link: the running server's, or from the store itself.
pub(super) fn run(loaded: &Loaded, world: &World) -> Result<(), Failure> {
    let config = &loaded.config;
    let url = match control::ask(&config.storage.control_socket(), &Request::Admin) {
        Ok(Response::Admin { url }) => url,
        Ok(Response::Failed { why }) => return Err(why.into()),
        Ok(_) => {
            return Err("the running server did not understand".into());
        }
        Err(AskError::NotRunning) => reissue(config, world)?,
        Err(error) => return Err(error.into()),
    };
    say("Sign in as an administrator here; the link works once, within a day:");
    say(&format!("\n  {url}\n"));
    Ok(())
}

fn reissue(config: &Config, world: &World) -> Result<String, Failure> {
    let server = &config.server;
    offline::knows_port(config)?;
    let store = offline::open(config, world)?;
    let secret = wait_for(claim::issue(&store, world))??;
    Ok(server.public_url.join(&format!("/admin/claim/{secret}")))
}
