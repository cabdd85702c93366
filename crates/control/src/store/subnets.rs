//! Subnets as rows.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::text::block;
use super::{Scope, Tx};
use crate::Fault;
use crate::cidr::Cidr;
use crate::fault::Absent;
use crate::ids::{NetworkId, SubnetId, ZoneId};

/// A subnet as stored.
#[derive(Clone, Debug)]
pub(crate) struct SubnetRow {
    pub(crate) id: SubnetId,
    pub(crate) network: NetworkId,
    pub(crate) zone: ZoneId,
    pub(crate) cidr: Cidr,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created_ms: i64,
}

/// Adds a subnet.
pub(crate) async fn insert(tx: &mut Tx, scope: &Scope, row: &SubnetRow) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO subnets (account, region, id, network, zone, cidr, name, description, created_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(scope.account.as_str())
    .bind(scope.region.as_str())
    .bind(row.id.as_str())
    .bind(row.network.as_str())
    .bind(row.zone.as_str())
    .bind(row.cidr.to_string())
    .bind(&row.name)
    .bind(&row.description)
    .bind(row.created_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The account's subnets in a region, oldest first, then by id; of one network when given.
pub(crate) async fn list(
    connection: &mut AnyConnection,
    scope: &Scope,
    network: Option<&NetworkId>,
) -> Result<Vec<SubnetRow>, Fault> {
    let rows = sqlx::query(
        "SELECT * FROM subnets
         WHERE account = $1 AND region = $2 AND (CAST($3 AS TEXT) IS NULL OR network = $3)
         ORDER BY created_ms, id",
    )
    .bind(scope.account.as_str())
    .bind(scope.region.as_str())
    .bind(network.map(NetworkId::as_str))
    .fetch_all(connection)
    .await?;
    rows.iter().map(from_row).collect()
}

/// The subnet of this id, when the account has it in this region.
pub(crate) async fn find(
    connection: &mut AnyConnection,
    scope: &Scope,
    id: &SubnetId,
) -> Result<SubnetRow, Fault> {
    let row = sqlx::query("SELECT * FROM subnets WHERE account = $1 AND region = $2 AND id = $3")
        .bind(scope.account.as_str())
        .bind(scope.region.as_str())
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?
        .ok_or_else(|| Absent::Subnet(id.to_string()))?;
    from_row(&row)
}

/// Writes a subnet's name and description.
pub(crate) async fn update(tx: &mut Tx, scope: &Scope, row: &SubnetRow) -> Result<(), Fault> {
    let update = sqlx::query(
        "UPDATE subnets SET name = $4, description = $5 WHERE account = $1 AND region = $2 AND id = $3",
    )
    .bind(scope.account.as_str())
    .bind(scope.region.as_str())
    .bind(row.id.as_str())
    .bind(&row.name)
    .bind(&row.description);
    super::one(update.execute(&mut **tx).await?.rows_affected(), "subnet")
}

/// Removes a subnet.
pub(crate) async fn delete(tx: &mut Tx, scope: &Scope, id: &SubnetId) -> Result<(), Fault> {
    let delete = sqlx::query("DELETE FROM subnets WHERE account = $1 AND region = $2 AND id = $3")
        .bind(scope.account.as_str())
        .bind(scope.region.as_str())
        .bind(id.as_str());
    super::one(delete.execute(&mut **tx).await?.rows_affected(), "subnet")
}

fn from_row(row: &AnyRow) -> Result<SubnetRow, Fault> {
    Ok(SubnetRow {
        id: SubnetId::new(row.try_get::<String, _>("id")?),
        network: NetworkId::new(row.try_get::<String, _>("network")?),
        zone: ZoneId::new(row.try_get::<String, _>("zone")?),
        cidr: block(row, "cidr")?,
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        created_ms: row.try_get("created_ms")?,
    })
}
