use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::store::Store;
use crate::world::{ManualClock, World};

const DAY: Duration = Duration::from_hours(24);
const SECOND: Duration = Duration::from_secs(1);
const TOOL: &[u8] = include_bytes!("../../../tests/fixtures/keys/tool.p8");
const OTHER: &[u8] = include_bytes!("../../../tests/fixtures/keys/other.p8");
const SMALL: &[u8] = include_bytes!("../../../tests/fixtures/keys/small.p8");

struct Bench {
    keys: Keys,
    store: Store,
    world: World,
    clock: ManualClock,
}

impl Bench {
    /// With one key that signs as a tool.
    async fn new() -> Self {
        let clock = ManualClock::new(Time::from_seconds(1_800_000_000));
        let world = World::with_clock(Arc::new(clock.clone()));
        let store = Store::temporary();
        let keys = Keys::open(&store, &world).await.unwrap();
        let added = keys.add(Signs::Tool, TOOL.to_vec(), None, |_, _| {}).await;
        added.unwrap();
        Self {
            keys,
            store,
            world,
            clock,
        }
    }

    async fn import(&self) -> Result<String, Error> {
        let pem = pem(OTHER);
        self.keys.import(Signs::Tool, &pem, |_, _| {}).await
    }

    async fn round(&self) {
        self.keys.round(None, |_, _, _| {}).await.unwrap();
        self.store.expire(self.world.now(), 100).await.unwrap();
    }

    /// The ids of the published keys, the one that signs first.
    async fn published(&self) -> Vec<String> {
        kids(&self.keys).await
    }
}

async fn kids(keys: &Keys) -> Vec<String> {
    let ring = keys.tool().await.unwrap();
    ring.iter().map(|key| key.kid().to_owned()).collect()
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let lines = lines.join("\r\n");
    format!("-----BEGIN PRIVATE KEY-----\r\n{lines}\r\n-----END PRIVATE KEY-----\r\n")
}

fn kid(der: &[u8]) -> String {
    let key = crate::lti::key::SigningKey::from_pkcs8(der).unwrap();
    key.kid().to_owned()
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_former_one_after() {
    let bench = Bench::new().await;
    let (old, new) = (kid(TOOL), bench.import().await.unwrap());
    assert_eq!(new, kid(OTHER), "a new key has a name of its own");
    assert_eq!(bench.published().await, [old.clone(), new.clone()]);

    bench.clock.advance(ANNOUNCED.saturating_sub(SECOND));
    bench.round().await;
    assert_eq!(bench.published().await, [old.clone(), new.clone()]);
    bench.clock.advance(SECOND);
    bench.round().await;
    assert_eq!(bench.published().await, [new.clone(), old.clone()]);

    // Another start knows the same.
    let again = Keys::open(&bench.store, &bench.world).await.unwrap();
    assert_eq!(kids(&again).await, [new.clone(), old.clone()]);
    bench.clock.advance(KEPT.saturating_sub(SECOND));
    bench.round().await;
    assert_eq!(bench.published().await.len(), 2);
    bench.clock.advance(SECOND);
    bench.round().await;
    assert_eq!(bench.published().await, [new.as_str()]);
    assert!(bench.store.get::<trees::Keys>(&old).unwrap().is_none());
}

#[tokio::test]
async fn an_administrator_can_be_quicker_or_think_again() {
    let bench = Bench::new().await;
    let (old, new) = (kid(TOOL), bench.import().await.unwrap());
    let (keys, tool) = (&bench.keys, Signs::Tool);
    let nothing = |_: &mut Commit, _: &str| {};
    // What signs cannot be taken away, nor what waits begin as another's.
    let refused = keys.withdraw(tool, &old, nothing).await;
    assert!(matches!(refused, Err(Error::NoSuchKey)));
    let refused = keys.begin(Signs::Platform, &new, nothing).await;
    assert!(matches!(refused, Err(Error::NoSuchKey)));
    let refused = keys.begin(tool, &old, nothing).await;
    assert!(matches!(refused, Err(Error::NoSuchKey)));

    keys.withdraw(tool, &new, nothing).await.unwrap();
    assert_eq!(bench.published().await, [old.as_str()]);
    bench.import().await.unwrap();
    keys.begin(tool, &new, nothing).await.unwrap();
    assert_eq!(bench.published().await, [new.clone(), old.clone()]);
    keys.withdraw(tool, &old, nothing).await.unwrap();
    assert_eq!(bench.published().await, [new]);
    bench.clock.advance(KEPT);
    bench.round().await;
    assert_eq!(bench.published().await.len(), 1);
}

#[tokio::test]
async fn one_key_waits_at_a_time_and_none_comes_twice() {
    let bench = Bench::new().await;
    let again = bench.keys.import(Signs::Tool, &pem(TOOL), |_, _| {}).await;
    assert!(matches!(again, Err(Error::Known)));
    bench.import().await.unwrap();
    assert!(matches!(bench.import().await, Err(Error::Waiting)));
    let rotated = bench.keys.rotate(Signs::Tool, |_, _| {}).await;
    assert!(matches!(rotated, Err(Error::Waiting)));
}

#[tokio::test]
async fn only_private_rsa_keys_of_enough_bits_are_imported() {
    let bench = Bench::new().await;
    let public = include_str!("../../../tests/fixtures/keys/platform.pub.pem");
    let cut = pem(&OTHER[..OTHER.len() / 2]);
    for text in ["", "no key", public, &cut, &pem(SMALL)] {
        let imported = bench.keys.import(Signs::Tool, text, |_, _| {}).await;
        assert!(matches!(imported, Err(Error::NotAKey)), "{text}");
    }
    assert_eq!(bench.published().await.len(), 1);
}

#[tokio::test]
async fn age_announces_the_next_key_once() {
    let bench = Bench::new().await;
    let after = Some(DAY * 365);
    let told = std::sync::Mutex::new(Vec::new());
    let round = async || {
        let noted = |_: &mut Commit, what: &'static str, _: &str| told.lock().unwrap().push(what);
        bench.keys.round(after, noted).await.unwrap();
    };
    bench.clock.advance(DAY * 357);
    round().await;
    assert_eq!(bench.published().await.len(), 1, "not yet");
    bench.clock.advance(DAY);
    round().await;
    round().await;
    let published = bench.published().await;
    assert_eq!(published.len(), 2);
    assert_eq!(published[0], kid(TOOL));
    bench.clock.advance(ANNOUNCED);
    round().await;
    assert_eq!(bench.published().await[0], published[1]);
    assert_eq!(*told.lock().unwrap(), ["key-announced", "key-begun"]);
    // Without the key in the configuration, age alone changes nothing.
    bench.clock.advance(DAY * 3650);
    bench.round().await;
    assert_eq!(bench.published().await, [published[1].clone()]);
}
