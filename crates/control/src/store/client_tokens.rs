//! What callers' tokens made the first time.

use sqlx::Row;

use super::{Scope, Tx};
use crate::Fault;
use crate::ids::ClientToken;

/// A token's first use.
pub(crate) struct FirstUse {
    /// A mark of the whole request.
    pub(crate) request: String,
    /// What it made, as JSON.
    pub(crate) result: String,
}

/// The first use of a token for a command; none when it is new, or was forgotten.
pub(crate) async fn find(
    tx: &mut Tx,
    scope: &Scope,
    command: &str,
    token: &ClientToken,
) -> Result<Option<FirstUse>, Fault> {
    let row = sqlx::query(
        "SELECT request, result FROM client_tokens
         WHERE account = $1 AND region = $2 AND command = $3 AND token = $4",
    )
    .bind(scope.account.as_str())
    .bind(scope.region.as_str())
    .bind(command)
    .bind(token.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|row| Ok(FirstUse { request: row.try_get("request")?, result: row.try_get("result")? }))
        .transpose()
}

/// Keeps a token's first use, and forgets those of the account from before `forget_ms`.
pub(crate) async fn insert(
    tx: &mut Tx,
    scope: &Scope,
    command: &str,
    token: &ClientToken,
    first: &FirstUse,
    (now_ms, forget_ms): (i64, i64),
) -> Result<(), Fault> {
    sqlx::query("DELETE FROM client_tokens WHERE account = $1 AND created_ms < $2")
        .bind(scope.account.as_str())
        .bind(forget_ms)
        .execute(&mut **tx)
        .await?;
    sqlx::query(
        "INSERT INTO client_tokens (account, region, command, token, request, result, created_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(scope.account.as_str())
    .bind(scope.region.as_str())
    .bind(command)
    .bind(token.as_str())
    .bind(&first.request)
    .bind(&first.result)
    .bind(now_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
