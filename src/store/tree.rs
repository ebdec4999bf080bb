//! What a tree is: a name, the type of its keys and the type of its values.

use super::key::Key;

/// A value as it is stored.
pub trait Value: Sized {
    /// The bytes to store.
    fn encode(&self) -> Vec<u8>;
    /// The value that `bytes` hold; `None` when they hold none.
    fn decode(bytes: &[u8]) -> Option<Self>;
}

/// A tree of the store. All of them stand in [`super::trees`].
pub trait Tree {
    /// The type of its keys.
    type Key: Key;
    /// The type of its values; `()` marks an index.
    type Value: Value;
    /// Its name in the store and in the journal: never changed, never used again.
    const NAME: &'static str;
    /// Whether its entries only point at rows elsewhere.
    const INDEX: bool;
}

/// A part of a tree's values, for readers of many rows that need no more. It reads the same bytes
/// and is never stored, so that nothing gets lost.
pub trait Glance<T: Tree>: Sized {
    /// What of the value in `bytes` it is; `None` when they hold none.
    fn glance(bytes: &[u8]) -> Option<Self>;
}

impl Value for () {
    fn encode(&self) -> Vec<u8> {
        Vec::new()
    }
    fn decode(bytes: &[u8]) -> Option<Self> {
        bytes.is_empty().then_some(())
    }
}

impl Value for Vec<u8> {
    fn encode(&self) -> Vec<u8> {
        self.clone()
    }
    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(bytes.to_vec())
    }
}

/// A version byte, then the numbered fields.
pub(super) fn encode_fields<T: minicbor::Encode<()>>(version: u8, fields: &T) -> Vec<u8> {
    let mut bytes = vec![version];
    #[allow(
        clippy::expect_used,
        reason = "memory takes everything, and no row refuses to encode"
    )]
    minicbor::encode(fields, &mut bytes).expect("rows encode into memory");
    bytes
}

/// Stores these types as a version byte and numbered fields (CBOR, RFC 8949): fields that were
/// added are skipped by old code, fields that are missing read as `None` or their default.
macro_rules! rows {
    ($($name:ty = $version:literal),* $(,)?) => {$(
        impl $crate::store::tree::Value for $name {
            fn encode(&self) -> Vec<u8> {
                $crate::store::tree::encode_fields($version, self)
            }
            fn decode(bytes: &[u8]) -> Option<Self> {
                let (version, fields) = bytes.split_first()?;
                (*version == $version).then(|| minicbor::decode(fields).ok()).flatten()
            }
        }
    )*};
}
pub(crate) use rows;

/// Reads of the rows of a tree only what this type has, which is stored in the given version.
macro_rules! glance {
    ($name:ty, $tree:ty = $version:literal) => {
        impl $crate::store::tree::Glance<$tree> for $name {
            fn glance(bytes: &[u8]) -> Option<Self> {
                let (version, fields) = bytes.split_first()?;
                (*version == $version)
                    .then(|| minicbor::decode(fields).ok())
                    .flatten()
            }
        }
    };
}
pub(crate) use glance;

/// Declares trees.
macro_rules! trees {
    ($($(#[$doc:meta])* $kind:ident $name:ident $text:literal: $key:ty => $value:ty;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub enum $name {}
            impl $crate::store::tree::Tree for $name {
                type Key = $key;
                type Value = $value;
                const NAME: &'static str = $text;
                const INDEX: bool = $crate::store::tree::trees!(@index $kind);
            }
        )*

        /// The name of every tree, and whether it is an index.
        pub const ALL: &[(&str, bool)] = &[$(($text, $crate::store::tree::trees!(@index $kind))),*];
    };
    (@index rows) => { false };
    (@index index) => { true };
}
pub(crate) use trees;
