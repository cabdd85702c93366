//! Accounts as rows.

use sqlx::{AnyConnection, Row};

use super::Tx;
use crate::Fault;
use crate::account::Account;
use crate::ids::AccountId;

/// The account that was made first; none in a new store.
pub(crate) async fn first(connection: &mut AnyConnection) -> Result<Option<AccountId>, Fault> {
    let id: Option<String> = sqlx::query_scalar("SELECT id FROM accounts ORDER BY created_ms, id LIMIT 1")
        .fetch_optional(connection)
        .await?;
    Ok(id.map(AccountId::new))
}

/// All accounts, oldest first: for the operator.
pub(crate) async fn list_everywhere(connection: &mut AnyConnection) -> Result<Vec<Account>, Fault> {
    let rows = sqlx::query("SELECT id, label, created_ms FROM accounts ORDER BY created_ms, id")
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Account {
                id: AccountId::new(row.try_get::<String, _>("id")?),
                label: row.try_get("label")?,
                created_ms: row.try_get("created_ms")?,
            })
        })
        .collect()
}

/// When an account was made; none when there is no such account.
pub(crate) async fn created_ms(
    connection: &mut AnyConnection,
    account: &AccountId,
) -> Result<Option<i64>, Fault> {
    Ok(sqlx::query_scalar("SELECT created_ms FROM accounts WHERE id = $1")
        .bind(account.as_str())
        .fetch_optional(connection)
        .await?)
}

/// Adds an account.
pub(crate) async fn insert(tx: &mut Tx, id: &AccountId, label: &str, now_ms: i64) -> Result<(), Fault> {
    sqlx::query("INSERT INTO accounts (id, label, created_ms) VALUES ($1, $2, $3)")
        .bind(id.as_str())
        .bind(label)
        .bind(now_ms)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
