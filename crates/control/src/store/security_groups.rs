//! Security groups as rows.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::text::{from_word, number, to_word};
use super::{Scope, Tx};
use crate::Fault;
use crate::fault::Absent;
use crate::ids::{AccountId, NetworkId, ResourceGroupId, SecurityGroupId};
use crate::security_group::SecurityGroup;

/// Adds a group. Its tags have a table of their own.
pub(crate) async fn insert(tx: &mut Tx, scope: &Scope, group: &SecurityGroup) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO security_groups (account, region, id, network, name, description, kind, inner_access,
                                      resource_group, created_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(scope.account.as_str())
    .bind(scope.region.as_str())
    .bind(group.id.as_str())
    .bind(group.network.as_ref().map(NetworkId::as_str))
    .bind(&group.name)
    .bind(&group.description)
    .bind(to_word(&group.kind)?)
    .bind(i64::from(group.inner_access))
    .bind(group.resource_group.as_str())
    .bind(group.created_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The account's groups in a region, oldest first, then by id; without their tags.
pub(crate) async fn list(connection: &mut AnyConnection, scope: &Scope) -> Result<Vec<SecurityGroup>, Fault> {
    let rows = sqlx::query(
        "SELECT * FROM security_groups WHERE account = $1 AND region = $2 ORDER BY created_ms, id",
    )
    .bind(scope.account.as_str())
    .bind(scope.region.as_str())
    .fetch_all(connection)
    .await?;
    rows.iter().map(from_row).collect()
}

/// The group of this id, when the account has it in this region; without its tags.
pub(crate) async fn find(
    connection: &mut AnyConnection,
    scope: &Scope,
    id: &SecurityGroupId,
) -> Result<SecurityGroup, Fault> {
    let row = sqlx::query("SELECT * FROM security_groups WHERE account = $1 AND region = $2 AND id = $3")
        .bind(scope.account.as_str())
        .bind(scope.region.as_str())
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?
        .ok_or_else(|| Absent::SecurityGroup(id.to_string()))?;
    from_row(&row)
}

/// Whether the account has any security group, in whatever region.
pub(crate) async fn any(connection: &mut AnyConnection, account: &AccountId) -> Result<bool, Fault> {
    let row = sqlx::query("SELECT id FROM security_groups WHERE account = $1 LIMIT 1")
        .bind(account.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Writes all of a group that can change.
pub(crate) async fn update(tx: &mut Tx, scope: &Scope, group: &SecurityGroup) -> Result<(), Fault> {
    let update = sqlx::query(
        "UPDATE security_groups SET name = $4, description = $5, inner_access = $6, resource_group = $7
         WHERE account = $1 AND region = $2 AND id = $3",
    )
    .bind(scope.account.as_str())
    .bind(scope.region.as_str())
    .bind(group.id.as_str())
    .bind(&group.name)
    .bind(&group.description)
    .bind(i64::from(group.inner_access))
    .bind(group.resource_group.as_str());
    super::one(update.execute(&mut **tx).await?.rows_affected(), "security group")
}

/// Removes a group.
pub(crate) async fn delete(tx: &mut Tx, scope: &Scope, id: &SecurityGroupId) -> Result<(), Fault> {
    let delete = sqlx::query("DELETE FROM security_groups WHERE account = $1 AND region = $2 AND id = $3")
        .bind(scope.account.as_str())
        .bind(scope.region.as_str())
        .bind(id.as_str());
    super::one(delete.execute(&mut **tx).await?.rows_affected(), "security group")
}

fn from_row(row: &AnyRow) -> Result<SecurityGroup, Fault> {
    Ok(SecurityGroup {
        id: SecurityGroupId::new(row.try_get::<String, _>("id")?),
        network: row.try_get::<Option<String>, _>("network")?.map(NetworkId::new),
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        kind: from_word(row.try_get("kind")?)?,
        inner_access: number::<i64, _>(row, "inner_access")? != 0,
        resource_group: ResourceGroupId::new(row.try_get::<String, _>("resource_group")?),
        created_ms: row.try_get("created_ms")?,
        tags: Vec::new(),
    })
}
