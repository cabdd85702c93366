//! A request on its way in: [`Raw`] as it was read, [`Verified`] once its signature held.

use std::collections::BTreeMap;
use std::net::IpAddr;

use bytes::Bytes;
use control::ids::{AccountId, SubUserId};
use hyper::Method;
use hyper::header::{HeaderMap, HeaderName};
use signature::Mismatch;
use signature::percent::{self, Malformed};

/// Names to values, decoded once. The verifier and the handlers read this map and nothing else.
///
/// A name can come with the query and with the body; the body's value counts, and a scheme that signs the
/// query by itself can still see the query's.
#[derive(Default)]
pub(crate) struct Parameters {
    values: BTreeMap<String, Sources>,
}

/// Most names of a request.
const NAMES_MAX: usize = 2_000;

/// Why parameters could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// A name or value cannot be decoded without guessing.
    Malformed(Malformed),
    /// There are too many names.
    TooMany,
}

#[derive(Default)]
struct Sources {
    query: Option<String>,
    body: Option<String>,
}

impl Parameters {
    /// Reads a query. A name that comes twice has its last value.
    pub(crate) fn read_query(&mut self, query: &[u8]) -> Result<(), Unread> {
        for pair in percent::decode_pairs(query) {
            let (name, value) = pair.map_err(Unread::Malformed)?;
            self.sources(name)?.query = Some(value);
        }
        Ok(())
    }

    /// Reads a form body, in the same way.
    pub(crate) fn read_form(&mut self, form: &[u8]) -> Result<(), Unread> {
        for pair in percent::decode_pairs(form) {
            let (name, value) = pair.map_err(Unread::Malformed)?;
            self.insert_body(name, value)?;
        }
        Ok(())
    }

    /// Takes one value of the body over.
    pub(crate) fn insert_body(&mut self, name: String, value: String) -> Result<(), Unread> {
        self.sources(name)?.body = Some(value);
        Ok(())
    }

    /// The place for a name's values. The bound holds while reading: a megabyte of names would take forty
    /// in the map.
    fn sources(&mut self, name: String) -> Result<&mut Sources, Unread> {
        if self.values.len() >= NAMES_MAX && !self.values.contains_key(&name) {
            return Err(Unread::TooMany);
        }
        Ok(self.values.entry(name).or_default())
    }

    /// The value of a name; the empty value is a value.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let sources = self.values.get(name)?;
        sources.body.as_deref().or(sources.query.as_deref())
    }

    /// The value of a name, unless it is empty.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// All names and values, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().filter_map(|(name, sources)| {
            Some((name.as_str(), sources.body.as_deref().or(sources.query.as_deref())?))
        })
    }

    /// Names and values of the query alone, by name.
    pub(crate) fn query(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().filter_map(|(name, sources)| Some((name.as_str(), sources.query.as_deref()?)))
    }

    /// Names that start with `prefix`, without it, and their values.
    pub(crate) fn below<'v>(&'v self, prefix: &str) -> impl Iterator<Item = (&'v str, &'v str)> {
        self.values.range(prefix.to_owned()..).map_while(move |(name, sources)| {
            let rest = name.strip_prefix(prefix)?;
            Some((rest, sources.body.as_deref().or(sources.query.as_deref()).unwrap_or_default()))
        })
    }
}

/// A request whose bytes were read and bounded, and of which nothing is believed yet.
pub(crate) struct Raw {
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) parameters: Parameters,
    pub(crate) body: Bytes,
    pub(crate) peer: IpAddr,
}

/// A header that Weir acts on came more than once, or is not readable text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AmbiguousHeader;

impl Raw {
    /// The one value of a header.
    pub(crate) fn header(&self, name: &HeaderName) -> Result<Option<&str>, AmbiguousHeader> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => {
                std::str::from_utf8(value.as_bytes()).map(Some).map_err(|_| AmbiguousHeader)
            }
            (Some(_), Some(_)) => Err(AmbiguousHeader),
        }
    }
}

/// A request whose signature held: the only thing that handlers are given.
///
/// Made by [`Verified::seal`] alone, out of the comparison itself.
pub(crate) struct Verified {
    raw: Raw,
    facts: Facts,
}

/// What the signature covers beyond the parameters, as the verifier found it.
pub(crate) struct Facts {
    /// The key that signed.
    pub(crate) access_key_id: String,
    /// Whose key it is.
    pub(crate) account: AccountId,
    /// The sub-user who holds it; none for the account's owner.
    pub(crate) user: Option<SubUserId>,
    /// The action asked for, wherever the scheme carries it; none when it is missing or empty.
    pub(crate) action: Option<String>,
    /// The API version asked for, likewise.
    pub(crate) version: Option<String>,
    /// Signed to be used once.
    pub(crate) nonce: String,
    /// The last second, since 1970, at which the timestamp still counts.
    pub(crate) valid_until: i64,
}

impl Verified {
    /// Called by the verifiers with the outcome of the comparison, and by nobody else.
    pub(crate) fn seal(raw: Raw, facts: Facts, checked: Result<(), Mismatch>) -> Result<Self, Mismatch> {
        checked.map(|()| Self { raw, facts })
    }

    /// What was decoded from query and body.
    pub(crate) fn parameters(&self) -> &Parameters {
        &self.raw.parameters
    }

    /// What the signature covers beyond the parameters.
    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The address it came from.
    pub(crate) fn peer(&self) -> IpAddr {
        self.raw.peer
    }
}

/// Marks a request that came over TLS: an extension of it.
#[derive(Clone, Copy)]
pub(crate) struct Secured;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_wins_and_the_query_stays_visible() {
        let mut parameters = Parameters::default();
        parameters.read_query(b"a=1&a=2&b=3&Tag.1.Key=k").unwrap();
        parameters.read_form(b"a=4&c=").unwrap();
        assert_eq!(parameters.get("a"), Some("4"));
        assert_eq!(parameters.query().collect::<Vec<_>>(), [("Tag.1.Key", "k"), ("a", "2"), ("b", "3")]);
        let all = [("Tag.1.Key", "k"), ("a", "4"), ("b", "3"), ("c", "")];
        assert_eq!(parameters.iter().collect::<Vec<_>>(), all);
        assert_eq!((parameters.get("c"), parameters.filled("c")), (Some(""), None));
        assert_eq!(parameters.below("Tag.").collect::<Vec<_>>(), [("1.Key", "k")]);
    }

    #[test]
    fn names_are_bounded_and_values_of_known_names_are_not_names() {
        let mut parameters = Parameters::default();
        let names: String = (0..NAMES_MAX).map(|n| format!("p{n}=&")).collect();
        assert_eq!(parameters.read_query(names.as_bytes()), Ok(()));
        assert_eq!(parameters.read_form(names.as_bytes()), Ok(()));
        assert_eq!(parameters.read_form(b"one=more"), Err(Unread::TooMany));
        assert_eq!(parameters.read_query(b"%"), Err(Unread::Malformed(Malformed::Escape)));
    }
}
