//! Conditions: under which circumstances a statement counts.

use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::Value;

use super::document::{DocumentError, texts};
use super::{Circumstance, Language};

/// Under which circumstances somebody asks.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// Where the call comes from.
    pub address: IpAddr,
    /// Whether nobody on the way can read it.
    pub is_secured: bool,
    /// When it is made, in milliseconds since 1970.
    pub now_ms: i64,
}

/// One condition: a circumstance must be one of the values, or none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// The address is, or is not, in one of these blocks.
    Address { blocks: Vec<Block>, within: bool },
    /// The call is secured, or is not.
    Secured(bool),
    /// The time has this relation to one of these; with [`Relation::NotAt`], to all.
    Time { relation: Relation, times_ms: Vec<i64> },
}

/// How a time stands to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    At,
    NotAt,
    Before,
    NotAfter,
    After,
    NotBefore,
}

/// Addresses with a common prefix, of either family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    address: IpAddr,
    prefix: u8,
}

impl Condition {
    /// Reads one operator and one key with its values.
    pub(super) fn read(
        operator: &str,
        key: &str,
        values: &Value,
        language: &Language,
    ) -> Result<Self, DocumentError> {
        let unknown = || DocumentError::Condition { operator: operator.to_owned(), key: key.to_owned() };
        let about = language.circumstance(key).ok_or_else(unknown)?;
        let is = |name: &str| operator.eq_ignore_ascii_case(name);
        match about {
            Circumstance::Address if is("IpAddress") || is("NotIpAddress") => {
                let blocks = read_all(key, values, Block::parse)?;
                Ok(Self::Address { blocks, within: is("IpAddress") })
            }
            Circumstance::Secured if is("Bool") => {
                match read_all(key, values, |text| text.to_ascii_lowercase().parse::<bool>().ok())?[..] {
                    [secured] => Ok(Self::Secured(secured)),
                    _ => Err(DocumentError::Value(key.to_owned())),
                }
            }
            Circumstance::Time => {
                let relation = Relation::read(operator).ok_or_else(unknown)?;
                let times_ms = read_all(key, values, |text| {
                    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
                })?;
                Ok(Self::Time { relation, times_ms })
            }
            Circumstance::Address | Circumstance::Secured => Err(unknown()),
        }
    }

    pub(super) fn holds(&self, under: &Circumstances) -> bool {
        match self {
            Self::Address { blocks, within } => {
                blocks.iter().any(|block| block.contains(under.address)) == *within
            }
            Self::Secured(secured) => under.is_secured == *secured,
            Self::Time { relation: relation @ Relation::NotAt, times_ms } => {
                times_ms.iter().all(|time_ms| relation.holds(under.now_ms, *time_ms))
            }
            Self::Time { relation, times_ms } => {
                times_ms.iter().any(|time_ms| relation.holds(under.now_ms, *time_ms))
            }
        }
    }
}

fn read_all<T>(key: &str, values: &Value, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, DocumentError> {
    let wrong = || DocumentError::Value(key.to_owned());
    let texts = match values {
        // The only circumstance that JSON has a word for.
        Value::Bool(yes) => vec![yes.to_string()],
        _ => texts(values).ok_or_else(wrong)?,
    };
    texts.iter().map(|text| read(text).ok_or_else(wrong)).collect()
}

impl Relation {
    fn read(operator: &str) -> Option<Self> {
        [
            ("DateEquals", Self::At),
            ("DateNotEquals", Self::NotAt),
            ("DateLessThan", Self::Before),
            ("DateLessThanEquals", Self::NotAfter),
            ("DateGreaterThan", Self::After),
            ("DateGreaterThanEquals", Self::NotBefore),
        ]
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(operator))
        .map(|(_, relation)| relation)
    }

    fn holds(self, time_ms: i64, other_ms: i64) -> bool {
        match self {
            Self::At => time_ms == other_ms,
            Self::NotAt => time_ms != other_ms,
            Self::Before => time_ms < other_ms,
            Self::NotAfter => time_ms <= other_ms,
            Self::After => time_ms > other_ms,
            Self::NotBefore => time_ms >= other_ms,
        }
    }
}

impl Block {
    /// An address alone, or with the length of a prefix; bits beyond it do not count.
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            None => (text, None),
            Some((address, prefix)) => (address, Some(prefix)),
        };
        let address: IpAddr = address.parse().ok()?;
        if address.to_canonical() != address {
            // Peers are never shown as IPv4 within IPv6, so such a block would be nobody's.
            return None;
        }
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => longest,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse::<u8>().ok().filter(|prefix| *prefix <= longest)?
            }
            Some(_) => return None,
        };
        Some(Self { address, prefix })
    }

    fn contains(self, address: IpAddr) -> bool {
        // A listener for both families shows IPv4 peers as IPv6.
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(mine), IpAddr::V4(other)) => {
                let differ = u32::from(mine) ^ u32::from(other);
                differ.checked_shr(32 - u32::from(self.prefix)).unwrap_or(0) == 0
            }
            (IpAddr::V6(mine), IpAddr::V6(other)) => {
                let differ = u128::from(mine) ^ u128::from(other);
                differ.checked_shr(128 - u32::from(self.prefix)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}
