//! The secrets of LTI 1.1 consumers: from the configuration for those that the file declares, else
//! from the store.

use super::App;
use crate::lti::oauth1::Secrets;
use crate::store::rows::people::{Connection, Source};
use crate::world::Time;

impl App {
    /// The secrets with which a consumer's launches are verified now.
    pub fn consumer_secrets<'a>(&'a self, connection: &'a Connection) -> Option<Secrets<'a>> {
        let consumer = connection.consumer.as_ref()?;
        let (present, former) = if connection.source == Source::File {
            let mut entries = self.config.consumers.iter();
            let entry = entries.find(|entry| entry.name == connection.name)?;
            (entry.secret.expose(), entry.former())
        } else {
            let former = connection.former.as_ref();
            let former = former.map(|former| (former.secret.as_str(), former.until));
            (consumer.secret.as_deref()?, former)
        };
        let now = self.world.now();
        let former = former.filter(|(_, until)| *until > now);
        Some(Secrets {
            present,
            former: former.map(|(secret, _)| secret),
        })
    }

    /// The secret with which what goes to a consumer is signed: the one that it last used itself.
    pub fn consumer_secret<'a>(&'a self, connection: &'a Connection) -> Option<&'a str> {
        let secrets = self.consumer_secrets(connection)?;
        let former = secrets.former.filter(|_| connection.signs_as_before);
        Some(former.unwrap_or(secrets.present))
    }

    /// Until when a consumer's former secret is good, when it still is.
    pub fn former_secret_until(&self, connection: &Connection) -> Option<Time> {
        self.consumer_secrets(connection)?.former?;
        if connection.source == Source::File {
            let mut entries = self.config.consumers.iter();
            let entry = entries.find(|entry| entry.name == connection.name)?;
            return entry.former_secret_until;
        }
        connection.former.as_ref().map(|former| former.until)
    }
}
