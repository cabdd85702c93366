//! Accounts and their access keys.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::seal::{Spot, Vault};
use super::{Tx, text};
use crate::ids::AccountId;
use crate::{AccessKey, Fault};

/// The account that was made first; none in a new store.
pub(crate) async fn first(connection: &mut AnyConnection) -> Result<Option<AccountId>, Fault> {
    let id: Option<String> = sqlx::query_scalar("SELECT id FROM accounts ORDER BY created_ms, id LIMIT 1")
        .fetch_optional(connection)
        .await?;
    Ok(id.map(AccountId::new))
}

/// Adds an account.
pub(crate) async fn insert(tx: &mut Tx, id: &AccountId, now_ms: i64) -> Result<(), Fault> {
    sqlx::query("INSERT INTO accounts (id, created_ms) VALUES ($1, $2)")
        .bind(id.as_str())
        .bind(now_ms)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Adds a key to its account, or gives it a new secret. A key of another account is left alone.
pub(crate) async fn key_put(tx: &mut Tx, vault: &Vault, key: &AccessKey, now_ms: i64) -> Result<(), Fault> {
    let put = sqlx::query(
        "INSERT INTO access_keys (id, account, secret, active, created_ms) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET secret = excluded.secret, active = excluded.active
         WHERE access_keys.account = excluded.account",
    )
    .bind(&key.id)
    .bind(key.account.as_str())
    .bind(vault.seal(spot(&key.id), &key.secret))
    .bind(i64::from(key.active))
    .bind(now_ms)
    .execute(&mut **tx)
    .await?;
    if put.rows_affected() == 1 {
        Ok(())
    } else {
        Err(Fault::bug(format!("access key {} belongs to another account", key.id)))
    }
}

/// Every key of every account, oldest first. Requests are verified before their account is known.
pub(crate) async fn keys_everywhere(
    connection: &mut AnyConnection,
    vault: &Vault,
) -> Result<Vec<AccessKey>, Fault> {
    let rows = sqlx::query("SELECT id, account, secret, active FROM access_keys ORDER BY created_ms, id")
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| key_from(row, vault)).collect()
}

fn key_from(row: &AnyRow, vault: &Vault) -> Result<AccessKey, Fault> {
    let id: String = row.try_get("id")?;
    let sealed: &str = row.try_get("secret")?;
    let secret = vault.open_secret(spot(&id), sealed)?;
    let account = AccountId::new(row.try_get::<String, _>("account")?);
    Ok(AccessKey { id, secret, account, active: text::number::<i64, _>(row, "active")? != 0 })
}

fn spot(id: &str) -> Spot<'_> {
    Spot { table: "access_keys", column: "secret", row: id }
}
