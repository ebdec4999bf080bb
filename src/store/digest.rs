//! The digest of everything stored: the sum of the hashes of all rows, so that a single change
//! updates it and a full read checks it. It finds damage; it does not defend against forgery.

use minicbor::{Decode, Encode};
use ring::digest::{Context, SHA256};

/// The sum, modulo 2¹²⁸, of one hash per row. An empty store's is zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub(super) struct Digest(#[cbor(n(0), with = "minicbor::bytes")] [u8; 16]);

impl Digest {
    /// Counts a row in.
    pub(super) fn add(&mut self, tree: &str, key: &[u8], value: &[u8]) {
        self.set(self.sum().wrapping_add(hash(tree, key, value)));
    }

    /// Counts a row out.
    pub(super) fn remove(&mut self, tree: &str, key: &[u8], value: &[u8]) {
        self.set(self.sum().wrapping_sub(hash(tree, key, value)));
    }

    pub(super) const fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    pub(super) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    const fn sum(self) -> u128 {
        u128::from_be_bytes(self.0)
    }

    fn set(&mut self, sum: u128) {
        self.0 = sum.to_be_bytes();
    }
}

fn hash(tree: &str, key: &[u8], value: &[u8]) -> u128 {
    let mut context = Context::new(&SHA256);
    for part in [tree.as_bytes(), key] {
        context.update(&part.len().to_be_bytes());
        context.update(part);
    }
    context.update(value);
    let mut half = [0; 16];
    half.copy_from_slice(&context.finish().as_ref()[..16]);
    u128::from_be_bytes(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_does_not_matter_and_removal_undoes() {
        let (mut a, mut b) = (Digest::default(), Digest::default());
        a.add("t", b"1", b"x");
        a.add("t", b"2", b"y");
        b.add("t", b"2", b"y");
        b.add("t", b"1", b"x");
        assert_eq!(a, b);
        a.remove("t", b"1", b"x");
        a.remove("t", b"2", b"y");
        assert_eq!(a, Digest::default());
    }

    #[test]
    fn parts_are_kept_apart() {
        let (mut a, mut b) = (Digest::default(), Digest::default());
        a.add("t", b"ab", b"c");
        b.add("t", b"a", b"bc");
        assert_ne!(a, b);
    }
}
