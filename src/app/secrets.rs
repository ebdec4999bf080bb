//! The secrets of LTI 1.1 consumers, as they are now.

use super::App;
use crate::config::Config;
use crate::lti::oauth1;
use crate::people::secrets::{Declared, Secrets};
use crate::store::rows::people::{Connection, FormerSecret};
use crate::world::Time;

/// Those that the configuration has.
pub(super) fn declared(config: &Config) -> Secrets {
    let entries = config.consumers.iter().map(|entry| {
        let former = entry.former().map(|(secret, until)| FormerSecret {
            secret: secret.to_owned(),
            until,
        });
        let declared = Declared {
            present: entry.secret.expose().to_owned(),
            former,
        };
        (entry.name.clone(), declared)
    });
    Secrets::new(entries)
}

impl App {
    /// The secrets with which a consumer's launches are verified now.
    pub fn consumer_secrets<'a>(
        &'a self,
        connection: &'a Connection,
    ) -> Option<oauth1::Secrets<'a>> {
        self.secrets.verifying(connection, self.world.now())
    }

    /// The secret with which what goes to a consumer is signed now.
    pub fn consumer_secret<'a>(&'a self, connection: &'a Connection) -> Option<&'a str> {
        self.secrets.signing(connection, self.world.now())
    }

    /// Until when a consumer's former secret is good, when it still is.
    pub fn former_secret_until(&self, connection: &Connection) -> Option<Time> {
        let former = self.secrets.former(connection, self.world.now());
        former.map(|former| former.until)
    }
}
