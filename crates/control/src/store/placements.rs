//! Which subnets and security groups instances were deployed with.

use std::collections::HashMap;

use sqlx::{AnyConnection, Row};

use super::instances::InstanceKey;
use super::text::number;
use super::{Scope, Tx};
use crate::Fault;

/// Replaces what an instance is recorded with, the broker's subnet first.
pub(crate) async fn replace(tx: &mut Tx, key: &InstanceKey, resources: &[&str]) -> Result<(), Fault> {
    delete(tx, key).await?;
    for (position, resource) in (0_i64..).zip(resources) {
        sqlx::query(
            "INSERT INTO placements (account, region, instance, resource, position)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (account, region, instance, resource) DO NOTHING",
        )
        .bind(key.account.as_str())
        .bind(key.region.as_str())
        .bind(key.id.as_str())
        .bind(*resource)
        .bind(position)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Whether an instance is recorded with this subnet or security group.
pub(crate) async fn has_instance(
    connection: &mut AnyConnection,
    scope: &Scope,
    resource: &str,
) -> Result<bool, Fault> {
    let row = sqlx::query(
        "SELECT instance FROM placements WHERE account = $1 AND region = $2 AND resource = $3 LIMIT 1",
    )
    .bind(scope.account.as_str())
    .bind(scope.region.as_str())
    .bind(resource)
    .fetch_optional(connection)
    .await?;
    Ok(row.is_some())
}

/// How many brokers are in each subnet of a region that has any.
pub(crate) async fn count_brokers(
    connection: &mut AnyConnection,
    scope: &Scope,
) -> Result<HashMap<String, u64>, Fault> {
    let rows = sqlx::query(
        "SELECT resource, COUNT(*) AS many FROM placements
         WHERE account = $1 AND region = $2 AND position = 0
         GROUP BY resource",
    )
    .bind(scope.account.as_str())
    .bind(scope.region.as_str())
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| Ok((row.try_get("resource")?, number(row, "many")?))).collect()
}

/// Removes what an instance is recorded with.
pub(crate) async fn delete(tx: &mut Tx, key: &InstanceKey) -> Result<(), Fault> {
    sqlx::query("DELETE FROM placements WHERE account = $1 AND region = $2 AND instance = $3")
        .bind(key.account.as_str())
        .bind(key.region.as_str())
        .bind(key.id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}
