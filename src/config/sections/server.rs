//! `[server]`

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use crate::config::public_url::PublicUrl;
use crate::config::section::section;

section! {
    /// Where Lanterna listens, and how browsers reach it.
    table Server "server" {
        /// The IP address and port to listen on. `"0.0.0.0:443"` listens on all of IPv4,
        /// `"[::]:443"` on all of IPv4 and IPv6; port 0 takes any free port.
        listen: SocketAddr = "127.0.0.1:8080";
        /// The address by which browsers reach Lanterna. It must be https, except on this machine
        /// itself, and may have a path. Left out, it follows `listen` while that is on this machine.
        public_url: PublicUrl = "http://127.0.0.1:8080";
        /// Reverse proxies whose X-Forwarded-For is believed: IP addresses or networks, such as
        /// `["10.0.0.5", "fd00::/8"]`.
        trusted_proxies: Vec<IpNet> = [];
    }
}

impl Server {
    /// Whether `address` is that of a reverse proxy that is believed.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies
            .iter()
            .any(|network| network.contains(&address))
    }
}
