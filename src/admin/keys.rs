//! The change of signing keys, with its entries in the audit log.

use crate::app::App;
use crate::audit;
use crate::keys::Error;
use crate::store::Commit;

/// What time brings: announced keys sign, former ones end, old ones get a successor.
pub async fn round(app: &App) -> Result<(), Error> {
    let noted = |commit: &mut Commit, what: &'static str, key: &str| {
        tracing::info!(kid = key, what, "a signing key changed");
        audit::record(commit, &app.world, "lanterna", what, Some(key));
    };
    app.keys.round(app.config.keys.rotate_after, noted).await
}
