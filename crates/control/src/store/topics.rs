//! What only the cloud knows about topics.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};
use uuid::Uuid;

use super::Tx;
use super::instances::InstanceKey;
use super::tags::{self, Tagged};
use super::text::number;
use crate::Fault;
use crate::engine::EngineTopic;
use crate::ids::TopicName;

/// A topic as stored.
#[derive(Clone, Debug)]
pub(crate) struct TopicRow {
    pub(crate) name: TopicName,
    /// Its identity in the engine, chosen with the intent.
    pub(crate) id: Uuid,
    /// False while it is only an intent.
    pub(crate) active: bool,
    /// As many as were asked for. The engine knows how many there are; more here than there are on their way.
    pub(crate) partitions: u32,
    pub(crate) remark: String,
    pub(crate) local: bool,
    pub(crate) compact: bool,
    /// The settings as the owner wrote them.
    pub(crate) config: String,
    /// Whether a Kafka client made it.
    pub(crate) automatic: bool,
    pub(crate) created_ms: i64,
}

/// Adds a topic.
pub(crate) async fn insert(tx: &mut Tx, key: &InstanceKey, row: &TopicRow) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO topics (account, region, instance, name, id, state, partitions, remark, local, compact,
                             config, automatic, created_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(row.name.as_str())
    .bind(row.id.to_string())
    .bind(if row.active { "active" } else { "creating" })
    .bind(i64::from(row.partitions))
    .bind(&row.remark)
    .bind(i64::from(row.local))
    .bind(i64::from(row.compact))
    .bind(&row.config)
    .bind(i64::from(row.automatic))
    .bind(row.created_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The rows of an instance's topics, by name.
pub(crate) async fn list(connection: &mut AnyConnection, key: &InstanceKey) -> Result<Vec<TopicRow>, Fault> {
    let rows = sqlx::query(
        "SELECT * FROM topics WHERE account = $1 AND region = $2 AND instance = $3 ORDER BY name",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .fetch_all(connection)
    .await?;
    rows.iter().map(from_row).collect()
}

/// The row of the topic of this name; none when the store does not know it.
pub(crate) async fn find(
    connection: &mut AnyConnection,
    key: &InstanceKey,
    name: &TopicName,
) -> Result<Option<TopicRow>, Fault> {
    let row = sqlx::query(
        "SELECT * FROM topics WHERE account = $1 AND region = $2 AND instance = $3 AND name = $4",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(name.as_str())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(from_row).transpose()
}

/// Makes sure that there is a row for a topic of the engine: the one it has, or a new one in the place of
/// whatever an earlier topic of its name has left.
pub(crate) async fn adopt(tx: &mut Tx, key: &InstanceKey, topic: &EngineTopic) -> Result<(), Fault> {
    if find(tx, key, &topic.name).await?.is_some_and(|row| row.id == topic.id) {
        return Ok(());
    }
    delete(tx, key, &topic.name).await?;
    let row = TopicRow {
        name: topic.name.clone(),
        id: topic.id,
        active: true,
        partitions: topic.partitions,
        remark: String::new(),
        local: false,
        compact: topic.is_compacted(),
        config: "{}".to_owned(),
        automatic: true,
        created_ms: topic.created_ms,
    };
    insert(tx, key, &row).await
}

/// Changes the remark of the topic of this name, which has a row.
pub(crate) async fn update_remark(
    tx: &mut Tx,
    key: &InstanceKey,
    name: &TopicName,
    remark: &str,
) -> Result<(), Fault> {
    let update = sqlx::query(
        "UPDATE topics SET remark = $5
         WHERE account = $1 AND region = $2 AND instance = $3 AND name = $4",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(name.as_str())
    .bind(remark);
    match update.execute(&mut **tx).await?.rows_affected() {
        1 => Ok(()),
        rows => Err(Fault::bug(format!("{rows} topics instead of one got a remark"))),
    }
}

/// Notes how many partitions the topic of this id is to have, or has; it need not be there.
pub(crate) async fn update_partitions(
    tx: &mut Tx,
    key: &InstanceKey,
    id: Uuid,
    partitions: u32,
) -> Result<(), Fault> {
    sqlx::query(
        "UPDATE topics SET partitions = $5
         WHERE account = $1 AND region = $2 AND instance = $3 AND id = $4",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(id.to_string())
    .bind(i64::from(partitions))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes the settings of the topic of this id, as its owner wrote them; it need not be there.
pub(crate) async fn update_config(
    tx: &mut Tx,
    key: &InstanceKey,
    id: Uuid,
    config: &str,
) -> Result<(), Fault> {
    sqlx::query(
        "UPDATE topics SET config = $5
         WHERE account = $1 AND region = $2 AND instance = $3 AND id = $4",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(id.to_string())
    .bind(config)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Turns the intent of this id into a topic.
pub(crate) async fn activate(tx: &mut Tx, key: &InstanceKey, id: Uuid) -> Result<(), Fault> {
    let update = sqlx::query(
        "UPDATE topics SET state = 'active'
         WHERE account = $1 AND region = $2 AND instance = $3 AND id = $4",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(id.to_string());
    match update.execute(&mut **tx).await?.rows_affected() {
        1 => Ok(()),
        rows => Err(Fault::bug(format!("{rows} topics instead of one became active"))),
    }
}

/// Removes the topic of this name and its tags; it need not be there.
pub(crate) async fn delete(tx: &mut Tx, key: &InstanceKey, name: &TopicName) -> Result<(), Fault> {
    tags::delete(tx, key, Tagged::Topic, name.as_str()).await?;
    sqlx::query("DELETE FROM topics WHERE account = $1 AND region = $2 AND instance = $3 AND name = $4")
        .bind(key.account.as_str())
        .bind(key.region.as_str())
        .bind(key.id.as_str())
        .bind(name.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Removes a topic that the engine no longer has, unless it was made again meanwhile. True when it was there.
pub(crate) async fn delete_vanished(tx: &mut Tx, key: &InstanceKey, row: &TopicRow) -> Result<bool, Fault> {
    let delete = sqlx::query(
        "DELETE FROM topics
         WHERE account = $1 AND region = $2 AND instance = $3 AND name = $4 AND id = $5 AND state = 'active'",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(row.name.as_str())
    .bind(row.id.to_string());
    let deleted = delete.execute(&mut **tx).await?.rows_affected() == 1;
    if deleted {
        tags::delete(tx, key, Tagged::Topic, row.name.as_str()).await?;
    }
    Ok(deleted)
}

/// Removes all topics of an instance and their tags.
pub(crate) async fn delete_all(tx: &mut Tx, key: &InstanceKey) -> Result<(), Fault> {
    tags::delete_kind(tx, key, Tagged::Topic).await?;
    sqlx::query("DELETE FROM topics WHERE account = $1 AND region = $2 AND instance = $3")
        .bind(key.account.as_str())
        .bind(key.region.as_str())
        .bind(key.id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn from_row(row: &AnyRow) -> Result<TopicRow, Fault> {
    let id: String = row.try_get("id")?;
    let state: String = row.try_get("state")?;
    Ok(TopicRow {
        name: TopicName::new(row.try_get::<String, _>("name")?),
        id: id.parse().map_err(|_| Fault::bug(format!("a stored topic id is damaged: {id}")))?,
        active: state == "active",
        partitions: number(row, "partitions")?,
        remark: row.try_get("remark")?,
        local: number::<i64, _>(row, "local")? != 0,
        compact: number::<i64, _>(row, "compact")? != 0,
        config: row.try_get("config")?,
        automatic: number::<i64, _>(row, "automatic")? != 0,
        created_ms: row.try_get("created_ms")?,
    })
}
