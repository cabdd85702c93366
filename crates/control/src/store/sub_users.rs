//! Sub-users as rows.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::Tx;
use crate::Fault;
use crate::identity::AbsentIdentity;
use crate::ids::{AccountId, SubUserId, SubUserName};
use crate::sub_user::SubUser;

/// Adds a sub-user.
pub(crate) async fn insert(tx: &mut Tx, account: &AccountId, user: &SubUser) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO sub_users (account, id, name, display_name, comments, created_ms, updated_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(account.as_str())
    .bind(user.id.as_str())
    .bind(user.name.as_str())
    .bind(&user.display_name)
    .bind(&user.comments)
    .bind(user.created_ms)
    .bind(user.updated_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The account's sub-users, oldest first, then by name.
pub(crate) async fn list(connection: &mut AnyConnection, account: &AccountId) -> Result<Vec<SubUser>, Fault> {
    let rows = sqlx::query(
        "SELECT id, name, display_name, comments, created_ms, updated_ms FROM sub_users WHERE account = $1
         ORDER BY created_ms, name",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    rows.iter().map(from_row).collect()
}

/// The account's sub-user of this name.
pub(crate) async fn find(
    connection: &mut AnyConnection,
    account: &AccountId,
    name: &SubUserName,
) -> Result<SubUser, Fault> {
    let row = sqlx::query(
        "SELECT id, name, display_name, comments, created_ms, updated_ms FROM sub_users
         WHERE account = $1 AND name = $2",
    )
    .bind(account.as_str())
    .bind(name.as_str())
    .fetch_optional(connection)
    .await?;
    match row {
        Some(row) => from_row(&row),
        None => Err(AbsentIdentity::SubUser(name.to_string()).into()),
    }
}

/// The account's sub-user of this id.
pub(crate) async fn find_by_id(
    connection: &mut AnyConnection,
    account: &AccountId,
    id: &SubUserId,
) -> Result<SubUser, Fault> {
    let row = sqlx::query(
        "SELECT id, name, display_name, comments, created_ms, updated_ms FROM sub_users
         WHERE account = $1 AND id = $2",
    )
    .bind(account.as_str())
    .bind(id.as_str())
    .fetch_optional(connection)
    .await?;
    match row {
        Some(row) => from_row(&row),
        None => Err(AbsentIdentity::SubUser(id.to_string()).into()),
    }
}

/// Changes what can be changed of a sub-user.
pub(crate) async fn update(tx: &mut Tx, account: &AccountId, user: &SubUser) -> Result<(), Fault> {
    let update = sqlx::query(
        "UPDATE sub_users SET name = $3, display_name = $4, comments = $5, updated_ms = $6
         WHERE account = $1 AND id = $2",
    )
    .bind(account.as_str())
    .bind(user.id.as_str())
    .bind(user.name.as_str())
    .bind(&user.display_name)
    .bind(&user.comments)
    .bind(user.updated_ms);
    super::one(update.execute(&mut **tx).await?.rows_affected(), "sub-user")
}

/// Removes a sub-user.
pub(crate) async fn delete(tx: &mut Tx, account: &AccountId, id: &SubUserId) -> Result<(), Fault> {
    let delete = sqlx::query("DELETE FROM sub_users WHERE account = $1 AND id = $2")
        .bind(account.as_str())
        .bind(id.as_str());
    super::one(delete.execute(&mut **tx).await?.rows_affected(), "sub-user")
}

fn from_row(row: &AnyRow) -> Result<SubUser, Fault> {
    Ok(SubUser {
        id: SubUserId::new(row.try_get::<String, _>("id")?),
        name: SubUserName::new(row.try_get::<String, _>("name")?),
        display_name: row.try_get("display_name")?,
        comments: row.try_get("comments")?,
        created_ms: row.try_get("created_ms")?,
        updated_ms: row.try_get("updated_ms")?,
    })
}
