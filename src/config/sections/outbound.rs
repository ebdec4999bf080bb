//! `[outbound]`

use std::path::PathBuf;

use crate::config::address::TrustedHost;
use crate::config::proxy::Proxy;
use crate::config::section::section;

section! {
    /// Requests that Lanterna makes to platforms and tools. Addresses that are learned while it runs
    /// must be https and public; what stands in this file is trusted as it is written.
    table Outbound "outbound" {
        /// Hosts on the school's own network, exactly with their port (443 unless written), such as
        /// `["moodle.lan", "10.1.2.3:8080", "http://old-lms.lan"]`.
        trusted_hosts: Vec<TrustedHost> = [];
        /// Certificates of the school's own authorities as PEM, trusted beside the public ones.
        ca_file: Option<PathBuf> = "";
        /// An http proxy for everything outside the school's network, `"http://proxy.lan:3128"` or
        /// `"http://name:password@proxy.lan:3128"`. Private addresses are reached without it.
        proxy: Option<Proxy> = "";
    }
}
