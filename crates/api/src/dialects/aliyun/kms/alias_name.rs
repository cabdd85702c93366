//! The name of a key, with the prefix that all of them have.

use control::ids::CipherAliasName;

use crate::dialects::aliyun::params::{Decoding, Field, Kind, Rejection, Scalar};

/// What every name begins with.
pub(crate) const PREFIX: &str = "alias/";
/// What the vendor keeps for names of its own.
const RESERVED: &str = "alias/acs";
/// Most characters after the prefix.
const LENGTH_MAX: usize = 255;

/// A name that a key is to get.
pub(crate) struct NewAlias(pub(crate) CipherAliasName);

impl Scalar for NewAlias {
    const KIND: Kind = Kind::String;
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn check(field: &Field, read: String, _: &Decoding<'_>) -> Result<Self, Rejection> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_/-".contains(&byte);
        let rest = read.strip_prefix(PREFIX).unwrap_or_default();
        if rest.is_empty() || rest.len() > LENGTH_MAX || !rest.bytes().all(allowed) {
            let reason = "must be alias/ and 1 to 255 letters, digits, underscores, hyphens and slashes";
            return Err(Rejection::rule(field.name, reason));
        }
        if read.starts_with(RESERVED) {
            return Err(Rejection::rule(field.name, "must not start with alias/acs"));
        }
        Ok(Self(CipherAliasName::new(read)))
    }
}
