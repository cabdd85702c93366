//! What users may do in instances, and what they may not.

use std::net::IpAddr;

use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::Tx;
use super::instances::InstanceKey;
use super::text::{from_json, from_word, number, to_json, to_word};
use crate::Fault;
use crate::fault::{Capacity, Conflict};
use crate::ids::InstanceId;
use crate::rule::{Rule, RuleFilter, RuleNames, RuleUser, WrittenRule};

/// Most rules of one instance. Every change of one has the engine read them all.
const RULES_MAX: u32 = 10_000;

/// The host of a rule for users from anywhere.
const ANYWHERE: &str = "*";

/// Adds rules behind those that are there; each must be new.
pub(crate) async fn insert(tx: &mut Tx, key: &InstanceKey, rules: &[WrittenRule]) -> Result<(), Fault> {
    let last = sqlx::query(
        "SELECT COALESCE(MAX(position), 0) AS position FROM access_rules
         WHERE account = $1 AND region = $2 AND instance = $3",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .fetch_one(&mut **tx)
    .await?;
    let first = last.try_get::<i64, _>("position")? + 1;
    for (position, written) in (first..).zip(rules) {
        insert_one(tx, key, written, position).await?;
    }
    Ok(())
}

async fn insert_one(
    tx: &mut Tx,
    key: &InstanceKey,
    WrittenRule { rule, spelling }: &WrittenRule,
    position: i64,
) -> Result<(), Fault> {
    let insert = sqlx::query(
        "INSERT INTO access_rules (account, region, instance, user_name, resource_kind, resource_name, pattern,
                                   operation, permission, host, spelling, position)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (account, region, instance, user_name, resource_kind, resource_name, pattern, operation,
                      permission, host) DO NOTHING",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(rule.user.as_str())
    .bind(to_word(&rule.resource)?)
    .bind(rule.names.as_str())
    .bind(to_word(&rule.names.pattern())?)
    .bind(to_word(&rule.operation)?)
    .bind(to_word(&rule.permission)?)
    .bind(host_text(rule.host))
    .bind(to_json(spelling)?)
    .bind(position);
    match insert.execute(&mut **tx).await?.rows_affected() {
        0 => Err(Conflict::RuleExists.into()),
        _ => Ok(()),
    }
}

/// Refuses when an instance has more rules than it may.
pub(crate) async fn ensure_room(tx: &mut Tx, key: &InstanceKey) -> Result<(), Fault> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS many FROM access_rules WHERE account = $1 AND region = $2 AND instance = $3",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .fetch_one(&mut **tx)
    .await?;
    match number::<u32, _>(&row, "many")? {
        0..=RULES_MAX => Ok(()),
        _ => Err(Capacity::Rules { limit: RULES_MAX }.into()),
    }
}

/// Removes a rule that was found in the same transaction.
pub(crate) async fn remove(tx: &mut Tx, key: &InstanceKey, rule: &Rule) -> Result<(), Fault> {
    let delete = sqlx::query(
        "DELETE FROM access_rules
         WHERE account = $1 AND region = $2 AND instance = $3 AND user_name = $4 AND resource_kind = $5
               AND resource_name = $6 AND pattern = $7 AND operation = $8 AND permission = $9 AND host = $10",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(rule.user.as_str())
    .bind(to_word(&rule.resource)?)
    .bind(rule.names.as_str())
    .bind(to_word(&rule.names.pattern())?)
    .bind(to_word(&rule.operation)?)
    .bind(to_word(&rule.permission)?)
    .bind(host_text(rule.host));
    super::one(delete.execute(&mut **tx).await?.rows_affected(), "access rule")
}

/// The rules of an instance that a filter lets through, in the order in which they were made.
pub(crate) async fn list(
    connection: &mut AnyConnection,
    key: &InstanceKey,
    filter: &RuleFilter,
) -> Result<Vec<WrittenRule>, Fault> {
    let rows = sqlx::query(
        "SELECT * FROM access_rules
         WHERE account = $1 AND region = $2 AND instance = $3
               AND ($4 = '' OR user_name = $4) AND ($5 = '' OR resource_kind = $5)
               AND ($6 = '' OR resource_name = $6) AND ($7 = '' OR pattern = $7)
               AND ($8 = '' OR operation = $8) AND ($9 = '' OR permission = $9) AND ($10 = '' OR host = $10)
         ORDER BY position",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(filter.user.as_ref().map_or("", RuleUser::as_str))
    .bind(word(filter.resource.as_ref())?)
    .bind(filter.name.as_deref().unwrap_or_default())
    .bind(word(filter.pattern.as_ref())?)
    .bind(word(filter.operation.as_ref())?)
    .bind(word(filter.permission.as_ref())?)
    .bind(filter.host.map(host_text).unwrap_or_default())
    .fetch_all(connection)
    .await?;
    rows.iter().map(from_row).collect()
}

/// What the engine is to enforce for an instance, whosever it is.
pub(crate) async fn rules_everywhere(
    connection: &mut AnyConnection,
    instance: &InstanceId,
) -> Result<Vec<Rule>, Fault> {
    let rows = sqlx::query("SELECT * FROM access_rules WHERE instance = $1 ORDER BY position")
        .bind(instance.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| from_row(row).map(|written| written.rule)).collect()
}

/// Removes all rules of an instance.
pub(crate) async fn delete_all(tx: &mut Tx, key: &InstanceKey) -> Result<(), Fault> {
    sqlx::query("DELETE FROM access_rules WHERE account = $1 AND region = $2 AND instance = $3")
        .bind(key.account.as_str())
        .bind(key.region.as_str())
        .bind(key.id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A condition on a column of words; empty is none.
fn word(value: Option<&impl Serialize>) -> Result<String, Fault> {
    value.map_or(Ok(String::new()), to_word)
}

fn host_text(host: Option<IpAddr>) -> String {
    host.map_or(ANYWHERE.to_owned(), |host| host.to_string())
}

fn from_row(row: &AnyRow) -> Result<WrittenRule, Fault> {
    let host: String = row.try_get("host")?;
    let host = match host.as_str() {
        ANYWHERE => None,
        address => {
            let damaged = |_| Fault::bug(format!("a stored address is damaged: {address}"));
            Some(address.parse().map_err(damaged)?)
        }
    };
    let rule = Rule {
        user: RuleUser::new(row.try_get::<String, _>("user_name")?),
        resource: from_word(row.try_get("resource_kind")?)?,
        names: RuleNames::new(
            from_word(row.try_get("pattern")?)?,
            row.try_get::<String, _>("resource_name")?,
        ),
        operation: from_word(row.try_get("operation")?)?,
        permission: from_word(row.try_get("permission")?)?,
        host,
    };
    Ok(WrittenRule { rule, spelling: from_json(row.try_get("spelling")?)? })
}
