//! The table of operations under way.

use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::Tx;
use super::instances::InstanceKey;
use super::text::{from_json, from_word, number, to_json, to_word};
use crate::Fault;
use crate::account::Caller;
use crate::fault::Conflict;
use crate::ids::{AccountId, GroupName, InstanceId, Region, SubUserId, TopicName, UserName};
use crate::user::LoginKind;

/// What an operation changes within its instance. Two operations on one subject exclude each other, and one on
/// the whole instance excludes all others in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Instance,
    Topic(TopicName),
    Group(GroupName),
    /// From where it may be used.
    Allowed,
    User(LoginKind, UserName),
    /// What users may do in it.
    Rules,
}

impl Subject {
    fn word(&self) -> Result<String, Fault> {
        Ok(match self {
            Self::Instance => String::new(),
            Self::Topic(name) => format!("topic:{name}"),
            Self::Group(name) => format!("group:{name}"),
            Self::Allowed => "allowed:".to_owned(),
            Self::Rules => "rules:".to_owned(),
            Self::User(kind, name) => format!("user:{}:{name}", to_word(kind)?),
        })
    }

    fn from_word(word: &str) -> Result<Self, Fault> {
        match word.split_once(':') {
            None if word.is_empty() => Ok(Self::Instance),
            Some(("topic", name)) => Ok(Self::Topic(TopicName::new(name))),
            Some(("group", name)) => Ok(Self::Group(GroupName::new(name))),
            Some(("allowed", "")) => Ok(Self::Allowed),
            Some(("user", user)) if user.contains(':') => {
                let (kind, name) = user.split_once(':').unwrap_or_default();
                Ok(Self::User(from_word(kind)?, UserName::new(name)))
            }
            Some(("rules", "")) => Ok(Self::Rules),
            _ => Err(Fault::bug(format!("a stored subject is damaged: {word}"))),
        }
    }

    /// How the audit record names it.
    pub(crate) fn path(&self, key: &InstanceKey) -> String {
        match self {
            Self::Instance => key.id.to_string(),
            Self::Topic(name) => format!("{}/{name}", key.id),
            Self::Group(name) => format!("{}/{name}", key.id),
            Self::Allowed => format!("{}/allowed", key.id),
            Self::User(_, name) => format!("{}/{name}", key.id),
            Self::Rules => format!("{}/rules", key.id),
        }
    }
}

/// An operation under way.
#[derive(Clone, Debug)]
pub(crate) struct OperationRow {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) key: InstanceKey,
    pub(crate) subject: Subject,
    /// The step that is next.
    pub(crate) step: String,
    /// What its steps know, in its kind's own form.
    pub(crate) payload: Value,
    /// Failures of that step so far.
    pub(crate) attempts: u32,
    pub(crate) last_error: Option<String>,
    /// Who asked for it.
    pub(crate) caller: Caller,
    pub(crate) created_ms: i64,
}

/// Refuses when an operation is under way that excludes one on this subject.
pub(crate) async fn ensure_free(tx: &mut Tx, key: &InstanceKey, subject: &Subject) -> Result<(), Fault> {
    let whole = i64::from(*subject == Subject::Instance);
    let hindrance = sqlx::query(
        "SELECT id FROM operations
         WHERE account = $1 AND region = $2 AND instance = $3 AND (subject = '' OR subject = $4 OR $5 = 1)
         LIMIT 1",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(subject.word()?)
    .bind(whole)
    .fetch_optional(&mut **tx)
    .await?;
    match hindrance {
        None => Ok(()),
        Some(_) => Err(Conflict::OperationRunning.into()),
    }
}

/// As [`ensure_free`] for the whole instance, but operations on its topics and groups are called off: the
/// driver finds their rows gone and stops. For changes that take all topics and groups away with the instance.
pub(crate) async fn supersede(tx: &mut Tx, key: &InstanceKey) -> Result<(), Fault> {
    let delete = sqlx::query(
        "DELETE FROM operations WHERE account = $1 AND region = $2 AND instance = $3 AND subject <> ''",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str());
    delete.execute(&mut **tx).await?;
    ensure_free(tx, key, &Subject::Instance).await
}

/// Whether an operation is still wanted; see [`supersede`].
pub(crate) async fn is_wanted(tx: &mut Tx, row: &OperationRow) -> Result<bool, Fault> {
    let found = sqlx::query("SELECT id FROM operations WHERE account = $1 AND id = $2")
        .bind(row.key.account.as_str())
        .bind(&row.id)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(found.is_some())
}

/// Adds an operation with its intent.
pub(crate) async fn insert(tx: &mut Tx, row: &OperationRow) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO operations (id, kind, account, region, instance, subject, step, payload, attempts,
                                 last_error, sub_user, access_key_id, request_id, address, created_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(&row.id)
    .bind(&row.kind)
    .bind(row.key.account.as_str())
    .bind(row.key.region.as_str())
    .bind(row.key.id.as_str())
    .bind(row.subject.word()?)
    .bind(&row.step)
    .bind(to_json(&row.payload)?)
    .bind(i64::from(row.attempts))
    .bind(&row.last_error)
    .bind(row.caller.user.as_ref().map(SubUserId::as_str))
    .bind(&row.caller.access_key_id)
    .bind(&row.caller.request_id)
    .bind(&row.caller.address)
    .bind(row.created_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes where an operation stands: kind, step, payload, attempts, last error.
pub(crate) async fn update(tx: &mut Tx, row: &OperationRow) -> Result<(), Fault> {
    let update = sqlx::query(
        "UPDATE operations SET kind = $3, step = $4, payload = $5, attempts = $6, last_error = $7
         WHERE account = $1 AND id = $2",
    )
    .bind(row.key.account.as_str())
    .bind(&row.id)
    .bind(&row.kind)
    .bind(&row.step)
    .bind(to_json(&row.payload)?)
    .bind(i64::from(row.attempts))
    .bind(&row.last_error);
    one(update.execute(&mut **tx).await?.rows_affected())
}

/// Removes an operation that has ended.
pub(crate) async fn delete(tx: &mut Tx, row: &OperationRow) -> Result<(), Fault> {
    let delete = sqlx::query("DELETE FROM operations WHERE account = $1 AND id = $2")
        .bind(row.key.account.as_str())
        .bind(&row.id);
    one(delete.execute(&mut **tx).await?.rows_affected())
}

/// Every operation of every account, oldest first.
pub(crate) async fn list_everywhere(connection: &mut AnyConnection) -> Result<Vec<OperationRow>, Fault> {
    let rows = sqlx::query("SELECT * FROM operations ORDER BY created_ms, id").fetch_all(connection).await?;
    rows.iter().map(from_row).collect()
}

/// How many operations of all accounts are under way, and how many of them have failed at their step.
pub(crate) async fn count_everywhere(connection: &mut AnyConnection) -> Result<(u64, u64), Fault> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS running, COUNT(CASE WHEN attempts > 0 THEN 1 END) AS failing FROM operations",
    )
    .fetch_one(connection)
    .await?;
    Ok((number(&row, "running")?, number(&row, "failing")?))
}

fn one(rows: u64) -> Result<(), Fault> {
    if rows == 1 { Ok(()) } else { Err(Fault::bug(format!("{rows} operations instead of one were met"))) }
}

fn from_row(row: &AnyRow) -> Result<OperationRow, Fault> {
    let account = AccountId::new(row.try_get::<String, _>("account")?);
    Ok(OperationRow {
        id: row.try_get("id")?,
        kind: row.try_get("kind")?,
        key: InstanceKey {
            account: account.clone(),
            region: Region::new(row.try_get::<String, _>("region")?),
            id: InstanceId::new(row.try_get::<String, _>("instance")?),
        },
        subject: Subject::from_word(row.try_get("subject")?)?,
        step: row.try_get("step")?,
        payload: from_json(row.try_get("payload")?)?,
        attempts: number(row, "attempts")?,
        last_error: row.try_get("last_error")?,
        caller: Caller {
            account,
            user: row.try_get::<Option<String>, _>("sub_user")?.map(SubUserId::new),
            access_key_id: row.try_get("access_key_id")?,
            request_id: row.try_get("request_id")?,
            address: row.try_get("address")?,
        },
        created_ms: row.try_get("created_ms")?,
    })
}
