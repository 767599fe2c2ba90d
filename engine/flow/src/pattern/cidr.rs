//! Blocks of IP addresses.

use std::net::IpAddr;

/// A block such as `10.0.0.0/24` or `2001:db8::/32`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cidr {
    is_v4: bool,
    /// The first bits, the others 0.
    network: u128,
    mask: u128,
}

/// The address as bits at the top of 128.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()) << 96,
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl Cidr {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        let digits = !length.is_empty() && length.len() <= 3 && length.bytes().all(|b| b.is_ascii_digit());
        let length: u32 = length.parse().ok().filter(|_| digits)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        if length > longest {
            return None;
        }
        let mask = if length == 0 { 0 } else { u128::MAX << (128 - length) };
        Some(Cidr { is_v4: address.is_ipv4(), network: bits(address) & mask, mask })
    }

    pub(super) fn contains(&self, text: &str) -> bool {
        let Ok(address) = text.parse::<IpAddr>() else { return false };
        address.is_ipv4() == self.is_v4 && bits(address) & self.mask == self.network
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_their_addresses() {
        for (block, address, inside) in [
            ("10.0.0.0/24", "10.0.0.255", true),
            ("10.0.0.0/24", "10.0.1.0", false),
            ("10.0.0.77/24", "10.0.0.1", true),
            ("0.0.0.0/0", "255.255.255.255", true),
            ("0.0.0.0/0", "::1", false),
            ("10.1.2.3/32", "10.1.2.3", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("10.0.0.0/8", "host", false),
        ] {
            assert_eq!(Cidr::parse(block).unwrap().contains(address), inside, "{address} in {block}");
        }
        for bad in ["", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "::/129", "::/", "::/+1", "::/1000"] {
            assert!(Cidr::parse(bad).is_none(), "{bad}");
        }
    }
}
