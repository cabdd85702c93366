//! An account's own policies as rows.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::{Tx, text};
use crate::Fault;
use crate::identity::AbsentIdentity;
use crate::ids::{AccountId, PolicyName};
use crate::permission::{Policy, PolicyRef};

/// Adds a policy.
pub(crate) async fn insert(tx: &mut Tx, account: &AccountId, policy: &Policy) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO policies (account, name, description, document, created_ms, updated_ms)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(account.as_str())
    .bind(policy.of.name.as_str())
    .bind(&policy.description)
    .bind(&policy.document)
    .bind(policy.created_ms)
    .bind(policy.updated_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The account's own policies, oldest first, then by name.
pub(crate) async fn list(connection: &mut AnyConnection, account: &AccountId) -> Result<Vec<Policy>, Fault> {
    let rows = sqlx::query(
        "SELECT name, description, document, created_ms, updated_ms,
                (SELECT COUNT(*) FROM policy_attachments
                 WHERE account = policies.account AND standing = 0 AND policy = policies.name) AS attachments
         FROM policies WHERE account = $1 ORDER BY created_ms, name",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    rows.iter().map(from_row).collect()
}

/// The account's own policy of this name.
pub(crate) async fn find(
    connection: &mut AnyConnection,
    account: &AccountId,
    name: &PolicyName,
) -> Result<Policy, Fault> {
    let row = sqlx::query(
        "SELECT name, description, document, created_ms, updated_ms,
                (SELECT COUNT(*) FROM policy_attachments
                 WHERE account = policies.account AND standing = 0 AND policy = policies.name) AS attachments
         FROM policies WHERE account = $1 AND name = $2",
    )
    .bind(account.as_str())
    .bind(name.as_str())
    .fetch_optional(connection)
    .await?;
    match row {
        Some(row) => from_row(&row),
        None => Err(AbsentIdentity::Policy(name.to_string()).into()),
    }
}

/// Removes a policy.
pub(crate) async fn delete(tx: &mut Tx, account: &AccountId, name: &PolicyName) -> Result<(), Fault> {
    let delete = sqlx::query("DELETE FROM policies WHERE account = $1 AND name = $2")
        .bind(account.as_str())
        .bind(name.as_str());
    super::one(delete.execute(&mut **tx).await?.rows_affected(), "policy")
}

fn from_row(row: &AnyRow) -> Result<Policy, Fault> {
    let name = PolicyName::new(row.try_get::<String, _>("name")?);
    Ok(Policy {
        of: PolicyRef { standing: false, name },
        description: row.try_get("description")?,
        document: row.try_get("document")?,
        created_ms: row.try_get("created_ms")?,
        updated_ms: row.try_get("updated_ms")?,
        attachments: text::number(row, "attachments")?,
    })
}
