//! Tags of networks, subnets and security groups, by the id of what carries them.

use std::collections::HashMap;

use sqlx::{AnyConnection, Row};

use super::tags::TAGS_MAX;
use super::{Scope, Tx};
use crate::Fault;
use crate::fault::Capacity;
use crate::tag::Tag;

/// Gives a resource tags beside those it has; one of a key it has already gets the new value.
pub(crate) async fn put(tx: &mut Tx, scope: &Scope, resource: &str, tags: &[Tag]) -> Result<(), Fault> {
    for tag in tags {
        sqlx::query(
            "INSERT INTO network_tags (account, region, resource, tag_key, tag_value)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (account, region, resource, tag_key) DO UPDATE SET tag_value = excluded.tag_value",
        )
        .bind(scope.account.as_str())
        .bind(scope.region.as_str())
        .bind(resource)
        .bind(&tag.key)
        .bind(&tag.value)
        .execute(&mut **tx)
        .await?;
    }
    let all = all(tx, scope).await?;
    match all.get(resource).map_or(0, Vec::len) {
        many if many > TAGS_MAX as usize => Err(Capacity::Tags { limit: TAGS_MAX }.into()),
        _ => Ok(()),
    }
}

/// Tags of everything that carries any in a region, each list by key.
pub(crate) async fn all(
    connection: &mut AnyConnection,
    scope: &Scope,
) -> Result<HashMap<String, Vec<Tag>>, Fault> {
    let rows = sqlx::query(
        "SELECT resource, tag_key, tag_value FROM network_tags
         WHERE account = $1 AND region = $2
         ORDER BY resource, tag_key",
    )
    .bind(scope.account.as_str())
    .bind(scope.region.as_str())
    .fetch_all(connection)
    .await?;
    let mut tags: HashMap<String, Vec<Tag>> = HashMap::new();
    for row in &rows {
        let tag = Tag { key: row.try_get("tag_key")?, value: row.try_get("tag_value")? };
        tags.entry(row.try_get("resource")?).or_default().push(tag);
    }
    Ok(tags)
}

/// Takes a resource's tag of this key away; it need not be there.
pub(crate) async fn delete_key(tx: &mut Tx, scope: &Scope, resource: &str, key: &str) -> Result<(), Fault> {
    sqlx::query(
        "DELETE FROM network_tags WHERE account = $1 AND region = $2 AND resource = $3 AND tag_key = $4",
    )
    .bind(scope.account.as_str())
    .bind(scope.region.as_str())
    .bind(resource)
    .bind(key)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes all of a resource's tags away.
pub(crate) async fn delete(tx: &mut Tx, scope: &Scope, resource: &str) -> Result<(), Fault> {
    sqlx::query("DELETE FROM network_tags WHERE account = $1 AND region = $2 AND resource = $3")
        .bind(scope.account.as_str())
        .bind(scope.region.as_str())
        .bind(resource)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
