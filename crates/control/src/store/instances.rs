//! Instances as rows. Finding one gives its [`InstanceKey`], which everything below it asks for.

use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::text::{from_json, from_word, number, to_json, to_word};
use super::{Tx, access_rules, allowed_addresses, disk_keys, placements, tags, users};
use crate::Fault;
use crate::fault::Absent;
use crate::ids::{AccountId, InstanceId, OrderId, Region, ResourceGroupId};
use crate::instance::{Billing, InstanceState, Limits, Settings};

/// Whose instance, where, and which: what every statement about its topics, groups, tags and operations
/// carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InstanceKey {
    pub(crate) account: AccountId,
    pub(crate) region: Region,
    pub(crate) id: InstanceId,
}

/// An instance as stored.
#[derive(Clone, Debug)]
pub(crate) struct InstanceRow {
    pub(crate) key: InstanceKey,
    pub(crate) order_id: OrderId,
    pub(crate) name: String,
    pub(crate) state: InstanceState,
    /// When the state was last changed.
    pub(crate) state_since_ms: i64,
    pub(crate) billing: Billing,
    pub(crate) created_ms: i64,
    pub(crate) expires_ms: i64,
    pub(crate) version: String,
    /// Which block of ports it has; none unless it is deployed.
    pub(crate) slot: Option<u16>,
    pub(crate) limits: Limits,
    pub(crate) settings: Settings,
    pub(crate) details: Value,
    pub(crate) failure: Option<String>,
}

/// Adds an instance.
pub(crate) async fn insert(tx: &mut Tx, row: &InstanceRow) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO instances (account, region, id, order_id, name, state, state_since_ms, billing,
                                created_ms, expires_ms, version, slot, limits, settings, details, failure)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(row.key.account.as_str())
    .bind(row.key.region.as_str())
    .bind(row.key.id.as_str())
    .bind(row.order_id.as_str())
    .bind(&row.name)
    .bind(to_word(&row.state)?)
    .bind(row.state_since_ms)
    .bind(to_word(&row.billing)?)
    .bind(row.created_ms)
    .bind(row.expires_ms)
    .bind(&row.version)
    .bind(row.slot.map(i64::from))
    .bind(to_json(&row.limits)?)
    .bind(to_json(&row.settings)?)
    .bind(to_json(&row.details)?)
    .bind(&row.failure)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The account's instance of this id, in this region when one is given.
pub(crate) async fn find(
    connection: &mut AnyConnection,
    account: &AccountId,
    region: Option<&Region>,
    id: &InstanceId,
) -> Result<InstanceRow, Fault> {
    let row = sqlx::query(
        "SELECT * FROM instances
         WHERE account = $1 AND (CAST($2 AS TEXT) IS NULL OR region = $2) AND id = $3",
    )
    .bind(account.as_str())
    .bind(region.map(Region::as_str))
    .bind(id.as_str())
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Absent::Instance(id.to_string()))?;
    from_row(&row)
}

/// The account's instances in a region, oldest first, then by id; narrowed to an order, an id, or both.
pub(crate) async fn list(
    connection: &mut AnyConnection,
    account: &AccountId,
    region: &Region,
    order_id: Option<&OrderId>,
    id: Option<&InstanceId>,
) -> Result<Vec<InstanceRow>, Fault> {
    let rows = sqlx::query(
        "SELECT * FROM instances
         WHERE account = $1 AND region = $2
           AND (CAST($3 AS TEXT) IS NULL OR order_id = $3)
           AND (CAST($4 AS TEXT) IS NULL OR id = $4)
         ORDER BY created_ms, id",
    )
    .bind(account.as_str())
    .bind(region.as_str())
    .bind(order_id.map(OrderId::as_str))
    .bind(id.map(InstanceId::as_str))
    .fetch_all(connection)
    .await?;
    rows.iter().map(from_row).collect()
}

/// The ids of the account's instances in all regions, oldest first, then by id.
pub(crate) async fn list_ids(
    connection: &mut AnyConnection,
    account: &AccountId,
) -> Result<Vec<(Region, InstanceId)>, Fault> {
    let rows = sqlx::query("SELECT region, id FROM instances WHERE account = $1 ORDER BY created_ms, id")
        .bind(account.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            let region = Region::new(row.try_get::<String, _>("region")?);
            Ok((region, InstanceId::new(row.try_get::<String, _>("id")?)))
        })
        .collect()
}

/// Every instance of every account.
pub(crate) async fn list_everywhere(connection: &mut AnyConnection) -> Result<Vec<InstanceRow>, Fault> {
    let rows = sqlx::query("SELECT * FROM instances ORDER BY created_ms, id").fetch_all(connection).await?;
    rows.iter().map(from_row).collect()
}

/// An instance, whosever it is.
pub(crate) async fn find_everywhere(
    connection: &mut AnyConnection,
    instance: &InstanceId,
) -> Result<InstanceRow, Fault> {
    let row = sqlx::query("SELECT * FROM instances WHERE id = $1")
        .bind(instance.as_str())
        .fetch_optional(connection)
        .await?;
    match row {
        Some(row) => from_row(&row),
        None => Err(Absent::Instance(instance.to_string()).into()),
    }
}

/// How many instances of all accounts are in each state.
pub(crate) async fn count_everywhere(
    connection: &mut AnyConnection,
) -> Result<Vec<(InstanceState, u64)>, Fault> {
    let rows = sqlx::query("SELECT state, COUNT(*) AS many FROM instances GROUP BY state ORDER BY state")
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| Ok((from_word(row.try_get("state")?)?, number(row, "many")?))).collect()
}

/// Whether another instance of the account in this region has the name.
pub(crate) async fn name_taken(tx: &mut Tx, key: &InstanceKey, name: &str) -> Result<bool, Fault> {
    let found =
        sqlx::query("SELECT id FROM instances WHERE account = $1 AND region = $2 AND name = $3 AND id <> $4")
            .bind(key.account.as_str())
            .bind(key.region.as_str())
            .bind(name)
            .bind(key.id.as_str())
            .fetch_optional(&mut **tx)
            .await?;
    Ok(found.is_some())
}

/// Whether any account has an instance or an order of these ids already.
pub(crate) async fn ids_taken_everywhere(
    tx: &mut Tx,
    id: &InstanceId,
    order_id: &OrderId,
) -> Result<bool, Fault> {
    let found = sqlx::query("SELECT id FROM instances WHERE id = $1 OR order_id = $2")
        .bind(id.as_str())
        .bind(order_id.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(found.is_some())
}

/// The slots in use, ascending. Accounts share the machine's ports.
pub(crate) async fn slots_everywhere(tx: &mut Tx) -> Result<Vec<u16>, Fault> {
    let rows = sqlx::query("SELECT slot FROM instances WHERE slot IS NOT NULL ORDER BY slot")
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(|row| number(row, "slot")).collect()
}

/// Writes what a deployment sets: state, name, version, slot, settings, details, no failure.
pub(crate) async fn update_deployment(tx: &mut Tx, row: &InstanceRow) -> Result<(), Fault> {
    let update = sqlx::query(
        "UPDATE instances
         SET state = $4, state_since_ms = $5, name = $6, version = $7, slot = $8, settings = $9,
             details = $10, failure = NULL
         WHERE account = $1 AND region = $2 AND id = $3",
    )
    .bind(row.key.account.as_str())
    .bind(row.key.region.as_str())
    .bind(row.key.id.as_str())
    .bind(to_word(&row.state)?)
    .bind(row.state_since_ms)
    .bind(&row.name)
    .bind(&row.version)
    .bind(row.slot.map(i64::from))
    .bind(to_json(&row.settings)?)
    .bind(to_json(&row.details)?);
    one(update.execute(&mut **tx).await?.rows_affected())
}

/// Gives it another name.
pub(crate) async fn update_name(tx: &mut Tx, key: &InstanceKey, name: &str) -> Result<(), Fault> {
    let update = sqlx::query("UPDATE instances SET name = $4 WHERE account = $1 AND region = $2 AND id = $3")
        .bind(key.account.as_str())
        .bind(key.region.as_str())
        .bind(key.id.as_str())
        .bind(name);
    one(update.execute(&mut **tx).await?.rows_affected())
}

/// Changes what it may hold, the version its clients see, and the dialect's facts.
pub(crate) async fn update_change(
    tx: &mut Tx,
    key: &InstanceKey,
    limits: &Limits,
    version: &str,
    details: &Value,
) -> Result<(), Fault> {
    let update = sqlx::query(
        "UPDATE instances SET limits = $4, version = $5, details = $6
         WHERE account = $1 AND region = $2 AND id = $3",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(to_json(limits)?)
    .bind(version)
    .bind(to_json(details)?);
    one(update.execute(&mut **tx).await?.rows_affected())
}

/// Changes what its owner configured, and the dialect's facts.
pub(crate) async fn update_settings(
    tx: &mut Tx,
    key: &InstanceKey,
    settings: &Settings,
    details: &Value,
) -> Result<(), Fault> {
    let update = sqlx::query(
        "UPDATE instances SET settings = $4, details = $5 WHERE account = $1 AND region = $2 AND id = $3",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(to_json(settings)?)
    .bind(to_json(details)?);
    one(update.execute(&mut **tx).await?.rows_affected())
}

/// Changes how it is paid, and until when.
pub(crate) async fn update_billing(
    tx: &mut Tx,
    key: &InstanceKey,
    billing: Billing,
    expires_ms: i64,
) -> Result<(), Fault> {
    let update = sqlx::query(
        "UPDATE instances SET billing = $4, expires_ms = $5
         WHERE account = $1 AND region = $2 AND id = $3",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(to_word(&billing)?)
    .bind(expires_ms);
    one(update.execute(&mut **tx).await?.rows_affected())
}

/// Gives it another block of ports.
pub(crate) async fn update_slot(tx: &mut Tx, key: &InstanceKey, slot: u16) -> Result<(), Fault> {
    let update = sqlx::query("UPDATE instances SET slot = $4 WHERE account = $1 AND region = $2 AND id = $3")
        .bind(key.account.as_str())
        .bind(key.region.as_str())
        .bind(key.id.as_str())
        .bind(i64::from(slot));
    one(update.execute(&mut **tx).await?.rows_affected())
}

/// Moves it to a state in which it serves, with the ports it has.
pub(crate) async fn update_serving(
    tx: &mut Tx,
    key: &InstanceKey,
    state: InstanceState,
    now_ms: i64,
) -> Result<(), Fault> {
    let update = sqlx::query(
        "UPDATE instances SET state = $4, state_since_ms = $5, failure = NULL
         WHERE account = $1 AND region = $2 AND id = $3",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(to_word(&state)?)
    .bind(now_ms);
    one(update.execute(&mut **tx).await?.rows_affected())
}

/// Switches it off: it does not serve, and its ports stay its own. `failure` says why it could not be switched on.
pub(crate) async fn update_stopped(
    tx: &mut Tx,
    key: &InstanceKey,
    failure: Option<&str>,
    now_ms: i64,
) -> Result<(), Fault> {
    let update = sqlx::query(
        "UPDATE instances SET state = $4, state_since_ms = $5, failure = $6
         WHERE account = $1 AND region = $2 AND id = $3",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(to_word(&InstanceState::Stopped)?)
    .bind(now_ms)
    .bind(failure);
    one(update.execute(&mut **tx).await?.rows_affected())
}

/// Moves it to a state in which it does not serve; its ports are free for others.
pub(crate) async fn update_withdrawn(
    tx: &mut Tx,
    key: &InstanceKey,
    state: InstanceState,
    failure: Option<&str>,
    now_ms: i64,
) -> Result<(), Fault> {
    let update = sqlx::query(
        "UPDATE instances SET state = $4, state_since_ms = $5, slot = NULL, failure = $6
         WHERE account = $1 AND region = $2 AND id = $3",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(to_word(&state)?)
    .bind(now_ms)
    .bind(failure);
    one(update.execute(&mut **tx).await?.rows_affected())
}

/// Records the resource group that it is in, when that is one of the account's own.
pub(crate) async fn set_resource_group(
    tx: &mut Tx,
    key: &InstanceKey,
    group: Option<&ResourceGroupId>,
) -> Result<(), Fault> {
    let update = sqlx::query(
        "UPDATE instances SET resource_group = $4 WHERE account = $1 AND region = $2 AND id = $3",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(group.map(ResourceGroupId::as_str));
    one(update.execute(&mut **tx).await?.rows_affected())
}

/// Removes it. Its topics, groups and operations must be gone; its tags, placement, users, allowed addresses,
/// access rules and data keys go with it.
pub(crate) async fn delete(tx: &mut Tx, key: &InstanceKey) -> Result<(), Fault> {
    tags::delete_all(tx, key).await?;
    placements::delete(tx, key).await?;
    allowed_addresses::delete_all(tx, key).await?;
    users::delete_all(tx, key).await?;
    access_rules::delete_all(tx, key).await?;
    disk_keys::delete_all(tx, key).await?;
    let delete = sqlx::query("DELETE FROM instances WHERE account = $1 AND region = $2 AND id = $3")
        .bind(key.account.as_str())
        .bind(key.region.as_str())
        .bind(key.id.as_str());
    one(delete.execute(&mut **tx).await?.rows_affected())
}

/// A statement about one instance met one row: it was found under this key in the same transaction, or by an
/// operation that holds it.
fn one(rows: u64) -> Result<(), Fault> {
    if rows == 1 { Ok(()) } else { Err(Fault::bug(format!("{rows} instances instead of one were met"))) }
}

fn from_row(row: &AnyRow) -> Result<InstanceRow, Fault> {
    let slot: Option<i64> = row.try_get("slot")?;
    Ok(InstanceRow {
        key: InstanceKey {
            account: AccountId::new(row.try_get::<String, _>("account")?),
            region: Region::new(row.try_get::<String, _>("region")?),
            id: InstanceId::new(row.try_get::<String, _>("id")?),
        },
        order_id: OrderId::new(row.try_get::<String, _>("order_id")?),
        name: row.try_get("name")?,
        state: from_word(row.try_get("state")?)?,
        state_since_ms: row.try_get("state_since_ms")?,
        billing: from_word(row.try_get("billing")?)?,
        created_ms: row.try_get("created_ms")?,
        expires_ms: row.try_get("expires_ms")?,
        version: row.try_get("version")?,
        slot: slot.map(|slot| slot.try_into().map_err(|_| Fault::bug("a slot is damaged"))).transpose()?,
        limits: from_json(row.try_get("limits")?)?,
        settings: from_json(row.try_get("settings")?)?,
        details: from_json(row.try_get("details")?)?,
        failure: row.try_get("failure")?,
    })
}
