//! Accounts, their keys, and who is calling.

use machine::secret::Secret;

use crate::ids::{AccountId, SubUserId, SubUserName};

/// An account, as the operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What the operator calls it.
    pub label: String,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
}

/// An access key as the verifier needs it.
#[derive(Clone, Debug)]
pub struct AccessKey {
    /// The public half, sent with every request.
    pub id: String,
    /// The half both sides sign with.
    pub secret: Secret<String>,
    /// Whose key it is.
    pub account: AccountId,
    /// The sub-user who holds it; none for the account's owner.
    pub user: Option<SubUserId>,
    /// False when it was disabled.
    pub active: bool,
}

/// An access key as its owner sees it. The secret is shown once, by the command that makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKeyFacts {
    /// The public half.
    pub id: String,
    /// False when it was disabled.
    pub active: bool,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
}

/// Whose keys a command is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyHolder {
    /// Whoever asks.
    Caller,
    /// The account's sub-user of this name.
    SubUser(SubUserName),
}

/// Who asks, from where, under which request id. Every command takes one; the audit record keeps it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account that owns whatever is made or seen.
    pub account: AccountId,
    /// The sub-user who acts for it; none for its owner.
    pub user: Option<SubUserId>,
    /// The access key that signed.
    pub access_key_id: String,
    /// The id that the reply, the log line and the audit record share.
    pub request_id: String,
    /// The peer's address, in text.
    pub address: String,
}
