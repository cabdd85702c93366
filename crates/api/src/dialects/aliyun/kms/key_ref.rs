//! How a key is named.

use control::Fault;
use control::ids::{CipherAliasName, CipherKeyId};
use control::policy::UNKNOWN;

use super::alias_name::PREFIX;
use crate::dialects::aliyun::action::Context;
use crate::dialects::aliyun::mentions::{Mentions, Named};
use crate::dialects::aliyun::params::{Breach, Decoding, Field, Kind, Rejection, Scalar};

/// A key's id, or its resource name, `acs:kms:<region>:<account>:key/<id>`. Whose it is, is looked up either way.
pub(crate) struct KeyRef(pub(crate) CipherKeyId);

/// As [`KeyRef`], or an alias of the key, or the alias's resource name.
pub(crate) enum KeyOrAlias {
    Key(CipherKeyId),
    Alias(CipherAliasName),
}

impl KeyOrAlias {
    /// The key.
    pub(crate) async fn find(self, context: &Context) -> Result<CipherKeyId, Fault> {
        match self {
            Self::Key(id) => Ok(id),
            Self::Alias(name) => context.control.cipher_alias_find(&context.caller, &name).await,
        }
    }
}

/// The keys that a call is about, and the aliases. Which key an alias stands for, or a ciphertext was made with, is not
/// known here: that can be any.
pub(crate) fn mentioned(call: &Mentions<'_>) -> Vec<Named> {
    let any_key = || Named::own(format!("key/{UNKNOWN}"));
    let of_key = |text: String| match text.contains(PREFIX) {
        true => any_key(),
        false => Named::own(format!("key/{}", key_id(&text))),
    };
    let mut named: Vec<_> =
        ["KeyId", "ResourceId"].iter().flat_map(|name| call.texts(name)).map(of_key).collect();
    let aliases = call.texts("AliasName");
    let by_alias_alone = named.is_empty() && !aliases.is_empty();
    if by_alias_alone || !call.texts("CiphertextBlob").is_empty() {
        named.push(any_key());
    }
    named.extend(aliases.into_iter().map(Named::own));
    named
}

/// The id in a key's id or resource name.
pub(crate) fn key_id(text: &str) -> CipherKeyId {
    let named = text.strip_prefix("acs:kms:").and_then(|rest| rest.split_once(":key/"));
    CipherKeyId::new(named.map_or(text, |(_, id)| id))
}

impl Scalar for KeyRef {
    const KIND: Kind = Kind::String;
    const BREACHES: &'static [Breach] = &[];
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn check(_: &Field, read: String, _: &Decoding<'_>) -> Result<Self, Rejection> {
        Ok(Self(key_id(&read)))
    }
}

impl Scalar for KeyOrAlias {
    const KIND: Kind = Kind::String;
    const BREACHES: &'static [Breach] = &[];
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn check(_: &Field, read: String, _: &Decoding<'_>) -> Result<Self, Rejection> {
        let named = read.strip_prefix("acs:kms:").and_then(|rest| rest.splitn(3, ':').nth(2));
        let name = named.unwrap_or(&read);
        Ok(match name.starts_with(PREFIX) {
            true => Self::Alias(CipherAliasName::new(name)),
            false => Self::Key(key_id(&read)),
        })
    }
}
