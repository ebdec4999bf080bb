//! Reading rows and pages out of sled.

use std::ops::Bound;

use super::commit::Row;
use super::engine::{Bounds, Engine, Failure, Pair};
use super::key::{Key, PrefixOf};
use super::tree::{Glance, Tree, Value};

/// Entries of a tree, in order.
pub type Page<T> = Vec<(<T as Tree>::Key, <T as Tree>::Value)>;

/// The row under a key.
pub(super) fn row<T: Tree>(
    engine: &Engine,
    key: &T::Key,
) -> Result<Option<Row<T::Value>>, Failure> {
    let Some(bytes) = engine.get(T::NAME, &key.bytes())? else {
        return Ok(None);
    };
    let value = decode::<T>(&bytes)?;
    let bytes = bytes.to_vec();
    Ok(Some(Row { value, bytes }))
}

/// At most `limit` entries that begin with `prefix`, after the key `after`.
pub(super) fn page<T: Tree>(
    engine: &Engine,
    prefix: &impl PrefixOf<T::Key>,
    after: Option<&T::Key>,
    limit: usize,
) -> Result<Page<T>, Failure> {
    let Some(bounds) = bounds(prefix.bytes(), after.map(Key::bytes)) else {
        return Ok(Vec::new());
    };
    decode_page::<T>(&engine.range(T::NAME, bounds, limit)?)
}

/// The same, of each value only what `G` reads.
pub(super) fn glances<T: Tree, G: Glance<T>>(
    engine: &Engine,
    prefix: &impl PrefixOf<T::Key>,
    after: Option<&T::Key>,
    limit: usize,
) -> Result<Vec<(T::Key, G)>, Failure> {
    let Some(bounds) = bounds(prefix.bytes(), after.map(Key::bytes)) else {
        return Ok(Vec::new());
    };
    let glance = |bytes: &[u8]| {
        G::glance(bytes).ok_or_else(|| Failure::Row(format!("a row of {}", T::NAME)))
    };
    let entries = engine.range(T::NAME, bounds, limit)?;
    let entries = entries.iter();
    entries
        .map(|(key, bytes)| Ok((key_of::<T>(key)?, glance(bytes)?)))
        .collect()
}

/// The same backwards, before the key `before`.
pub(super) fn page_back<T: Tree>(
    engine: &Engine,
    prefix: &impl PrefixOf<T::Key>,
    before: Option<&T::Key>,
    limit: usize,
) -> Result<Page<T>, Failure> {
    let Some(bounds) = bounds_before(prefix.bytes(), before.map(Key::bytes)) else {
        return Ok(Vec::new());
    };
    decode_page::<T>(&engine.range_back(T::NAME, bounds, limit)?)
}

fn decode_page<T: Tree>(entries: &[Pair]) -> Result<Page<T>, Failure> {
    entries
        .iter()
        .map(|(key, bytes)| Ok((key_of::<T>(key)?, decode::<T>(bytes)?)))
        .collect()
}

fn key_of<T: Tree>(bytes: &[u8]) -> Result<T::Key, Failure> {
    T::Key::parse(bytes).ok_or_else(|| Failure::Row(format!("a key of {}", T::NAME)))
}

fn decode<T: Tree>(bytes: &[u8]) -> Result<T::Value, Failure> {
    T::Value::decode(bytes).ok_or_else(|| Failure::Row(format!("a row of {}", T::NAME)))
}

/// The keys that begin with `prefix` and come after `after`; `None` when there can be none.
fn bounds(prefix: Vec<u8>, after: Option<Vec<u8>>) -> Option<Bounds> {
    let upper = end_of(&prefix);
    let lower = match after {
        Some(after) if after >= prefix => {
            if !after.starts_with(&prefix) {
                return None;
            }
            Bound::Excluded(after)
        }
        _ => Bound::Included(prefix),
    };
    Some((lower, upper))
}

/// The keys that begin with `prefix` and come before `before`; `None` when there can be none.
fn bounds_before(prefix: Vec<u8>, before: Option<Vec<u8>>) -> Option<Bounds> {
    let upper = match before {
        Some(before) if before <= prefix => return None,
        Some(before) if before.starts_with(&prefix) => Bound::Excluded(before),
        _ => end_of(&prefix),
    };
    Some((Bound::Included(prefix), upper))
}

/// Where the keys that begin with `prefix` end.
fn end_of(prefix: &[u8]) -> Bound<Vec<u8>> {
    let mut end = prefix.to_vec();
    while end.pop_if(|byte| *byte == u8::MAX).is_some() {}
    match end.last_mut() {
        Some(last) => {
            *last += 1;
            Bound::Excluded(end)
        }
        None => Bound::Unbounded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_exactly_what_begins_with_the_prefix() {
        let vec = |bytes: &[u8]| bytes.to_vec();
        let all = (Bound::Included(vec![]), Bound::Unbounded);
        assert_eq!(bounds(vec![], None), Some(all));
        let (lower, upper) = bounds(vec(&[1, 255]), None).unwrap();
        assert_eq!(lower, Bound::Included(vec(&[1, 255])));
        assert_eq!(upper, Bound::Excluded(vec(&[2])));
        assert_eq!(bounds(vec(&[255]), None).unwrap().1, Bound::Unbounded);
        let before = bounds(vec(&[5]), Some(vec(&[4, 9]))).unwrap().0;
        assert_eq!(before, Bound::Included(vec(&[5])));
        let within = bounds(vec(&[5]), Some(vec(&[5, 9]))).unwrap().0;
        assert_eq!(within, Bound::Excluded(vec(&[5, 9])));
        assert_eq!(bounds(vec(&[5]), Some(vec(&[6]))), None);

        let before = |before: &[u8]| bounds_before(vec(&[5]), Some(vec(before)));
        assert_eq!(before(&[5]), None);
        assert_eq!(before(&[4, 9]), None);
        assert_eq!(before(&[5, 1]).unwrap().1, Bound::Excluded(vec(&[5, 1])));
        assert_eq!(before(&[6]).unwrap().1, Bound::Excluded(vec(&[6])));
    }
}
