//! Networks as rows, each with its route table.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::text::{block, from_json, number, to_json};
use super::{Scope, Tx};
use crate::Fault;
use crate::fault::Absent;
use crate::ids::{AccountId, NetworkId, ResourceGroupId, RouteTableId, RouterId};
use crate::network::{Network, RouteTable};

/// Adds a network. Its subnets and tags have tables of their own.
pub(crate) async fn insert(tx: &mut Tx, scope: &Scope, network: &Network) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO networks (account, region, id, name, description, cidr, cidrs_further, cidrs_user, host_names,
                               resource_group, router, route_table, route_table_name, route_table_description,
                               route_propagation, created_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(scope.account.as_str())
    .bind(scope.region.as_str())
    .bind(network.id.as_str())
    .bind(&network.name)
    .bind(&network.description)
    .bind(network.cidr.to_string())
    .bind(to_json(&network.cidrs_further)?)
    .bind(to_json(&network.cidrs_user)?)
    .bind(i64::from(network.host_names))
    .bind(network.resource_group.as_str())
    .bind(network.router.as_str())
    .bind(network.route_table.id.as_str())
    .bind(&network.route_table.name)
    .bind(&network.route_table.description)
    .bind(i64::from(network.route_table.propagation))
    .bind(network.created_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The account's networks in a region, oldest first, then by id; without their subnets and tags.
pub(crate) async fn list(connection: &mut AnyConnection, scope: &Scope) -> Result<Vec<Network>, Fault> {
    let rows =
        sqlx::query("SELECT * FROM networks WHERE account = $1 AND region = $2 ORDER BY created_ms, id")
            .bind(scope.account.as_str())
            .bind(scope.region.as_str())
            .fetch_all(connection)
            .await?;
    rows.iter().map(from_row).collect()
}

/// The network of this id, when the account has it in this region; without its subnets and tags.
pub(crate) async fn find(
    connection: &mut AnyConnection,
    scope: &Scope,
    id: &NetworkId,
) -> Result<Network, Fault> {
    let row = sqlx::query("SELECT * FROM networks WHERE account = $1 AND region = $2 AND id = $3")
        .bind(scope.account.as_str())
        .bind(scope.region.as_str())
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?
        .ok_or_else(|| Absent::Network(id.to_string()))?;
    from_row(&row)
}

/// Whether the account has any network, in whatever region.
pub(crate) async fn any(connection: &mut AnyConnection, account: &AccountId) -> Result<bool, Fault> {
    let row = sqlx::query("SELECT id FROM networks WHERE account = $1 LIMIT 1")
        .bind(account.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Writes all of a network that can change.
pub(crate) async fn update(tx: &mut Tx, scope: &Scope, network: &Network) -> Result<(), Fault> {
    let update = sqlx::query(
        "UPDATE networks
         SET name = $4, description = $5, cidr = $6, cidrs_further = $7, host_names = $8, resource_group = $9,
             route_table_name = $10, route_table_description = $11, route_propagation = $12
         WHERE account = $1 AND region = $2 AND id = $3",
    )
    .bind(scope.account.as_str())
    .bind(scope.region.as_str())
    .bind(network.id.as_str())
    .bind(&network.name)
    .bind(&network.description)
    .bind(network.cidr.to_string())
    .bind(to_json(&network.cidrs_further)?)
    .bind(i64::from(network.host_names))
    .bind(network.resource_group.as_str())
    .bind(&network.route_table.name)
    .bind(&network.route_table.description)
    .bind(i64::from(network.route_table.propagation));
    super::one(update.execute(&mut **tx).await?.rows_affected(), "network")
}

/// Removes a network; nothing may be in it any more.
pub(crate) async fn delete(tx: &mut Tx, scope: &Scope, id: &NetworkId) -> Result<(), Fault> {
    let delete = sqlx::query("DELETE FROM networks WHERE account = $1 AND region = $2 AND id = $3")
        .bind(scope.account.as_str())
        .bind(scope.region.as_str())
        .bind(id.as_str());
    super::one(delete.execute(&mut **tx).await?.rows_affected(), "network")
}

fn from_row(row: &AnyRow) -> Result<Network, Fault> {
    Ok(Network {
        id: NetworkId::new(row.try_get::<String, _>("id")?),
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        cidr: block(row, "cidr")?,
        cidrs_further: from_json(row.try_get("cidrs_further")?)?,
        cidrs_user: from_json(row.try_get("cidrs_user")?)?,
        host_names: number::<i64, _>(row, "host_names")? != 0,
        resource_group: ResourceGroupId::new(row.try_get::<String, _>("resource_group")?),
        router: RouterId::new(row.try_get::<String, _>("router")?),
        route_table: RouteTable {
            id: RouteTableId::new(row.try_get::<String, _>("route_table")?),
            name: row.try_get("route_table_name")?,
            description: row.try_get("route_table_description")?,
            propagation: number::<i64, _>(row, "route_propagation")? != 0,
        },
        created_ms: row.try_get("created_ms")?,
        subnets: Vec::new(),
        tags: Vec::new(),
    })
}
