//! The encryption context: what has to be given again to decrypt.

use control::cipher_key::CipherContext;
use serde_json::Value as Json;

use crate::dialects::aliyun::params::{JsonObject, Rejection};

/// Names and values; the order in which they were written is no matter, and none at all is the same as `{}`.
pub(crate) fn read(object: Option<JsonObject>) -> Result<CipherContext, Rejection> {
    let members = object.map(|JsonObject { members, .. }| members).unwrap_or_default();
    members
        .into_iter()
        .map(|(name, value)| match value {
            Json::String(value) => Ok((name, value)),
            _ => Err(Rejection::rule("EncryptionContext", "must have texts as values")),
        })
        .collect()
}
