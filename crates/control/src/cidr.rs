//! Blocks of IPv4 addresses.

use std::fmt;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

/// A block of addresses that has one way to be written: an address, a slash and the length of the prefix, no bits
/// beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cidr {
    first: u32,
    prefix: u8,
}

/// Where no network may be: shared, loopback, link-local and multicast addresses and all above.
const RESERVED: [Cidr; 4] = [
    Cidr { first: 0x6440_0000, prefix: 10 },
    Cidr { first: 0x7f00_0000, prefix: 8 },
    Cidr { first: 0xa9fe_0000, prefix: 16 },
    Cidr { first: 0xe000_0000, prefix: 4 },
];

impl Cidr {
    /// The block of this text; none when it is not a block, or written in another way than it is shown.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let first = u32::from(address.parse::<Ipv4Addr>().ok()?);
        let prefix = prefix.parse::<u8>().ok().filter(|prefix| *prefix <= 32)?;
        let block = Self { first, prefix };
        (first & !block.mask() == 0 && block.to_string() == text).then_some(block)
    }

    /// The block that a text is in: an IPv4 address alone, or one with a prefix, which may have bits beyond it; none
    /// when the text is neither.
    pub fn around(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            None => (text, 32),
            Some((address, prefix)) => {
                let number = prefix.parse::<u8>().ok().filter(|number| *number <= 32)?;
                // There is one way to write a number.
                (number.to_string() == prefix).then_some((address, number))?
            }
        };
        let address = u32::from(address.parse::<Ipv4Addr>().ok()?);
        let block = Self { first: address, prefix };
        Some(Self { first: address & block.mask(), prefix })
    }

    /// Its first address.
    pub fn first(self) -> Ipv4Addr {
        Ipv4Addr::from(self.first)
    }

    /// The length of the prefix, 0 to 32.
    pub fn prefix(self) -> u8 {
        self.prefix
    }

    /// How many addresses it has.
    pub fn addresses(self) -> u64 {
        1 << (32 - self.prefix)
    }

    /// Whether all of `other` is in it.
    pub fn contains(self, other: Self) -> bool {
        self.prefix <= other.prefix && other.first & self.mask() == self.first
    }

    /// Whether they have an address in common. Of two blocks that have, one contains the other.
    pub fn overlaps(self, other: Self) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// Whether a network may have it: prefix 8 to 28, and nothing in it that is reserved.
    pub fn suits_network(self) -> bool {
        (8..=28).contains(&self.prefix) && !RESERVED.iter().any(|reserved| reserved.overlaps(self))
    }

    /// Whether a subnet may have it: prefix 16 to 29. It must also be within its network.
    pub fn suits_subnet(self) -> bool {
        (16..=29).contains(&self.prefix)
    }

    fn mask(self) -> u32 {
        u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.first), self.prefix)
    }
}

impl From<Cidr> for String {
    fn from(block: Cidr) -> Self {
        block.to_string()
    }
}

impl TryFrom<String> for Cidr {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("not a block of addresses: {text}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str) -> Cidr {
        Cidr::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn one_way_to_write_a_block() {
        for text in ["10.0.0.0/8", "0.0.0.0/0", "172.16.0.0/12", "192.168.1.8/29", "1.2.3.4/32"] {
            assert_eq!(block(text).to_string(), text);
        }
        for text in [
            "",
            "10.0.0.0",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.1/8",
            "10.0.0/8",
            "010.0.0.0/8",
            "10.0.0.0/08",
            "10.0.0.0/+8",
            " 10.0.0.0/8",
            "::/0",
            "10.0.0.0/8/8",
            "10.0.0.0/-1",
        ] {
            assert_eq!(Cidr::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_block_around_a_text() {
        for (text, shown) in [
            ("10.0.0.1/8", "10.0.0.0/8"),
            ("1.2.3.4", "1.2.3.4/32"),
            ("1.2.3.4/32", "1.2.3.4/32"),
            ("255.255.255.255/1", "128.0.0.0/1"),
            ("9.9.9.9/0", "0.0.0.0/0"),
        ] {
            assert_eq!(Cidr::around(text).map(|block| block.to_string()).as_deref(), Some(shown), "{text}");
        }
        for text in [
            "",
            "/",
            "/8",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "10.0.0.0/08",
            "10.0.0/8",
            "010.0.0.0",
            "10.0.0.0/8/8",
            " 10.0.0.0",
            "10.0.0.0 ",
            "::",
            "::/0",
            "256.0.0.0",
            "a.b.c.d",
        ] {
            assert_eq!(Cidr::around(text), None, "{text}");
        }
    }

    #[test]
    fn blocks_within_each_other() {
        let (wide, near, far) = (block("10.0.0.0/8"), block("10.1.0.0/16"), block("11.0.0.0/16"));
        assert!(wide.contains(near) && !near.contains(wide) && wide.contains(wide));
        assert!(wide.overlaps(near) && near.overlaps(wide));
        assert!(!wide.contains(far) && !wide.overlaps(far));
        assert!(block("0.0.0.0/0").contains(far));
        assert_eq!((block("10.0.0.0/29").addresses(), block("0.0.0.0/0").addresses()), (8, 1 << 32));
    }

    #[test]
    fn what_a_network_may_have() {
        for (text, suits) in [
            ("10.0.0.0/8", true),
            ("192.168.0.16/28", true),
            ("192.168.0.16/29", false),
            ("10.0.0.0/7", false),
            ("100.64.0.0/16", false),
            ("100.0.0.0/8", false),
            ("100.128.0.0/16", true),
            ("127.0.0.0/8", false),
            ("169.254.1.0/24", false),
            ("169.253.0.0/16", true),
            ("224.0.0.0/8", false),
            ("240.0.0.0/8", true),
        ] {
            assert_eq!(block(text).suits_network(), suits, "{text}");
        }
        for (text, suits) in
            [("10.0.0.0/15", false), ("10.0.0.0/16", true), ("10.0.0.0/29", true), ("10.0.0.0/30", false)]
        {
            assert_eq!(block(text).suits_subnet(), suits, "{text}");
        }
    }
}
