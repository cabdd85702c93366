//! The keys of sealed instances as rows, as they lie there: encrypted.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::Tx;
use super::instances::InstanceKey;
use super::text::number;
use crate::Fault;
use crate::ids::{AccountId, CipherKeyId, CipherKeyVersionId, InstanceId, Region};

/// One key of an instance.
pub(crate) struct DiskKeyRow {
    pub(crate) key: InstanceKey,
    /// From 1.
    pub(crate) number: u32,
    /// What encrypts it; none where the store seals it.
    pub(crate) by: Option<(CipherKeyId, CipherKeyVersionId)>,
    pub(crate) wrapped: String,
    pub(crate) created_ms: i64,
}

/// Adds one.
pub(crate) async fn insert(tx: &mut Tx, row: &DiskKeyRow) -> Result<(), Fault> {
    let (cipher_key, version) =
        row.by.as_ref().map_or(("", ""), |(key, version)| (key.as_str(), version.as_str()));
    sqlx::query(
        "INSERT INTO disk_keys (account, region, instance, number, cipher_key, version, wrapped, created_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(row.key.account.as_str())
    .bind(row.key.region.as_str())
    .bind(row.key.id.as_str())
    .bind(i64::from(row.number))
    .bind(cipher_key)
    .bind(version)
    .bind(&row.wrapped)
    .bind(row.created_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The keys of an instance, whosever it is, oldest first; none when it is not sealed.
pub(crate) async fn list(connection: &mut AnyConnection, id: &InstanceId) -> Result<Vec<DiskKeyRow>, Fault> {
    let rows = sqlx::query("SELECT * FROM disk_keys WHERE instance = $1 ORDER BY number")
        .bind(id.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(from_row).collect()
}

/// The newest key of every instance that is sealed.
pub(crate) async fn newest_everywhere(connection: &mut AnyConnection) -> Result<Vec<DiskKeyRow>, Fault> {
    let rows = sqlx::query(
        "SELECT * FROM disk_keys WHERE number = (SELECT MAX(number) FROM disk_keys AS newest
             WHERE newest.instance = disk_keys.instance) ORDER BY instance",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(from_row).collect()
}

/// Removes all of an instance: what is sealed with them is lost.
pub(crate) async fn delete_all(tx: &mut Tx, key: &InstanceKey) -> Result<(), Fault> {
    sqlx::query("DELETE FROM disk_keys WHERE account = $1 AND region = $2 AND instance = $3")
        .bind(key.account.as_str())
        .bind(key.region.as_str())
        .bind(key.id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn from_row(row: &AnyRow) -> Result<DiskKeyRow, Fault> {
    let cipher_key: String = row.try_get("cipher_key")?;
    let version = CipherKeyVersionId::new(row.try_get::<String, _>("version")?);
    Ok(DiskKeyRow {
        key: InstanceKey {
            account: AccountId::new(row.try_get::<String, _>("account")?),
            region: Region::new(row.try_get::<String, _>("region")?),
            id: InstanceId::new(row.try_get::<String, _>("instance")?),
        },
        number: number(row, "number")?,
        by: (!cipher_key.is_empty()).then(|| (CipherKeyId::new(cipher_key), version)),
        wrapped: row.try_get("wrapped")?,
        created_ms: row.try_get("created_ms")?,
    })
}
