//! A running Lanterna for tests: in a folder of its own, under a clock that they move.

use std::ffi::OsString;
use std::sync::Arc;

use tempfile::TempDir;

use super::App;
use crate::config::Config;
use crate::library::Examination;
use crate::lti;
use crate::outbound::Outbound;
use crate::store::rows::keys::{Key, Use};
use crate::store::trees::Keys;
use crate::store::{Commit, Store};
use crate::world::{ManualClock, Time, World};

/// Gives a store the keys that sign what Lanterna says as a tool and as a platform: making one takes
/// long.
async fn sign(store: &Store, world: &World) {
    let key = |r#use, secret: &[u8]| Key {
        r#use,
        secret: secret.to_vec(),
        made: world.now(),
        signs_from: None,
        ends: None,
    };
    let tool = include_bytes!("../../tests/fixtures/keys/tool.p8");
    let platform = include_bytes!("../../tests/fixtures/keys/platform.p8");
    let mut commit = Commit::new();
    commit
        .put::<Keys>(&"tool".to_owned(), &key(Use::Tool, tool))
        .put::<Keys>(&"platform".to_owned(), &key(Use::Platform, platform));
    store.commit(commit).await.unwrap();
}

/// A running Lanterna, as without a configuration file.
pub(crate) struct Running {
    pub(crate) app: App,
    pub(crate) clock: ManualClock,
    _dir: TempDir,
}

impl Running {
    /// With these environment variables, such as `("LANTERNA_STORAGE__MAX_UPLOAD", "1 MB")`.
    pub(crate) async fn with(variables: &[(&str, &str)]) -> Self {
        lti::crypto::install();
        let dir = tempfile::tempdir().unwrap();
        let own = [
            ("LANTERNA_STORAGE__DATA_DIR", dir.path().to_str().unwrap()),
            ("LANTERNA_STORAGE__RESERVE", "1 MB"),
        ];
        let environment = own.iter().chain(variables);
        let environment = environment.map(|(name, value)| (OsString::from(name), value.into()));
        let loaded = Config::load(None, environment).unwrap();
        let clock = ManualClock::new(Time::from_seconds(1_800_000_000));
        let world = World::with_clock(Arc::new(clock.clone()));
        let outbound = Outbound::new(&loaded.config).unwrap();
        let source = loaded.source.to_string();
        let (store, here) = (Store::temporary(), Examination::Here);
        sign(&store, &world).await;
        let app = App::new(loaded.config, source, world, store, outbound, here).await;
        Self {
            app: app.unwrap(),
            clock,
            _dir: dir,
        }
    }
}
