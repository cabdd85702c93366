//! An account's own policies as rows.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::{Tx, text};
use crate::Fault;
use crate::ids::{AccountId, PolicyName};
use crate::permission::{Policy, PolicyFacts, PolicyRef};
use crate::topic::Page;

/// Adds a policy.
pub(crate) async fn insert(tx: &mut Tx, account: &AccountId, policy: &Policy) -> Result<(), Fault> {
    let Policy { facts, document } = policy;
    sqlx::query(
        "INSERT INTO policies (account, name, description, document, created_ms, updated_ms)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(account.as_str())
    .bind(facts.of.name.as_str())
    .bind(&facts.description)
    .bind(document)
    .bind(facts.created_ms)
    .bind(facts.updated_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A statement that reads policies, but for what they say.
macro_rules! facts {
    ($which:literal) => {
        sqlx::query(concat!(
            "SELECT name, description, created_ms, updated_ms,
                    (SELECT COUNT(*) FROM policy_attachments
                     WHERE account = policies.account AND standing = 0 AND policy = policies.name) AS attachments
             FROM policies WHERE account = $1 ",
            $which
        ))
    };
}

/// A part of the account's own policies, oldest first, then by name.
pub(crate) async fn list(
    connection: &mut AnyConnection,
    account: &AccountId,
    page: Page,
) -> Result<Vec<PolicyFacts>, Fault> {
    let rows = facts!("ORDER BY created_ms, name LIMIT $2 OFFSET $3")
        .bind(account.as_str())
        .bind(i64::try_from(page.take).unwrap_or(i64::MAX))
        .bind(i64::try_from(page.skip).unwrap_or(i64::MAX))
        .fetch_all(connection)
        .await?;
    rows.iter().map(from_row).collect()
}

/// How many policies of its own the account has.
pub(crate) async fn count(connection: &mut AnyConnection, account: &AccountId) -> Result<usize, Fault> {
    let row = sqlx::query("SELECT COUNT(*) AS policies FROM policies WHERE account = $1")
        .bind(account.as_str())
        .fetch_one(connection)
        .await?;
    text::number(&row, "policies")
}

/// The account's own policy of this name, if there is one.
pub(crate) async fn find(
    connection: &mut AnyConnection,
    account: &AccountId,
    name: &PolicyName,
) -> Result<Option<PolicyFacts>, Fault> {
    let row =
        facts!("AND name = $2").bind(account.as_str()).bind(name.as_str()).fetch_optional(connection).await?;
    row.as_ref().map(from_row).transpose()
}

/// What the account's own policy of this name says, if there is one.
pub(crate) async fn document(
    connection: &mut AnyConnection,
    account: &AccountId,
    name: &PolicyName,
) -> Result<Option<String>, Fault> {
    let row = sqlx::query("SELECT document FROM policies WHERE account = $1 AND name = $2")
        .bind(account.as_str())
        .bind(name.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.try_get("document")).transpose()?)
}

/// Removes a policy.
pub(crate) async fn delete(tx: &mut Tx, account: &AccountId, name: &PolicyName) -> Result<(), Fault> {
    let delete = sqlx::query("DELETE FROM policies WHERE account = $1 AND name = $2")
        .bind(account.as_str())
        .bind(name.as_str());
    super::one(delete.execute(&mut **tx).await?.rows_affected(), "policy")
}

fn from_row(row: &AnyRow) -> Result<PolicyFacts, Fault> {
    let name = PolicyName::new(row.try_get::<String, _>("name")?);
    Ok(PolicyFacts {
        of: PolicyRef { standing: false, name },
        description: row.try_get("description")?,
        created_ms: row.try_get("created_ms")?,
        updated_ms: row.try_get("updated_ms")?,
        attachments: text::number(row, "attachments")?,
    })
}
