//! Resource groups as rows. The one that an account has from the start has none.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::Tx;
use crate::Fault;
use crate::ids::{AccountId, ResourceGroupId};
use crate::resource_group::ResourceGroup;

/// Adds a group.
pub(crate) async fn insert(tx: &mut Tx, account: &AccountId, group: &ResourceGroup) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO resource_groups (account, id, name, label, created_ms) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(account.as_str())
    .bind(group.id.as_str())
    .bind(&group.name)
    .bind(&group.label)
    .bind(group.created_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The groups that the account has made, oldest first, then by id.
pub(crate) async fn list(
    connection: &mut AnyConnection,
    account: &AccountId,
) -> Result<Vec<ResourceGroup>, Fault> {
    let rows = sqlx::query("SELECT * FROM resource_groups WHERE account = $1 ORDER BY created_ms, id")
        .bind(account.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(from_row).collect()
}

/// Whether something of the account's is in a group: a network with its subnets, a security group, or an instance that
/// is not deleted.
pub(crate) async fn in_use(
    connection: &mut AnyConnection,
    account: &AccountId,
    id: &ResourceGroupId,
) -> Result<bool, Fault> {
    let row = sqlx::query(
        "SELECT id FROM networks WHERE account = $1 AND resource_group = $2
         UNION ALL SELECT id FROM security_groups WHERE account = $1 AND resource_group = $2
         UNION ALL SELECT id FROM instances WHERE account = $1 AND resource_group = $2
         LIMIT 1",
    )
    .bind(account.as_str())
    .bind(id.as_str())
    .fetch_optional(connection)
    .await?;
    Ok(row.is_some())
}

/// Changes what a group is called where people read it.
pub(crate) async fn set_label(
    tx: &mut Tx,
    account: &AccountId,
    id: &ResourceGroupId,
    label: &str,
) -> Result<(), Fault> {
    let update = sqlx::query("UPDATE resource_groups SET label = $3 WHERE account = $1 AND id = $2")
        .bind(account.as_str())
        .bind(id.as_str())
        .bind(label);
    super::one(update.execute(&mut **tx).await?.rows_affected(), "resource group")
}

/// Removes a group.
pub(crate) async fn delete(tx: &mut Tx, account: &AccountId, id: &ResourceGroupId) -> Result<(), Fault> {
    let delete = sqlx::query("DELETE FROM resource_groups WHERE account = $1 AND id = $2")
        .bind(account.as_str())
        .bind(id.as_str());
    super::one(delete.execute(&mut **tx).await?.rows_affected(), "resource group")
}

fn from_row(row: &AnyRow) -> Result<ResourceGroup, Fault> {
    Ok(ResourceGroup {
        id: ResourceGroupId::new(row.try_get::<String, _>("id")?),
        name: row.try_get("name")?,
        label: row.try_get("label")?,
        created_ms: row.try_get("created_ms")?,
    })
}
