//! Keys: big-endian numbers, length-prefixed variable parts, so that the order of the bytes is
//! the order of the values and a prefix of the parts is a prefix of the bytes.

use crate::world::Time;

/// Something that can be (part of) a key.
pub trait Key: Sized {
    /// Appends the key's bytes.
    fn write(&self, out: &mut Vec<u8>);
    /// Takes the key off the front of `input`; `None` when the bytes are not such a key.
    fn read(input: &mut &[u8]) -> Option<Self>;

    /// The key's bytes.
    fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32);
        self.write(&mut out);
        out
    }

    /// The key that is exactly these bytes.
    fn parse(mut bytes: &[u8]) -> Option<Self> {
        let key = Self::read(&mut bytes)?;
        bytes.is_empty().then_some(key)
    }
}

/// `Self` is made of the first parts of a `K`.
pub trait PrefixOf<K>: Key {}

fn take<const N: usize>(input: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = input.split_first_chunk::<N>()?;
    *input = rest;
    Some(*head)
}

macro_rules! number {
    ($($t:ty),*) => {$(
        impl Key for $t {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }
            fn read(input: &mut &[u8]) -> Option<Self> {
                take(input).map(Self::from_be_bytes)
            }
        }
    )*};
}
number!(u8, u16, u32, u64, u128);

impl<const N: usize> Key for [u8; N] {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        take(input)
    }
}

impl Key for Vec<u8> {
    /// Parts longer than 65,535 bytes are cut: whoever makes a key from input limits it first.
    fn write(&self, out: &mut Vec<u8>) {
        let len = u16::try_from(self.len()).unwrap_or(u16::MAX);
        len.write(out);
        out.extend_from_slice(&self[..usize::from(len)]);
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        let len = usize::from(u16::read(input)?);
        let (head, rest) = input.split_at_checked(len)?;
        *input = rest;
        Some(head.to_vec())
    }
}

impl Key for String {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_bytes().to_vec().write(out);
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        Self::from_utf8(Vec::read(input)?).ok()
    }
}

impl Key for Time {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        u64::read(input).map(Self)
    }
}

/// A moment that sorts newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest(pub Time);

impl Key for Newest {
    fn write(&self, out: &mut Vec<u8>) {
        (!self.0.0).write(out);
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        u64::read(input).map(|n| Self(Time(!n)))
    }
}

impl Key for () {
    fn write(&self, _: &mut Vec<u8>) {}
    fn read(_: &mut &[u8]) -> Option<Self> {
        Some(())
    }
}
impl<K> PrefixOf<K> for () {}

macro_rules! tuple {
    ($($name:ident $index:tt),+) => {
        impl<$($name: Key),+> Key for ($($name,)+) {
            fn write(&self, out: &mut Vec<u8>) {
                $(self.$index.write(out);)+
            }
            fn read(input: &mut &[u8]) -> Option<Self> {
                Some(($($name::read(input)?,)+))
            }
        }
    };
}
tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);

impl<A: Key, B: Key> PrefixOf<(A, B)> for (A,) {}
impl<A: Key, B: Key, C: Key> PrefixOf<(A, B, C)> for (A,) {}
impl<A: Key, B: Key, C: Key> PrefixOf<(A, B, C)> for (A, B) {}
impl<A: Key, B: Key, C: Key, D: Key> PrefixOf<(A, B, C, D)> for (A,) {}
impl<A: Key, B: Key, C: Key, D: Key> PrefixOf<(A, B, C, D)> for (A, B) {}
impl<A: Key, B: Key, C: Key, D: Key> PrefixOf<(A, B, C, D)> for (A, B, C) {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_order_as_values(a: (u64, u32), b: (u64, u32)) {
            prop_assert_eq!(a.bytes().cmp(&b.bytes()), a.cmp(&b));
        }

        #[test]
        fn newest_orders_backwards(a: u64, b: u64) {
            let (x, y) = (Newest(Time(a)), Newest(Time(b)));
            prop_assert_eq!(x.bytes().cmp(&y.bytes()), b.cmp(&a));
        }

        #[test]
        fn round_trips(a: String, b: u32, c: Vec<u8>) {
            let key = (a, b, c);
            prop_assert_eq!(<(String, u32, Vec<u8>)>::parse(&key.bytes()), Some(key));
        }

        #[test]
        fn hostile_bytes_are_refused_without_panic(bytes: Vec<u8>) {
            let _ = <(String, u64, Newest)>::parse(&bytes);
        }

        #[test]
        fn no_string_is_a_prefix_of_another(a in "[a-c]{0,3}", b in "[a-c]{0,3}") {
            prop_assume!(a != b);
            prop_assert!(!(b,).bytes().starts_with(&(a,).bytes()));
        }
    }
}
