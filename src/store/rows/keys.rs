//! Keys.

use minicbor::{Decode, Encode};

use crate::store::tree::rows;
use crate::world::Time;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Use {
    /// RSA: signs what Lanterna says as a tool.
    #[n(0)]
    Tool,
    /// RSA: signs what Lanterna says as a platform.
    #[n(1)]
    Platform,
    /// 256 bits: seals values that travel through browsers.
    #[n(2)]
    Seal,
}

/// A key.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Key {
    /// What it is for.
    #[n(0)]
    pub r#use: Use,
    /// PKCS#8 DER of an RSA key, or the bytes of a sealing key.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub secret: Vec<u8>,
    /// When it was made.
    #[n(2)]
    pub made: Time,
    /// From when it signs; `None`: since it was made.
    #[n(3)]
    pub signs_from: Option<Time>,
    /// Until when it is published, once another signs.
    #[n(4)]
    pub ends: Option<Time>,
}

rows!(Key = 1);
