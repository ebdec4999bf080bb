//! Items in an order.

use minicbor::{Decode, Encode};

use crate::store::ids::{ItemId, UserId};
use crate::store::tree::rows;
use crate::world::Time;

/// An item's place in a collection.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Collected {
    /// The item.
    #[n(0)]
    pub item: ItemId,
    /// Who put it there.
    #[n(1)]
    pub by: UserId,
    /// When.
    #[n(2)]
    pub added: Time,
}

rows!(Collected = 1);
