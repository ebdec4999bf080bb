//! The sections of the file, a struct each. Their documentation and defaults are also those of
//! the example file, so they speak to whoever runs Lanterna.

mod admin;
mod consumer;
mod keys;
mod launches;
mod log;
mod metrics;
mod outbound;
mod people;
mod platform;
mod practice;
mod server;
mod sessions;
mod sharing;
mod storage;
mod tls;
mod tool;

pub use admin::Admin;
pub use consumer::Consumer;
pub use keys::Keys;
pub use launches::Launches;
pub use log::{Format, Level, Log};
pub use metrics::Metrics;
pub use outbound::Outbound;
pub use people::People;
pub use platform::Platform;
pub use practice::{Practice, Switch};
pub use server::Server;
pub use sessions::Sessions;
pub use sharing::Sharing;
pub use storage::Storage;
pub use tls::{Tls, TlsMode};
pub use tool::{CustomParameter, Share, Tool};

use super::section::{Description, Section};

/// Every section, in the order of the example file.
pub(super) const ALL: [Description; 16] = [
    Server::DESCRIPTION,
    Tls::DESCRIPTION,
    Storage::DESCRIPTION,
    Sharing::DESCRIPTION,
    Sessions::DESCRIPTION,
    Launches::DESCRIPTION,
    Keys::DESCRIPTION,
    People::DESCRIPTION,
    Outbound::DESCRIPTION,
    Log::DESCRIPTION,
    Metrics::DESCRIPTION,
    Admin::DESCRIPTION,
    Practice::DESCRIPTION,
    Platform::DESCRIPTION,
    Consumer::DESCRIPTION,
    Tool::DESCRIPTION,
];
