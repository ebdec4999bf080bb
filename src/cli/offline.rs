//! The store without a running server.

use super::Failure;
use crate::config::Config;
use crate::store::{Options, Store};
use crate::world::World;

/// Opens the store; refused while a server has it open.
pub(super) fn open(config: &Config, world: &World) -> Result<Store, Failure> {
    let (store, _) = Store::open(Options::from(&config.storage), world.clone())?;
    Ok(store)
}
