//! Which addresses are public.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// What an address belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// The public internet.
    Public,
    /// A network of its own, this machine, or something reserved: only for what the configuration
    /// trusts.
    Private,
    /// Never connected to, whatever the configuration says: what a cloud provider answers machines
    /// with their credentials, the local link, and what is no single host.
    Never,
}

/// Whether a request may go to `address` though the configuration doesn't trust it: only to the
/// public internet.
pub fn address_allowed(address: IpAddr) -> bool {
    class(address) == Class::Public
}

/// What `address` belongs to. An IPv6 address that carries an IPv4 one is never public, and as
/// forbidden as what it carries.
pub(super) fn class(address: IpAddr) -> Class {
    let carried = match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(v6) => carried(v6).map(IpAddr::V4),
    };
    if is_in(NEVER, address) || carried.is_some_and(|v4| is_in(NEVER, v4)) {
        return Class::Never;
    }
    let global = match address {
        IpAddr::V4(_) => true,
        IpAddr::V6(v6) => GLOBAL_UNICAST.contains(&v6),
    };
    if global && carried.is_none() && !is_in(PRIVATE, address) {
        Class::Public
    } else {
        Class::Private
    }
}

fn is_in(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

/// The IPv4 address inside an IPv6 one.
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = address.octets();
    let start = CARRIERS
        .iter()
        .find(|(network, _)| network.contains(&address))
        .map(|(_, start)| *start)?;
    let v4: [u8; 4] = octets.get(start..start + 4)?.try_into().ok()?;
    Some(Ipv4Addr::from(v4))
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix))
}

const fn v6_net(s: [u16; 8], prefix: u8) -> Ipv6Net {
    let start = Ipv6Addr::new(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]);
    Ipv6Net::new_assert(start, prefix)
}

const fn v6(start: [u16; 8], prefix: u8) -> IpNet {
    IpNet::V6(v6_net(start, prefix))
}

/// The part of IPv6 from which public addresses are given (RFC 4291, section 2.4, and the IANA
/// registry): everything else is private here.
const GLOBAL_UNICAST: Ipv6Net = v6_net([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// Networks that carry IPv4 addresses, with where those begin.
const CARRIERS: &[(Ipv6Net, usize)] = &[
    // IPv4-mapped (RFC 4291).
    (v6_net([0, 0, 0, 0, 0, 0xffff, 0, 0], 96), 12),
    // NAT64 (RFC 6052) and its local prefix (RFC 8215).
    (v6_net([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96), 12),
    (v6_net([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), 12),
    // 6to4 (RFC 3056).
    (v6_net([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), 2),
];

const NEVER: &[IpNet] = &[
    // "This host" (RFC 1122): connecting to it reaches this machine under another name.
    v4(0, 0, 0, 0, 8),
    // Link-local (RFC 3927), where most clouds have their metadata.
    v4(169, 254, 0, 0, 16),
    // Metadata of Alibaba, Azure and Oracle.
    v4(100, 100, 100, 200, 32),
    v4(168, 63, 129, 16, 32),
    v4(192, 0, 0, 192, 32),
    // Multicast (RFC 5771) and broadcast.
    v4(224, 0, 0, 0, 4),
    v4(255, 255, 255, 255, 32),
    // Unspecified.
    v6([0, 0, 0, 0, 0, 0, 0, 0], 128),
    // Link-local (RFC 4291).
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),
    // Metadata of Amazon and Google.
    v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128),
    v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128),
    // Multicast (RFC 4291).
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8),
];

const PRIVATE: &[IpNet] = &[
    // Private (RFC 1918).
    v4(10, 0, 0, 0, 8),
    v4(172, 16, 0, 0, 12),
    v4(192, 168, 0, 0, 16),
    // Shared between a provider and its customers (RFC 6598).
    v4(100, 64, 0, 0, 10),
    // Loopback (RFC 1122).
    v4(127, 0, 0, 0, 8),
    // Protocol assignments (RFC 6890), documentation (RFC 5737), 6to4 relays (RFC 7526),
    // benchmarks (RFC 2544), reserved (RFC 1112).
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(198, 18, 0, 0, 15),
    v4(240, 0, 0, 0, 4),
    // Protocol assignments, Teredo and benchmarks among them (RFC 2928, 4380, 5180), and
    // documentation (RFC 3849, 9637). Loopback and unique-local lie outside of global unicast.
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(expected: Class, addresses: &[&str]) {
        for address in addresses {
            let parsed: IpAddr = address.parse().unwrap();
            assert_eq!(class(parsed), expected, "{address}");
            assert_eq!(
                address_allowed(parsed),
                expected == Class::Public,
                "{address}"
            );
        }
    }

    #[test]
    fn public_addresses_are_public() {
        check(
            Class::Public,
            &[
                "1.0.0.0",
                "8.8.8.8",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.0",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.0.1.0",
                "192.0.3.0",
                "192.167.255.255",
                "192.169.0.0",
                "198.17.255.255",
                "198.20.0.0",
                "223.255.255.255",
                "2001:200::1",
                "2001:4860:4860::8888",
                "2003::1",
                "2600::1",
                "2a00:1450::1",
                "3ffe::1",
            ],
        );
    }

    #[test]
    fn addresses_of_own_networks_are_private() {
        check(
            Class::Private,
            &[
                "10.0.0.0",
                "10.255.255.255",
                "100.64.0.0",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.255.255",
                "172.16.0.0",
                "172.31.255.255",
                "192.168.0.0",
                "192.168.255.255",
                "::1",
                "fc00::",
                "fd00::1",
                "fdff:ffff::1",
            ],
        );
    }

    #[test]
    fn reserved_addresses_are_private() {
        check(
            Class::Private,
            &[
                "192.0.0.1",
                "192.0.2.1",
                "192.88.99.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.1",
                "203.0.113.1",
                "240.0.0.1",
                "255.255.255.254",
                "100::1",
                "1fff::1",
                "2001::1",
                "2001:2::1",
                "2001:1ff::1",
                "2001:db8::1",
                "3fff::1",
                "4000::1",
                "5f00::1",
                "fec0::1",
            ],
        );
    }

    #[test]
    fn addresses_that_carry_ipv4_are_private() {
        check(
            Class::Private,
            &[
                "::ffff:8.8.8.8",
                "::ffff:10.0.0.1",
                "::ffff:127.0.0.1",
                "::8.8.8.8",
                "64:ff9b::8.8.8.8",
                "64:ff9b::10.0.0.1",
                "64:ff9b:1::8.8.8.8",
                "2002:808:808::1",
                "2002:a00:1::1",
            ],
        );
    }

    #[test]
    fn metadata_and_the_local_link_are_never_reached() {
        check(
            Class::Never,
            &[
                "0.0.0.0",
                "0.1.2.3",
                "169.254.0.0",
                "169.254.169.254",
                "169.254.255.255",
                "100.100.100.200",
                "168.63.129.16",
                "192.0.0.192",
                "224.0.0.1",
                "239.255.255.255",
                "255.255.255.255",
                "::",
                "fe80::1",
                "febf::1",
                "fd00:ec2::254",
                "fd20:ce::254",
                "ff02::1",
                "::ffff:169.254.169.254",
                "64:ff9b::169.254.169.254",
                "2002:a9fe:a9fe::1",
                "::ffff:0.0.0.0",
            ],
        );
    }

    proptest! {
        #[test]
        fn the_standard_library_agrees(bytes: [u8; 4]) {
            let address = Ipv4Addr::from(bytes);
            let inside = address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_multicast()
                || address.is_broadcast()
                || address.is_documentation()
                || address.is_unspecified();
            prop_assert!(!inside || !address_allowed(address.into()));
        }

        #[test]
        fn no_ipv4_address_hides_in_ipv6(bytes: [u8; 4]) {
            let v4 = Ipv4Addr::from(bytes);
            let [a, b, c, d] = bytes.map(u16::from);
            let (high, low) = (a << 8 | b, c << 8 | d);
            for v6 in [
                v4.to_ipv6_mapped(),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
            ] {
                prop_assert!(!address_allowed(v6.into()), "{v6}");
                let never = class(v4.into()) == Class::Never;
                prop_assert_eq!(class(v6.into()) == Class::Never, never);
            }
        }

        #[test]
        fn only_global_unicast_is_public(bits: u128) {
            let address = Ipv6Addr::from(bits);
            prop_assert!(bits >> 125 == 1 || !address_allowed(address.into()));
        }
    }
}
