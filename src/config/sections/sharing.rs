//! `[sharing]`

use crate::config::section::section;

section! {
    /// What teachers may show to people who do not come from the LMS.
    table Sharing "sharing" {
        /// Whether links may be made that open an item for whoever has them. Switched off, those
        /// that were made open nothing.
        unlisted: bool = true;
        /// Whether items may be shown to everybody. Switched off, those that were open for nobody
        /// without a launch.
        public: bool = true;
    }
}
