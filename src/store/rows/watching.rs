//! What people watched.

use minicbor::{Decode, Encode};

use crate::store::tree::rows;
use crate::world::Time;

/// One person's watching of one item in one course.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct View {
    /// Where they stopped, in milliseconds from the beginning.
    #[n(0)]
    pub position_ms: u64,
    /// When they were there.
    #[n(1)]
    pub changed: Time,
    /// Whether that is so near the end that nothing is left to continue.
    #[n(2)]
    pub finished: bool,
}

rows!(View = 1);
