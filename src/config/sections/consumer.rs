//! `[[consumer]]`

use crate::config::secret::Secret;
use crate::config::section::section;

section! {
    /// An LMS that launches Lanterna by LTI 1.1; may stand more than once.
    repeated Consumer "consumer" {
        /// What people see, and what recognises the connection when its other values change.
        name: String = "Old LMS";
        /// The consumer key.
        key: String = "school";
        /// The shared secret.
        secret: Secret = "change me";
    }
}
