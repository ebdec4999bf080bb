//! `[[consumer]]`

use std::time::Duration;

use crate::config::address::Origin;
use crate::config::launching::{KeptParameter, RoleOverride};
use crate::config::secret::Secret;
use crate::config::section::section;
use crate::world::Time;

/// How far a consumer's clock may differ, unless its entry says otherwise.
const WINDOW: Duration = Duration::from_mins(5);

section! {
    /// An LMS that launches Lanterna by LTI 1.1; may stand more than once.
    repeated Consumer "consumer" {
        /// What people see, and what recognises the connection when its other values change.
        name: String = "Old LMS";
        /// The consumer key.
        key: String = "school";
        /// The shared secret.
        secret: Secret = "change me";
        /// The secret before this one, which is good as well until the moment below: the LMS can be
        /// changed in the meantime.
        former_secret: Option<Secret> = "change me";
        /// Until when the former secret is good.
        former_secret_until: Option<Time> = "2027-01-31T00:00:00Z";
        /// The LMS's own id (`tool_consumer_instance_guid`), which every launch must carry then; left
        /// out, it is that of the first launch.
        guid: Option<String> = "lms.school.example";
        /// How far the LMS's clock may differ from this machine's, at most 1 hour; left out, 5
        /// minutes.
        timestamp_window: Option<Duration> = "5 min";
        /// Whether the LMS leaves the query out of what it signs. Then the query of its launches is
        /// thrown away. Left out, the whole address must be signed.
        body_only_signatures: Option<bool> = false;
        /// Further addresses from which the LMS launches and in whose pages it shows Lanterna.
        origins: Vec<Origin> = ["https://courses.school.example"];
        /// Whether launches may leave out who is launching. Whoever comes so is a new person each
        /// time.
        anonymous: Option<bool> = false;
        /// Whether teachers see what each single person watched. Switched off, they see sums, and those
        /// only of five people or more; left out, they see each.
        person_statistics: Option<bool> = true;
        /// Roles that count as "member", "contributor" or "manager" in the launch's course, whatever
        /// they usually are. A role is written as the LMS sends it.
        role_overrides: Vec<RoleOverride> = ["Aide = contributor"];
        /// Whether only people come in who are known already: who was here before, or is on a
        /// roster. Never by an email address.
        known_people_only: Option<bool> = false;
        /// Whether the names that the LMS sends are taken. Without, everybody has a friendly name
        /// that is made up, and keeps it. Email addresses: see `[people]`.
        personal_data: Option<bool> = true;
        /// Custom parameters whose values stay with a person's session, by their whole names.
        kept_parameters: Vec<KeptParameter> = ["custom_tpa_class"];
    }
}

impl Consumer {
    /// How far the consumer's clock may differ from ours, either way.
    pub fn window(&self) -> Duration {
        self.timestamp_window.unwrap_or(WINDOW)
    }

    /// The former secret and until when it is good.
    pub fn former(&self) -> Option<(&str, Time)> {
        let secret = self.former_secret.as_ref()?;
        Some((secret.expose(), self.former_secret_until?))
    }

    /// Whether a signature that leaves the query out is taken.
    pub fn body_only(&self) -> bool {
        self.body_only_signatures.unwrap_or(false)
    }
}
