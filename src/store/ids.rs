//! Identifiers of rows.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};

use super::key::{Key, PrefixOf};

/// The text is not an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct NotAnId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        #[cbor(transparent)]
        pub struct $name(#[n(0)] pub $inner);

        impl Key for $name {
            fn write(&self, out: &mut Vec<u8>) {
                self.0.write(out);
            }
            fn read(input: &mut &[u8]) -> Option<Self> {
                <$inner>::read(input).map(Self)
            }
        }
    };
}

id! {
    /// A connection: its internal number, which survives a changed issuer, client id or key.
    ConnectionId(u32)
}
id! {
    /// A user: random.
    UserId(u64)
}
id! {
    /// A course: random.
    CourseId(u64)
}
id! {
    /// An item: random. Shown in addresses; knowing it grants nothing.
    ItemId(u64)
}

id! {
    /// An external tool: random. Its text is the tool's client id as well.
    ToolId(u64)
}

id! {
    /// A gradebook: what kind of tool reports into it, which one, and for which course.
    BookId([u8; 17])
}

id! {
    /// A placement: 128 random bits, carried by a platform's link. Opens its item in its course.
    PlacementId([u8; 16])
}

impl fmt::Display for PlacementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl FromStr for PlacementId {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        if !is_hexadecimal(text, 32) {
            return Err(NotAnId);
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| NotAnId)?;
        Ok(Self(number.to_be_bytes()))
    }
}

/// One spelling only, so that an address names a thing in one way.
fn is_hexadecimal(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ConnectionId {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        // `u32::from_str` also takes a leading "+", which no address of ours has.
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotAnId);
        }
        text.parse().map(Self).map_err(|_| NotAnId)
    }
}

macro_rules! hexadecimal {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:016x}", self.0)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                if !is_hexadecimal(text, 16) {
                    return Err(NotAnId);
                }
                u64::from_str_radix(text, 16).map(Self).map_err(|_| NotAnId)
            }
        }
    )*};
}
hexadecimal!(UserId, CourseId, ItemId, ToolId);

/// A resource link: ids of links are unique only within a deployment. As a key it has the bytes of
/// (connection, deployment, resource link id).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkKey {
    /// The connection.
    pub connection: ConnectionId,
    /// The deployment; empty for LTI 1.1.
    pub deployment: String,
    /// The platform's id of the link.
    pub link: String,
}

impl Key for LinkKey {
    fn write(&self, out: &mut Vec<u8>) {
        self.connection.write(out);
        self.deployment.write(out);
        self.link.write(out);
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        Some(Self {
            connection: Key::read(input)?,
            deployment: Key::read(input)?,
            link: Key::read(input)?,
        })
    }
}

/// One person's grade of one resource link.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GradeKey {
    /// The link.
    pub link: LinkKey,
    /// The person.
    pub user: UserId,
}

impl Key for GradeKey {
    fn write(&self, out: &mut Vec<u8>) {
        self.link.write(out);
        self.user.write(out);
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        Some(Self {
            link: Key::read(input)?,
            user: Key::read(input)?,
        })
    }
}

impl PrefixOf<GradeKey> for LinkKey {}
impl PrefixOf<GradeKey> for (ConnectionId,) {}

/// A SHA-256: how secrets that open something are stored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Hash(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

impl Hash {
    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
        let mut hash = [0; 32];
        hash.copy_from_slice(digest.as_ref());
        Self(hash)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

impl Key for Hash {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        <[u8; 32]>::read(input).map(Self)
    }
}

/// Where a person stands in a list: the rank of the role, then the beginning of the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct SortKey(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

impl Key for SortKey {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        <[u8; 32]>::read(input).map(Self)
    }
}

/// A reference that people are shown and that the log and the store know: a ULID, and so ordered
/// by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Reference(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

impl Reference {
    /// A new reference.
    pub fn new(world: &crate::world::World) -> Self {
        let random = u128::from_be_bytes(world.random());
        Self(ulid::Ulid::from_parts(world.now().0, random).to_bytes())
    }

    /// The least reference of this moment: whatever came earlier is less, the rest is not.
    pub fn first_of(time: crate::world::Time) -> Self {
        Self(ulid::Ulid::from_parts(time.0, 0).to_bytes())
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ulid::Ulid::from_bytes(self.0).fmt(f)
    }
}

impl FromStr for Reference {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        ulid::Ulid::from_string(text)
            .map(|ulid| Self(ulid.to_bytes()))
            .map_err(|_| NotAnId)
    }
}

impl Key for Reference {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        <[u8; 16]>::read(input).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    #[test]
    fn identifiers_have_one_spelling() {
        let item = ItemId(0xab);
        assert_eq!(item.to_string(), "00000000000000ab");
        assert_eq!("00000000000000ab".parse(), Ok(item));
        for other in [
            "ab",
            "00000000000000AB",
            "+0000000000000ab",
            "",
            "0000000000000ab ",
        ] {
            assert_eq!(other.parse::<ItemId>(), Err(NotAnId), "{other}");
        }
        assert_eq!("+1".parse::<ConnectionId>(), Err(NotAnId));
    }

    #[test]
    fn a_grade_stands_with_its_link_and_its_connection() {
        let link = LinkKey {
            connection: ConnectionId(7),
            deployment: "1".into(),
            link: "link-1".into(),
        };
        let key = GradeKey {
            link: link.clone(),
            user: UserId(9),
        };
        let tuple = (ConnectionId(7), "1".to_owned(), "link-1".to_owned());
        assert_eq!(link.bytes(), tuple.bytes());
        assert_eq!(GradeKey::parse(&key.bytes()), Some(key.clone()));
        assert!(key.bytes().starts_with(&link.bytes()));
        assert!(key.bytes().starts_with(&(ConnectionId(7),).bytes()));
    }

    #[test]
    fn references_round_trip() {
        let reference = Reference::new(&World::system());
        assert_eq!(reference.to_string().parse(), Ok(reference));
        assert!("not a reference".parse::<Reference>().is_err());
    }
}
