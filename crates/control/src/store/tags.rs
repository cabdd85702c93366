//! Tags of instances, topics and groups, in one table.

use std::collections::HashMap;

use sqlx::{AnyConnection, Row};

use super::Tx;
use super::instances::InstanceKey;
use crate::Fault;
use crate::fault::Capacity;
use crate::ids::{AccountId, GroupName, InstanceId, Region, TopicName};
use crate::tag::{Resource, ResourceKind, Tag, TaggedResource};

/// Most tags of one resource.
pub(crate) const TAGS_MAX: u32 = 20;

/// What carries tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tagged {
    Instance,
    Topic,
    Group,
}

impl Tagged {
    fn word(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Topic => "topic",
            Self::Group => "group",
        }
    }
}

/// Adds the tags of a new resource; of two with one key the later counts.
pub(crate) async fn insert(
    tx: &mut Tx,
    key: &InstanceKey,
    kind: Tagged,
    resource: &str,
    tags: &[Tag],
) -> Result<(), Fault> {
    if tags.len() > TAGS_MAX as usize {
        return Err(Capacity::Tags { limit: TAGS_MAX }.into());
    }
    for tag in tags {
        sqlx::query(
            "INSERT INTO tags (account, region, kind, instance, resource, tag_key, tag_value)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (account, region, kind, instance, resource, tag_key)
             DO UPDATE SET tag_value = excluded.tag_value",
        )
        .bind(key.account.as_str())
        .bind(key.region.as_str())
        .bind(kind.word())
        .bind(key.id.as_str())
        .bind(resource)
        .bind(&tag.key)
        .bind(&tag.value)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Gives a resource tags beside those it has; one of a key it has already gets the new value.
pub(crate) async fn put(
    tx: &mut Tx,
    key: &InstanceKey,
    kind: Tagged,
    resource: &str,
    tags: &[Tag],
) -> Result<(), Fault> {
    insert(tx, key, kind, resource, tags).await?;
    let all = of_resources(tx, key, kind, Some(resource)).await?;
    match all.get(resource).map_or(0, Vec::len) {
        many if many > TAGS_MAX as usize => Err(Capacity::Tags { limit: TAGS_MAX }.into()),
        _ => Ok(()),
    }
}

/// Tags of all the account's resources of a kind in a region, each list by key.
pub(crate) async fn of_kind(
    connection: &mut AnyConnection,
    account: &AccountId,
    region: &Region,
    kind: ResourceKind,
) -> Result<Vec<TaggedResource>, Fault> {
    let tagged = match kind {
        ResourceKind::Instance => Tagged::Instance,
        ResourceKind::Topic => Tagged::Topic,
        ResourceKind::Group => Tagged::Group,
    };
    let rows = sqlx::query(
        "SELECT instance, resource, tag_key, tag_value FROM tags
         WHERE account = $1 AND region = $2 AND kind = $3
         ORDER BY instance, resource, tag_key",
    )
    .bind(account.as_str())
    .bind(region.as_str())
    .bind(tagged.word())
    .fetch_all(connection)
    .await?;
    let mut found = Vec::<TaggedResource>::new();
    for row in &rows {
        let instance = InstanceId::new(row.try_get::<String, _>("instance")?);
        let name: String = row.try_get("resource")?;
        let resource = match kind {
            ResourceKind::Instance => Resource::Instance(instance),
            ResourceKind::Topic => Resource::Topic(instance, TopicName::new(name)),
            ResourceKind::Group => Resource::Group(instance, GroupName::new(name)),
        };
        let tag = Tag { key: row.try_get("tag_key")?, value: row.try_get("tag_value")? };
        match found.last_mut().filter(|last| last.resource == resource) {
            Some(last) => last.tags.push(tag),
            None => found.push(TaggedResource { resource, tags: vec![tag] }),
        }
    }
    Ok(found)
}

/// Tags of all resources of a kind in one instance, or of one of them, by resource, each list by key.
pub(crate) async fn of_resources(
    connection: &mut AnyConnection,
    key: &InstanceKey,
    kind: Tagged,
    only: Option<&str>,
) -> Result<HashMap<String, Vec<Tag>>, Fault> {
    let rows = sqlx::query(
        "SELECT resource AS owner, tag_key, tag_value FROM tags
         WHERE account = $1 AND region = $2 AND kind = $3 AND instance = $4
           AND (CAST($5 AS TEXT) IS NULL OR resource = $5)
         ORDER BY resource, tag_key",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(kind.word())
    .bind(key.id.as_str())
    .bind(only)
    .fetch_all(connection)
    .await?;
    by_owner(&rows)
}

/// Tags of all the account's instances in a region, by instance, each list by key.
pub(crate) async fn of_instances(
    connection: &mut AnyConnection,
    account: &AccountId,
    region: &Region,
) -> Result<HashMap<String, Vec<Tag>>, Fault> {
    let rows = sqlx::query(
        "SELECT instance AS owner, tag_key, tag_value FROM tags
         WHERE account = $1 AND region = $2 AND kind = $3
         ORDER BY instance, tag_key",
    )
    .bind(account.as_str())
    .bind(region.as_str())
    .bind(Tagged::Instance.word())
    .fetch_all(connection)
    .await?;
    by_owner(&rows)
}

/// Tags of one instance, by key.
pub(crate) async fn of_instance(
    connection: &mut AnyConnection,
    key: &InstanceKey,
) -> Result<Vec<Tag>, Fault> {
    let mut tags = of_resources(connection, key, Tagged::Instance, None).await?;
    Ok(tags.remove("").unwrap_or_default())
}

/// Removes all tags of one resource.
pub(crate) async fn delete(
    tx: &mut Tx,
    key: &InstanceKey,
    kind: Tagged,
    resource: &str,
) -> Result<(), Fault> {
    sqlx::query(
        "DELETE FROM tags
         WHERE account = $1 AND region = $2 AND kind = $3 AND instance = $4 AND resource = $5",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(kind.word())
    .bind(key.id.as_str())
    .bind(resource)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Removes the tags of these keys of one resource; keys it does not have are no error.
pub(crate) async fn delete_keys(
    tx: &mut Tx,
    key: &InstanceKey,
    kind: Tagged,
    resource: &str,
    keys: &[String],
) -> Result<(), Fault> {
    for tag_key in keys {
        sqlx::query(
            "DELETE FROM tags
             WHERE account = $1 AND region = $2 AND kind = $3 AND instance = $4 AND resource = $5
               AND tag_key = $6",
        )
        .bind(key.account.as_str())
        .bind(key.region.as_str())
        .bind(kind.word())
        .bind(key.id.as_str())
        .bind(resource)
        .bind(tag_key)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Removes the tags of all resources of a kind in one instance.
pub(crate) async fn delete_kind(tx: &mut Tx, key: &InstanceKey, kind: Tagged) -> Result<(), Fault> {
    sqlx::query("DELETE FROM tags WHERE account = $1 AND region = $2 AND kind = $3 AND instance = $4")
        .bind(key.account.as_str())
        .bind(key.region.as_str())
        .bind(kind.word())
        .bind(key.id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Removes every tag of an instance and of all in it.
pub(crate) async fn delete_all(tx: &mut Tx, key: &InstanceKey) -> Result<(), Fault> {
    for kind in [Tagged::Instance, Tagged::Topic, Tagged::Group] {
        delete_kind(tx, key, kind).await?;
    }
    Ok(())
}

fn by_owner(rows: &[sqlx::any::AnyRow]) -> Result<HashMap<String, Vec<Tag>>, Fault> {
    let mut tags: HashMap<String, Vec<Tag>> = HashMap::new();
    for row in rows {
        let tag = Tag { key: row.try_get("tag_key")?, value: row.try_get("tag_value")? };
        tags.entry(row.try_get("owner")?).or_default().push(tag);
    }
    Ok(tags)
}
