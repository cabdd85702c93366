//! Which policies apply to whom, as rows.

use sqlx::{AnyConnection, Row};

use super::{Tx, text};
use crate::Fault;
use crate::ids::{AccountId, PolicyName, SubUserId};
use crate::permission::{Attachment, PolicyRef};

/// Attaches a policy.
pub(crate) async fn insert(
    tx: &mut Tx,
    account: &AccountId,
    user: &SubUserId,
    policy: &PolicyRef,
    now_ms: i64,
) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO policy_attachments (account, sub_user, standing, policy, created_ms)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(account.as_str())
    .bind(user.as_str())
    .bind(i64::from(policy.standing))
    .bind(policy.name.as_str())
    .bind(now_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What is attached to a sub-user, oldest first, then by name.
pub(crate) async fn list(
    connection: &mut AnyConnection,
    account: &AccountId,
    user: &SubUserId,
) -> Result<Vec<Attachment>, Fault> {
    let rows = sqlx::query(
        "SELECT standing, policy, created_ms FROM policy_attachments WHERE account = $1 AND sub_user = $2
         ORDER BY created_ms, standing, policy",
    )
    .bind(account.as_str())
    .bind(user.as_str())
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let standing = text::number::<i64, _>(row, "standing")? != 0;
            let name = PolicyName::new(row.try_get::<String, _>("policy")?);
            Ok(Attachment { policy: PolicyRef { standing, name }, attached_ms: row.try_get("created_ms")? })
        })
        .collect()
}

/// To how many of the account's sub-users each standing policy is attached, by name.
pub(crate) async fn count_standing(
    connection: &mut AnyConnection,
    account: &AccountId,
) -> Result<Vec<(PolicyName, u32)>, Fault> {
    let rows = sqlx::query(
        "SELECT policy, COUNT(*) AS attachments FROM policy_attachments WHERE account = $1 AND standing = 1
         GROUP BY policy ORDER BY policy",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let name = PolicyName::new(row.try_get::<String, _>("policy")?);
            Ok((name, text::number(row, "attachments")?))
        })
        .collect()
}

/// Detaches a policy.
pub(crate) async fn delete(
    tx: &mut Tx,
    account: &AccountId,
    user: &SubUserId,
    policy: &PolicyRef,
) -> Result<(), Fault> {
    let delete = sqlx::query(
        "DELETE FROM policy_attachments WHERE account = $1 AND sub_user = $2 AND standing = $3 AND policy = $4",
    )
    .bind(account.as_str())
    .bind(user.as_str())
    .bind(i64::from(policy.standing))
    .bind(policy.name.as_str());
    super::one(delete.execute(&mut **tx).await?.rows_affected(), "policy's attachment")
}
