//! `lanterna invite`: an address to paste into an LMS.

use super::arguments::Invite;
use super::{Failure, offline, say, wait_for};
use crate::admin::invitations::{self, Asked};
use crate::config::{Config, Loaded};
use crate::web::control::{self, AskError, Request, Response};
use crate::world::World;

/// Prints an invitation's address: the running server's, or from the store itself.
pub(super) fn run(loaded: &Loaded, world: &World, arguments: &Invite) -> Result<(), Failure> {
    let config = &loaded.config;
    let asked = Asked {
        name: arguments.name.clone(),
        updates: arguments.update.clone(),
        any_issuer: arguments.any_issuer,
    };
    let request = Request::Invite(asked.clone());
    let url = match control::ask(&config.storage.control_socket(), &request) {
        Ok(Response::Invite { url }) => url,
        Ok(Response::Failed { why }) => return Err(why.into()),
        Ok(_) => return Err("the running server did not understand".into()),
        Err(AskError::NotRunning) => alone(config, world, &asked)?,
        Err(error) => return Err(error.into()),
    };
    say("Paste this address into your LMS, where it registers a tool by an address:");
    say(&format!("\n  {url}\n"));
    say("It works once, within seven days.");
    Ok(())
}

fn alone(config: &Config, world: &World, asked: &Asked) -> Result<String, Failure> {
    offline::knows_port(config)?;
    let store = offline::open(config, world)?;
    let secret = wait_for(invitations::invite(&store, world, asked))??;
    let public = &config.server.public_url;
    Ok(public.join(&invitations::path(&secret)))
}
