//! Accounts, their keys, and who is calling.

use machine::secret::Secret;

use crate::ids::AccountId;

/// An access key as the verifier needs it.
#[derive(Clone, Debug)]
pub struct AccessKey {
    /// The public half, sent with every request.
    pub id: String,
    /// The half both sides sign with.
    pub secret: Secret<String>,
    /// Whose key it is.
    pub account: AccountId,
    /// False when the owner has disabled it.
    pub active: bool,
}

/// Who asks, from where, under which request id. Every command takes one; the audit record keeps it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account that owns whatever is made or seen.
    pub account: AccountId,
    /// The access key that signed.
    pub access_key_id: String,
    /// The id that the reply, the log line and the audit record share.
    pub request_id: String,
    /// The peer's address, in text.
    pub address: String,
}
