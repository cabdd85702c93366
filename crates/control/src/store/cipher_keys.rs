//! Cipher keys and their versions as rows. A key whose time has come is not there any more, whether or not it has been
//! erased yet.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use machine::secret::Secret;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::Tx;
use super::seal::{Spot, Vault};
use super::text::{from_json, number, to_json};
use crate::Fault;
use crate::cipher_key::{CipherKey, Rotation};
use crate::fault::Absent;
use crate::ids::{AccountId, CipherKeyId, CipherKeyVersionId, Region};

/// A key with its newest version.
const SELECT: &str =
    "SELECT cipher_keys.*, cipher_key_versions.id AS version, cipher_key_versions.number AS versions,
        cipher_key_versions.created_ms AS rotated_ms
    FROM cipher_keys JOIN cipher_key_versions
        ON cipher_key_versions.account = cipher_keys.account AND cipher_key_versions.key = cipher_keys.id
    WHERE cipher_key_versions.number = (SELECT MAX(number) FROM cipher_key_versions AS newest
        WHERE newest.account = cipher_keys.account AND newest.key = cipher_keys.id)";

/// A version that is to be kept.
pub(crate) struct NewVersion {
    pub(crate) id: CipherKeyVersionId,
    /// From 1.
    pub(crate) number: u32,
    pub(crate) material: Secret<[u8; 32]>,
    pub(crate) created_ms: i64,
}

/// Adds a key without a version.
pub(crate) async fn insert(tx: &mut Tx, account: &AccountId, key: &CipherKey) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO cipher_keys (account, region, id, description, enabled, deletion_ms, protected, protection_note,
                                  rotates, rotation_ms, rotation_text, rotation_since_ms, tags, created_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(&key.description)
    .bind(i64::from(key.enabled))
    .bind(key.deletion_ms)
    .bind(i64::from(key.protected))
    .bind(&key.protection_note)
    .bind(i64::from(key.rotation.on))
    .bind(key.rotation.every_ms)
    .bind(&key.rotation.every_text)
    .bind(key.rotation_since_ms)
    .bind(to_json(&key.tags)?)
    .bind(key.created_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Adds a version, sealed.
pub(crate) async fn insert_version(
    tx: &mut Tx,
    vault: &Vault,
    account: &AccountId,
    key: &CipherKeyId,
    version: &NewVersion,
) -> Result<(), Fault> {
    let material = Secret::new(BASE64.encode(version.material.expose()));
    sqlx::query(
        "INSERT INTO cipher_key_versions (account, key, id, number, material, created_ms)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(account.as_str())
    .bind(key.as_str())
    .bind(version.id.as_str())
    .bind(i64::from(version.number))
    .bind(vault.seal(spot(&version.id), &material))
    .bind(version.created_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The account's keys, oldest first, then by id.
pub(crate) async fn list(
    connection: &mut AnyConnection,
    account: &AccountId,
    now_ms: i64,
) -> Result<Vec<CipherKey>, Fault> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "{SELECT} AND cipher_keys.account = $1 AND (deletion_ms IS NULL OR deletion_ms > $2)
         ORDER BY cipher_keys.created_ms, cipher_keys.id"
    )))
    .bind(account.as_str())
    .bind(now_ms)
    .fetch_all(connection)
    .await?;
    rows.iter().map(from_row).collect()
}

/// The key of this id, when the account has it.
pub(crate) async fn find(
    connection: &mut AnyConnection,
    account: &AccountId,
    id: &CipherKeyId,
    now_ms: i64,
) -> Result<CipherKey, Fault> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!(
        "{SELECT} AND cipher_keys.account = $1 AND cipher_keys.id = $2 AND (deletion_ms IS NULL OR deletion_ms > $3)"
    )))
    .bind(account.as_str())
    .bind(id.as_str())
    .bind(now_ms)
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Absent::CipherKey(id.to_string()))?;
    from_row(&row)
}

/// Whether the account has any key.
pub(crate) async fn any(
    connection: &mut AnyConnection,
    account: &AccountId,
    now_ms: i64,
) -> Result<bool, Fault> {
    let row = sqlx::query(
        "SELECT id FROM cipher_keys WHERE account = $1 AND (deletion_ms IS NULL OR deletion_ms > $2) LIMIT 1",
    )
    .bind(account.as_str())
    .bind(now_ms)
    .fetch_optional(connection)
    .await?;
    Ok(row.is_some())
}

/// Every account's keys, those included whose time has come.
pub(crate) async fn list_everywhere(
    connection: &mut AnyConnection,
) -> Result<Vec<(AccountId, CipherKey)>, Fault> {
    let rows = sqlx::query(SELECT).fetch_all(connection).await?;
    rows.iter()
        .map(|row| Ok((AccountId::new(row.try_get::<String, _>("account")?), from_row(row)?)))
        .collect()
}

/// The key that a version of the account's is of; none when the account has no such version.
pub(crate) async fn key_of_version(
    connection: &mut AnyConnection,
    account: &AccountId,
    version: &CipherKeyVersionId,
) -> Result<Option<CipherKeyId>, Fault> {
    let key: Option<String> =
        sqlx::query_scalar("SELECT key FROM cipher_key_versions WHERE account = $1 AND id = $2")
            .bind(account.as_str())
            .bind(version.as_str())
            .fetch_optional(connection)
            .await?;
    Ok(key.map(CipherKeyId::new))
}

/// What a version encrypts and decrypts with.
pub(crate) async fn material(
    connection: &mut AnyConnection,
    vault: &Vault,
    account: &AccountId,
    version: &CipherKeyVersionId,
) -> Result<Secret<[u8; 32]>, Fault> {
    let sealed: String =
        sqlx::query_scalar("SELECT material FROM cipher_key_versions WHERE account = $1 AND id = $2")
            .bind(account.as_str())
            .bind(version.as_str())
            .fetch_one(connection)
            .await?;
    let damaged = || Fault::bug("the material of a cipher key is damaged");
    let opened = vault.open_secret(spot(version), &sealed)?;
    let bytes = Secret::new(BASE64.decode(opened.expose()).map_err(|_| damaged())?);
    Ok(Secret::new(<[u8; 32]>::try_from(bytes.expose().as_slice()).map_err(|_| damaged())?))
}

/// Writes all of a key that can change, its versions aside.
pub(crate) async fn update(tx: &mut Tx, account: &AccountId, key: &CipherKey) -> Result<(), Fault> {
    let update = sqlx::query(
        "UPDATE cipher_keys SET description = $3, enabled = $4, deletion_ms = $5, protected = $6,
             protection_note = $7, rotates = $8, rotation_ms = $9, rotation_text = $10, rotation_since_ms = $11,
             tags = $12
         WHERE account = $1 AND id = $2",
    )
    .bind(account.as_str())
    .bind(key.id.as_str())
    .bind(&key.description)
    .bind(i64::from(key.enabled))
    .bind(key.deletion_ms)
    .bind(i64::from(key.protected))
    .bind(&key.protection_note)
    .bind(i64::from(key.rotation.on))
    .bind(key.rotation.every_ms)
    .bind(&key.rotation.every_text)
    .bind(key.rotation_since_ms)
    .bind(to_json(&key.tags)?);
    super::one(update.execute(&mut **tx).await?.rows_affected(), "cipher key")
}

/// Erases a key with all of its material; false when it was not there any more.
pub(crate) async fn delete(tx: &mut Tx, account: &AccountId, id: &CipherKeyId) -> Result<bool, Fault> {
    sqlx::query("DELETE FROM cipher_key_versions WHERE account = $1 AND key = $2")
        .bind(account.as_str())
        .bind(id.as_str())
        .execute(&mut **tx)
        .await?;
    let delete = sqlx::query("DELETE FROM cipher_keys WHERE account = $1 AND id = $2")
        .bind(account.as_str())
        .bind(id.as_str());
    Ok(delete.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Where a version's material lies.
fn spot(version: &CipherKeyVersionId) -> Spot<'_> {
    Spot { table: "cipher_key_versions", column: "material", row: version.as_str() }
}

fn from_row(row: &AnyRow) -> Result<CipherKey, Fault> {
    Ok(CipherKey {
        id: CipherKeyId::new(row.try_get::<String, _>("id")?),
        region: Region::new(row.try_get::<String, _>("region")?),
        description: row.try_get("description")?,
        enabled: number::<i64, _>(row, "enabled")? != 0,
        deletion_ms: row.try_get("deletion_ms")?,
        protected: number::<i64, _>(row, "protected")? != 0,
        protection_note: row.try_get("protection_note")?,
        rotation: Rotation {
            on: number::<i64, _>(row, "rotates")? != 0,
            every_ms: row.try_get("rotation_ms")?,
            every_text: row.try_get("rotation_text")?,
        },
        rotation_since_ms: row.try_get("rotation_since_ms")?,
        version: CipherKeyVersionId::new(row.try_get::<String, _>("version")?),
        versions: number(row, "versions")?,
        rotated_ms: row.try_get("rotated_ms")?,
        created_ms: row.try_get("created_ms")?,
        tags: from_json(row.try_get("tags")?)?,
    })
}
