//! The secrets of LTI 1.1 consumers: from the configuration for those that the file declares, whose
//! only place that is, else from the store. Whoever verifies or signs asks here.

use std::collections::HashMap;
use std::sync::Arc;

use crate::lti::oauth1;
use crate::store::rows::people::{Connection, FormerSecret, Source};
use crate::world::Time;

/// What the configuration says of one consumer.
#[derive(Debug, Clone)]
pub struct Declared {
    /// The secret.
    pub present: String,
    /// The one before, and until when it is good.
    pub former: Option<FormerSecret>,
}

/// The secrets of all consumers. Cheap to clone.
#[derive(Clone, Default)]
pub struct Secrets(Arc<HashMap<String, Declared>>);

impl std::fmt::Debug for Secrets {
    /// Without them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    /// With what the configuration declares, by the names of the entries.
    pub fn new(declared: impl IntoIterator<Item = (String, Declared)>) -> Self {
        Self(Arc::new(declared.into_iter().collect()))
    }

    /// The secrets with which a consumer's launches are verified now.
    pub fn verifying<'a>(
        &'a self,
        connection: &'a Connection,
        now: Time,
    ) -> Option<oauth1::Secrets<'a>> {
        let (present, _) = self.kept(connection)?;
        let former = self.former(connection, now);
        Some(oauth1::Secrets {
            present,
            former: former.map(|former| former.secret.as_str()),
        })
    }

    /// The secret with which what goes to a consumer is signed: the one that it last used itself.
    pub fn signing<'a>(&'a self, connection: &'a Connection, now: Time) -> Option<&'a str> {
        let secrets = self.verifying(connection, now)?;
        let former = secrets.former.filter(|_| connection.signs_as_before);
        Some(former.unwrap_or(secrets.present))
    }

    /// A consumer's former secret, while it is good.
    pub fn former<'a>(&'a self, connection: &'a Connection, now: Time) -> Option<&'a FormerSecret> {
        let (_, former) = self.kept(connection)?;
        former.filter(|former| former.until > now)
    }

    /// The secret of a consumer, and the one before, in force or not.
    fn kept<'a>(
        &'a self,
        connection: &'a Connection,
    ) -> Option<(&'a str, Option<&'a FormerSecret>)> {
        if connection.source == Source::File {
            let declared = self.0.get(&connection.name)?;
            return Some((&declared.present, declared.former.as_ref()));
        }
        let present = connection.consumer.as_ref()?.secret.as_deref()?;
        Some((present, connection.former.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rows::people::Consumer;

    const NOW: Time = Time(1_000);

    fn former(until: u64) -> FormerSecret {
        FormerSecret {
            secret: "old".into(),
            until: Time(until),
        }
    }

    fn made_here(until: u64, as_before: bool) -> Connection {
        Connection {
            consumer: Some(Consumer {
                key: "key".into(),
                secret: Some("new".into()),
                window: 300,
                body_only: false,
                guid: None,
            }),
            former: Some(former(until)),
            signs_as_before: as_before,
            ..Connection::new("School", Source::Registered, NOW)
        }
    }

    fn of_the_file(until: u64, as_before: bool) -> (Secrets, Connection) {
        let declared = Declared {
            present: "new".into(),
            former: Some(former(until)),
        };
        let connection = Connection {
            source: Source::File,
            // What the store has is not asked for.
            former: None,
            ..made_here(until, as_before)
        };
        (Secrets::new([("School".to_owned(), declared)]), connection)
    }

    #[test]
    fn what_goes_out_is_signed_as_the_platform_signs() {
        for (until, as_before, secret) in [
            (2_000, true, "old"),
            (2_000, false, "new"),
            (1_000, true, "new"),
        ] {
            let stored = (Secrets::default(), made_here(until, as_before));
            for (secrets, connection) in [stored, of_the_file(until, as_before)] {
                let signing = secrets.signing(&connection, NOW);
                let case = (connection.source, until, as_before);
                assert_eq!(signing, Some(secret), "{case:?}");
            }
        }
    }

    #[test]
    fn both_are_good_until_the_former_one_ends() {
        let (secrets, connection) = of_the_file(2_000, false);
        let good = secrets.verifying(&connection, NOW).unwrap();
        assert_eq!((good.present, good.former), ("new", Some("old")));
        let good = secrets.verifying(&connection, Time(2_000)).unwrap();
        assert_eq!((good.present, good.former), ("new", None));
    }

    #[test]
    fn an_entry_that_left_the_file_has_no_secret() {
        let (_, connection) = of_the_file(2_000, true);
        let none = Secrets::default();
        assert!(none.verifying(&connection, NOW).is_none());
        assert!(none.signing(&connection, NOW).is_none());
        assert!(none.former(&connection, NOW).is_none());
    }
}
