//! The store without a running server.

use super::Failure;
use crate::config::Config;
use crate::store::{Options, Store};
use crate::world::World;

/// Refuses where an address would hold a port that only the running server knows.
pub(super) fn knows_port(config: &Config) -> Result<(), Failure> {
    let server = &config.server;
    if server.listen.port() == 0 && server.public_url.is_loopback() {
        return Err(
            "the port is known only while the server runs: start it, then ask again".into(),
        );
    }
    Ok(())
}

/// Opens the store; refused while a server has it open.
pub(super) fn open(config: &Config, world: &World) -> Result<Store, Failure> {
    let (store, _) = Store::open(Options::from(&config.storage), world.clone())?;
    Ok(store)
}
