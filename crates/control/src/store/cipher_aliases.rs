//! Names of cipher keys as rows.

use sqlx::{AnyConnection, Row};

use super::Tx;
use crate::Fault;
use crate::cipher_alias::CipherAlias;
use crate::fault::Absent;
use crate::ids::{AccountId, CipherAliasName, CipherKeyId};

/// Adds a name.
pub(crate) async fn insert(
    tx: &mut Tx,
    account: &AccountId,
    alias: &CipherAlias,
    now_ms: i64,
) -> Result<(), Fault> {
    sqlx::query("INSERT INTO cipher_aliases (account, name, key, created_ms) VALUES ($1, $2, $3, $4)")
        .bind(account.as_str())
        .bind(alias.name.as_str())
        .bind(alias.key.as_str())
        .bind(now_ms)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The account's names, oldest first, then by name.
pub(crate) async fn list(
    connection: &mut AnyConnection,
    account: &AccountId,
) -> Result<Vec<CipherAlias>, Fault> {
    let rows =
        sqlx::query("SELECT name, key FROM cipher_aliases WHERE account = $1 ORDER BY created_ms, name")
            .bind(account.as_str())
            .fetch_all(connection)
            .await?;
    rows.iter()
        .map(|row| {
            Ok(CipherAlias {
                name: CipherAliasName::new(row.try_get::<String, _>("name")?),
                key: CipherKeyId::new(row.try_get::<String, _>("key")?),
            })
        })
        .collect()
}

/// The key of this name, when the account has it.
pub(crate) async fn find(
    connection: &mut AnyConnection,
    account: &AccountId,
    name: &CipherAliasName,
) -> Result<CipherKeyId, Fault> {
    let key: Option<String> =
        sqlx::query_scalar("SELECT key FROM cipher_aliases WHERE account = $1 AND name = $2")
            .bind(account.as_str())
            .bind(name.as_str())
            .fetch_optional(connection)
            .await?;
    key.map(CipherKeyId::new).ok_or_else(|| Absent::CipherAlias(name.to_string()).into())
}

/// Gives a name to another key.
pub(crate) async fn update(
    tx: &mut Tx,
    account: &AccountId,
    name: &CipherAliasName,
    key: &CipherKeyId,
) -> Result<(), Fault> {
    let update = sqlx::query("UPDATE cipher_aliases SET key = $3 WHERE account = $1 AND name = $2")
        .bind(account.as_str())
        .bind(name.as_str())
        .bind(key.as_str());
    super::one(update.execute(&mut **tx).await?.rows_affected(), "name of a cipher key")
}

/// Removes a name.
pub(crate) async fn delete(tx: &mut Tx, account: &AccountId, name: &CipherAliasName) -> Result<(), Fault> {
    let delete = sqlx::query("DELETE FROM cipher_aliases WHERE account = $1 AND name = $2")
        .bind(account.as_str())
        .bind(name.as_str());
    super::one(delete.execute(&mut **tx).await?.rows_affected(), "name of a cipher key")
}

/// Removes all names of a key.
pub(crate) async fn delete_all(tx: &mut Tx, account: &AccountId, key: &CipherKeyId) -> Result<(), Fault> {
    sqlx::query("DELETE FROM cipher_aliases WHERE account = $1 AND key = $2")
        .bind(account.as_str())
        .bind(key.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}
