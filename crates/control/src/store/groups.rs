//! Registered consumer groups.

use std::collections::HashMap;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::Tx;
use super::instances::InstanceKey;
use super::tags::{self, Tagged};
use super::text::number;
use crate::Fault;
use crate::ids::{AccountId, GroupName, Region};

/// A group as stored.
#[derive(Clone, Debug)]
pub(crate) struct GroupRow {
    pub(crate) name: GroupName,
    pub(crate) remark: String,
    pub(crate) created_ms: i64,
}

/// Adds a group.
pub(crate) async fn insert(tx: &mut Tx, key: &InstanceKey, row: &GroupRow) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO consumer_groups (account, region, instance, name, remark, created_ms)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(row.name.as_str())
    .bind(&row.remark)
    .bind(row.created_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The group of this id; none when it is not registered.
pub(crate) async fn find(
    connection: &mut AnyConnection,
    key: &InstanceKey,
    name: &GroupName,
) -> Result<Option<GroupRow>, Fault> {
    let row = sqlx::query(
        "SELECT * FROM consumer_groups
         WHERE account = $1 AND region = $2 AND instance = $3 AND name = $4",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(name.as_str())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(from_row).transpose()
}

/// The registered groups of an instance, oldest first, then by id.
pub(crate) async fn list(connection: &mut AnyConnection, key: &InstanceKey) -> Result<Vec<GroupRow>, Fault> {
    let rows = sqlx::query(
        "SELECT * FROM consumer_groups WHERE account = $1 AND region = $2 AND instance = $3
         ORDER BY created_ms, name",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .fetch_all(connection)
    .await?;
    rows.iter().map(from_row).collect()
}

/// How many groups are registered in an instance.
pub(crate) async fn count(connection: &mut AnyConnection, key: &InstanceKey) -> Result<u32, Fault> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS many FROM consumer_groups
         WHERE account = $1 AND region = $2 AND instance = $3",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .fetch_one(connection)
    .await?;
    number(&row, "many")
}

/// How many groups are registered in each of the account's instances in a region that has any.
pub(crate) async fn count_by_instance(
    connection: &mut AnyConnection,
    account: &AccountId,
    region: &Region,
) -> Result<HashMap<String, u32>, Fault> {
    let rows = sqlx::query(
        "SELECT instance, COUNT(*) AS many FROM consumer_groups
         WHERE account = $1 AND region = $2 GROUP BY instance",
    )
    .bind(account.as_str())
    .bind(region.as_str())
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| Ok((row.try_get("instance")?, number(row, "many")?))).collect()
}

/// Removes the group of this id and its tags; it need not be there.
pub(crate) async fn delete(tx: &mut Tx, key: &InstanceKey, name: &GroupName) -> Result<(), Fault> {
    tags::delete(tx, key, Tagged::Group, name.as_str()).await?;
    sqlx::query(
        "DELETE FROM consumer_groups WHERE account = $1 AND region = $2 AND instance = $3 AND name = $4",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(name.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Removes all groups of an instance and their tags.
pub(crate) async fn delete_all(tx: &mut Tx, key: &InstanceKey) -> Result<(), Fault> {
    tags::delete_kind(tx, key, Tagged::Group).await?;
    sqlx::query("DELETE FROM consumer_groups WHERE account = $1 AND region = $2 AND instance = $3")
        .bind(key.account.as_str())
        .bind(key.region.as_str())
        .bind(key.id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn from_row(row: &AnyRow) -> Result<GroupRow, Fault> {
    Ok(GroupRow {
        name: GroupName::new(row.try_get::<String, _>("name")?),
        remark: row.try_get("remark")?,
        created_ms: row.try_get("created_ms")?,
    })
}
