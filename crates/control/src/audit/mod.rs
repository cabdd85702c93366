//! The audit record: who changed what, written in the transaction of the change, each record sealed to the one
//! before by its hash.
//!
//! An operation leaves two records: `accepted` with its intent, `done`, `undone` or `refused` with its end.
//! Calls that were refused before they changed anything leave one, written a little later (nothing depends
//! on it); what clients are refused at an instance's ports leaves some, and numbers of the others. Details are chosen field by field where the record is made; secrets and the dialect's own facts
//! are never among them.

mod clients;
mod refused;
mod verify;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::Row;

use crate::Fault;
use crate::account::Caller;
use crate::ids::SubUserId;
use crate::store::Tx;

pub use clients::ClientRefusal;
pub(crate) use clients::{ClientRefusals, Recorder};
pub use refused::Refusal;
pub(crate) use refused::Refusals;
pub(crate) use verify::verify_with;
pub use verify::{AuditDamage, AuditReport, DamageKind, integrity, verify};

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Committed as an intent; an operation carries it out.
    Accepted,
    /// Changed.
    Done,
    /// Given up and taken back.
    Undone,
    /// Not permitted or not possible; nothing was changed.
    Refused,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Done => "done",
            Self::Undone => "undone",
            Self::Refused => "refused",
        }
    }
}

/// One record, before it gets its number and hashes.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) time_ms: i64,
    pub(crate) account: String,
    /// The sub-user's id; empty for the account's owner.
    pub(crate) sub_user: String,
    pub(crate) access_key_id: String,
    pub(crate) request_id: String,
    pub(crate) address: String,
    /// What was asked for, as a noun and a verb: `topic_create`.
    pub(crate) action: String,
    /// What it was asked for: `instance/topic`.
    pub(crate) subject: String,
    pub(crate) outcome: Outcome,
    pub(crate) details: Value,
}

impl Entry {
    /// A record of what a caller did.
    pub(crate) fn of(
        caller: &Caller,
        time_ms: i64,
        action: &str,
        subject: String,
        outcome: Outcome,
        details: Value,
    ) -> Self {
        Self {
            time_ms,
            account: caller.account.to_string(),
            sub_user: caller.user.as_ref().map(SubUserId::to_string).unwrap_or_default(),
            access_key_id: caller.access_key_id.clone(),
            request_id: caller.request_id.clone(),
            address: caller.address.clone(),
            action: action.to_owned(),
            subject,
            outcome,
            details,
        }
    }
}

/// Adds a record to the chain.
pub(crate) async fn append(tx: &mut Tx, entry: Entry) -> Result<(), Fault> {
    let head = sqlx::query("SELECT sequence, hash FROM audit_head WHERE id = 1").fetch_one(&mut **tx).await?;
    let sequence: i64 = head.try_get::<i64, _>("sequence")? + 1;
    let previous: String = head.try_get("hash")?;
    let details = entry.details.to_string();
    let link = Link {
        sequence,
        time_ms: entry.time_ms,
        sub_user: Some(&entry.sub_user),
        texts: [
            &entry.account,
            &entry.access_key_id,
            &entry.request_id,
            &entry.address,
            &entry.action,
            &entry.subject,
            entry.outcome.word(),
            &details,
            &previous,
        ],
    };
    let hash = link.hash();
    sqlx::query(
        "INSERT INTO audit (sequence, time_ms, account, sub_user, access_key_id, request_id, address, action,
                            subject, outcome, details, previous, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(sequence)
    .bind(entry.time_ms)
    .bind(&entry.account)
    .bind(&entry.sub_user)
    .bind(&entry.access_key_id)
    .bind(&entry.request_id)
    .bind(&entry.address)
    .bind(&entry.action)
    .bind(&entry.subject)
    .bind(entry.outcome.word())
    .bind(&details)
    .bind(&previous)
    .bind(&hash)
    .execute(&mut **tx)
    .await?;
    sqlx::query("UPDATE audit_head SET sequence = $1, hash = $2 WHERE id = 1")
        .bind(sequence)
        .bind(&hash)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Everything a record's hash covers: all of it, the previous record's hash among it.
struct Link<'a> {
    sequence: i64,
    time_ms: i64,
    /// None in a record from before it was kept. Its hash covers one text less, which no other record's can be,
    /// because every text has its length before it.
    sub_user: Option<&'a str>,
    texts: [&'a str; 9],
}

impl Link<'_> {
    fn hash(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.sequence.to_be_bytes());
        hash.update(self.time_ms.to_be_bytes());
        for text in self.sub_user.into_iter().chain(self.texts) {
            // With its length, so that letters cannot move from one field to the next unseen.
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        BASE64.encode(hash.finalize())
    }
}
