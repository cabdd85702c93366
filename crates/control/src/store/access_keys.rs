//! Access keys as rows. A holder is the account's owner or one of its sub-users.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::seal::{Spot, Vault};
use super::{Tx, text};
use crate::account::AccessKeyFacts;
use crate::ids::{AccountId, SubUserId};
use crate::{AccessKey, Fault};

/// Adds the operator's key to its account, or gives it a new secret. A key of somebody else is left alone.
pub(crate) async fn put(tx: &mut Tx, vault: &Vault, key: &AccessKey, now_ms: i64) -> Result<(), Fault> {
    let put = sqlx::query(
        "INSERT INTO access_keys (id, account, secret, active, created_ms) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET secret = excluded.secret, active = excluded.active
         WHERE access_keys.account = excluded.account AND access_keys.sub_user IS NULL",
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
        Err(Fault::bug(format!("access key {} belongs to somebody else", key.id)))
    }
}

/// Adds a new key.
pub(crate) async fn insert(tx: &mut Tx, vault: &Vault, key: &AccessKey, now_ms: i64) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO access_keys (id, account, sub_user, secret, active, created_ms)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&key.id)
    .bind(key.account.as_str())
    .bind(key.user.as_ref().map(SubUserId::as_str))
    .bind(vault.seal(spot(&key.id), &key.secret))
    .bind(i64::from(key.active))
    .bind(now_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A holder's keys, oldest first.
pub(crate) async fn list(
    connection: &mut AnyConnection,
    account: &AccountId,
    user: Option<&SubUserId>,
) -> Result<Vec<AccessKeyFacts>, Fault> {
    let rows = sqlx::query(
        "SELECT id, active, created_ms FROM access_keys WHERE account = $1 AND COALESCE(sub_user, '') = $2
         ORDER BY created_ms, id",
    )
    .bind(account.as_str())
    .bind(holder(user))
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(AccessKeyFacts {
                id: row.try_get("id")?,
                active: is_active(row)?,
                created_ms: row.try_get("created_ms")?,
            })
        })
        .collect()
}

/// Disables a holder's key, or enables it again.
pub(crate) async fn update(
    tx: &mut Tx,
    account: &AccountId,
    user: Option<&SubUserId>,
    id: &str,
    active: bool,
) -> Result<(), Fault> {
    let update = sqlx::query(
        "UPDATE access_keys SET active = $4 WHERE account = $1 AND COALESCE(sub_user, '') = $2 AND id = $3",
    )
    .bind(account.as_str())
    .bind(holder(user))
    .bind(id)
    .bind(i64::from(active));
    super::one(update.execute(&mut **tx).await?.rows_affected(), "access key")
}

/// Removes a holder's key.
pub(crate) async fn delete(
    tx: &mut Tx,
    account: &AccountId,
    user: Option<&SubUserId>,
    id: &str,
) -> Result<(), Fault> {
    let delete =
        sqlx::query("DELETE FROM access_keys WHERE account = $1 AND COALESCE(sub_user, '') = $2 AND id = $3")
            .bind(account.as_str())
            .bind(holder(user))
            .bind(id);
    super::one(delete.execute(&mut **tx).await?.rows_affected(), "access key")
}

/// Every key of every account, oldest first. Requests are verified before their account is known.
pub(crate) async fn list_everywhere(
    connection: &mut AnyConnection,
    vault: &Vault,
) -> Result<Vec<AccessKey>, Fault> {
    let rows =
        sqlx::query("SELECT id, account, sub_user, secret, active FROM access_keys ORDER BY created_ms, id")
            .fetch_all(connection)
            .await?;
    rows.iter().map(|row| from_row(row, vault)).collect()
}

fn from_row(row: &AnyRow, vault: &Vault) -> Result<AccessKey, Fault> {
    let id: String = row.try_get("id")?;
    let sealed: &str = row.try_get("secret")?;
    Ok(AccessKey {
        secret: vault.open_secret(spot(&id), sealed)?,
        id,
        account: AccountId::new(row.try_get::<String, _>("account")?),
        user: row.try_get::<Option<String>, _>("sub_user")?.map(SubUserId::new),
        active: is_active(row)?,
    })
}

fn is_active(row: &AnyRow) -> Result<bool, Fault> {
    Ok(text::number::<i64, _>(row, "active")? != 0)
}

/// No sub-user has an empty id, so it can stand for the owner.
fn holder(user: Option<&SubUserId>) -> &str {
    user.map_or("", SubUserId::as_str)
}

fn spot(id: &str) -> Spot<'_> {
    Spot { table: "access_keys", column: "secret", row: id }
}
