//! The secrets of LTI 1.1 consumers, from their only places: the configuration or the store.

use std::collections::HashMap;
use std::sync::Arc;

use crate::store::rows::people::{Connection, Source};

/// The secrets of the consumers that the configuration declares. Cheap to clone.
#[derive(Clone, Default)]
pub struct Secrets(Arc<HashMap<String, String>>);

impl std::fmt::Debug for Secrets {
    /// Without them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    /// Secrets by the names of the entries.
    pub fn new(entries: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(Arc::new(entries.into_iter().collect()))
    }

    /// The secret of a consumer.
    pub(super) fn of<'a>(&'a self, connection: &'a Connection) -> Option<&'a str> {
        if connection.source == Source::File {
            return self.0.get(&connection.name).map(String::as_str);
        }
        connection.consumer.as_ref()?.secret.as_deref()
    }
}
