//! Which addresses are outside.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::URL_BYTES_MAX;

/// Where an address leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub is_encrypted: bool,
    /// A name, or an address without brackets.
    pub host: String,
    pub port: u16,
}

impl Target {
    /// Reads an `https` or `http` address without user, password or fragment.
    pub fn parse(url: &str) -> Option<Self> {
        let is_plain =
            url.len() <= URL_BYTES_MAX && url.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_plain || url.contains(['#', '\\']) {
            return None;
        }
        let (is_encrypted, rest) = match url.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, url.strip_prefix("http://")?),
        };
        let authority = rest.split(['/', '?']).next()?;
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                host.parse::<Ipv6Addr>().ok()?;
                (host, port)
            }
            None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
        };
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if host.is_empty() || !(host.bytes().all(is_name) || host.contains(':')) {
            return None;
        }
        let port = match port.strip_prefix(':') {
            Some(port) => port.parse().ok().filter(|port| *port > 0)?,
            None if port.is_empty() && is_encrypted => 443,
            None if port.is_empty() => 80,
            None => return None,
        };
        Some(Self { is_encrypted, host: host.to_ascii_lowercase(), port })
    }

    /// Whether the host is not outside whatever a name server says.
    pub fn is_known_private(&self) -> bool {
        let name = self.host.trim_end_matches('.');
        match name.parse::<IpAddr>() {
            Ok(address) => !is_public(address),
            Err(_a_name) => {
                // Names without a dot and these endings exist within one house only.
                !name.contains('.')
                    || [".localhost", ".local", ".internal", ".home.arpa"]
                        .iter()
                        .any(|ending| name.ends_with(ending))
            }
        }
    }
}

/// Whether an address is one of the public network: nobody's own machine, house or neighbourhood.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        // Shared by customers of one provider.
        || (a == 100 && (64..128).contains(&b))
        // Set aside by the IETF, and for measuring networks.
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b));
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // An address of the older kind in the newer one's clothes is what it carries.
    if let Some(carried) = carried(address) {
        return is_public_v4(carried);
    }
    let [first, second, ..] = address.segments();
    // What was given out to the public so far, without tunnels, documentation and tests.
    (0x2000..0x4000).contains(&first)
        && !(first == 0x2001 && (second < 0x200 || second == 0xdb8))
        && first != 0x3fff
}

/// The older address that a newer one leads to.
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(of(high, low))
        }
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}
