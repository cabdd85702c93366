//! Proving that the audit chain is whole.

use std::path::Path;

use futures_util::TryStreamExt;
use machine::disk::Disk;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Connection, Row};

use super::Link;
use crate::Fault;
use crate::config::OpenError;
use crate::store::connect_reader;

/// What a check of the audit chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditReport {
    /// Records read.
    pub records: u64,
    /// What is wrong, in the order of the chain; empty when it is whole.
    pub damage: Vec<AuditDamage>,
}

/// One break in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditDamage {
    /// The record at which it shows.
    pub sequence: i64,
    /// What is wrong there.
    pub kind: DamageKind,
}

/// How the chain is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamageKind {
    /// The record is not as it was written.
    Edited,
    /// The record does not follow the one before: records are missing, added or in another order.
    Unlinked,
    /// The chain's end is not where it was: records were cut off or added after it.
    EndMoved,
}

/// Checks the audit chain of a database that no server has open. Only reads.
pub async fn verify(database: &Path, disk: &dyn Disk) -> Result<AuditReport, OpenError> {
    let mut connection = connect_reader(database, disk).await?;
    let report = verify_with(&mut connection).await?;
    connection.close().await.map_err(OpenError::Database)?;
    Ok(report)
}

/// What SQLite itself finds wrong with a database that no server has open; empty when nothing is. Only reads.
pub async fn integrity(database: &Path, disk: &dyn Disk) -> Result<Vec<String>, OpenError> {
    let mut connection = connect_reader(database, disk).await?;
    let told: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_all(&mut connection)
        .await
        .map_err(OpenError::Database)?;
    connection.close().await.map_err(OpenError::Database)?;
    Ok(told.into_iter().filter(|line| line != "ok").collect())
}

/// Checks the audit chain over a connection.
pub(crate) async fn verify_with(connection: &mut AnyConnection) -> Result<AuditReport, Fault> {
    // One transaction: the end and the records are of the same moment, while others go on writing.
    let mut tx = connection.begin().await?;
    let head =
        sqlx::query("SELECT sequence, hash FROM audit_head WHERE id = 1").fetch_optional(&mut *tx).await?;
    let (head_sequence, head_hash): (i64, String) = match &head {
        Some(row) => (row.try_get("sequence")?, row.try_get("hash")?),
        None => (0, String::new()),
    };

    let mut report = AuditReport { records: 0, damage: Vec::new() };
    let mut last = (0, String::new());
    let mut rows = sqlx::query("SELECT * FROM audit ORDER BY sequence").fetch(&mut *tx);
    while let Some(row) = rows.try_next().await? {
        let (sequence, linked, hash, whole) = examine(&row, &last)?;
        report.records += 1;
        if !linked {
            report.damage.push(AuditDamage { sequence, kind: DamageKind::Unlinked });
        }
        if !whole {
            report.damage.push(AuditDamage { sequence, kind: DamageKind::Edited });
        }
        last = (sequence, hash);
    }
    drop(rows);
    tx.rollback().await?;
    if last != (head_sequence, head_hash) {
        report.damage.push(AuditDamage { sequence: last.0, kind: DamageKind::EndMoved });
    }
    Ok(report)
}

/// The record's number, whether it follows `last`, its hash, and whether that is the hash of what it says.
fn examine(row: &AnyRow, last: &(i64, String)) -> Result<(i64, bool, String, bool), Fault> {
    let sequence: i64 = row.try_get("sequence")?;
    let previous: &str = row.try_get("previous")?;
    let hash: String = row.try_get("hash")?;
    let link = Link {
        sequence,
        time_ms: row.try_get("time_ms")?,
        sub_user: row.try_get("sub_user")?,
        texts: [
            row.try_get("account")?,
            row.try_get("access_key_id")?,
            row.try_get("request_id")?,
            row.try_get("address")?,
            row.try_get("action")?,
            row.try_get("subject")?,
            row.try_get("outcome")?,
            row.try_get("details")?,
            previous,
        ],
    };
    let linked = sequence == last.0 + 1 && previous == last.1;
    let whole = link.hash() == hash;
    Ok((sequence, linked, hash, whole))
}
