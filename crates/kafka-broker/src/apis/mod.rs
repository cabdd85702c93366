//! The APIs, one file each; this is their table. ApiVersions is answered from it, so that what is offered and
//! what is served cannot differ.

mod acl;
mod before_login;
mod config_resource;
mod group_error;
mod handler;
mod leader_epoch;
#[cfg(test)]
mod page;
mod permission;
mod quota_entity;
mod repeats;
mod slow;
mod throttle;
mod topic_error;
mod topic_lookup;
mod transaction_error;

use std::sync::Arc;

use bytes::Bytes;
use kafka_wire::{ApiKey, RequestHeader, Versions};

pub(crate) use before_login::{Guest, Progress, Unadmitted};
pub(crate) use handler::{Answer, Call, Context, Entry, Handler, entry};

use crate::cluster::Cluster;
use crate::connection::{Close, Outcome, Peer};
use crate::reply::cut;
use crate::sightings::Subject;

macro_rules! apis {
    ($($file:ident),* $(,)?) => {
        $(mod $file;)*
        /// Every API served, by key.
        const TABLE: &[Entry] = &[$($file::ENTRY),*];
    };
}

apis! {
    k00_produce,
    k01_fetch,
    k02_list_offsets,
    k03_metadata,
    k08_offset_commit,
    k09_offset_fetch,
    k10_find_coordinator,
    k11_join_group,
    k12_heartbeat,
    k13_leave_group,
    k14_sync_group,
    k15_describe_groups,
    k16_list_groups,
    k17_sasl_handshake,
    k18_api_versions,
    k19_create_topics,
    k20_delete_topics,
    k21_delete_records,
    k22_init_producer_id,
    k23_offset_for_leader_epoch,
    k24_add_partitions_to_txn,
    k25_add_offsets_to_txn,
    k26_end_txn,
    k28_txn_offset_commit,
    k29_describe_acls,
    k30_create_acls,
    k31_delete_acls,
    k32_describe_configs,
    k33_alter_configs,
    k35_describe_log_dirs,
    k36_sasl_authenticate,
    k37_create_partitions,
    k42_delete_groups,
    k44_incremental_alter_configs,
    k46_list_partition_reassignments,
    k47_offset_delete,
    k48_describe_client_quotas,
    k49_alter_client_quotas,
    k60_describe_cluster,
    k61_describe_producers,
    k65_describe_transactions,
    k66_list_transactions,
    k68_consumer_group_heartbeat,
    k69_consumer_group_describe,
    k75_describe_topic_partitions,
}

/// Answers one request frame (without its length).
pub(crate) async fn handle(cluster: &Arc<Cluster>, peer: &Peer, frame: Bytes) -> Result<Outcome, Close> {
    let (header, body) = RequestHeader::decode(&frame)
        .map_err(|error| Close::Request(format!("unreadable header: {error}")))?;
    let context = Context {
        cluster,
        peer,
        client_id: header.client_id.unwrap_or_default(),
        key: header.api_key,
        version: header.api_version,
        correlation_id: header.correlation_id,
    };
    let Some(row) = row(header.api_key) else {
        return Err(Close::Request(format!("{} is not offered", named(&header))));
    };
    let entry = &TABLE[row];
    if !entry.versions.contains(header.api_version) {
        if header.api_key == ApiKey::API_VERSIONS {
            return k18_api_versions::unsupported(&context).map(Outcome::Reply);
        }
        return Err(Close::Request(format!("{} is not offered", named(&header))));
    }
    context.note(Subject::Cluster);
    let begun = cluster.clock().elapsed();
    let outcome = (entry.call)(Call { context: &context, body }).await;
    cluster.metrics().request(row, cluster.clock().elapsed().saturating_sub(begun));
    outcome.map_err(|close| named_close(&header, close))
}

/// What ApiVersions tells.
fn offered() -> impl Iterator<Item = (ApiKey, Versions)> {
    TABLE.iter().map(|entry| (entry.api.key, entry.offered))
}

/// How many APIs are served.
pub(crate) const COUNT: usize = TABLE.len();

/// Their keys, by row of the table.
pub(crate) fn keys() -> impl Iterator<Item = ApiKey> {
    TABLE.iter().map(|entry| entry.api.key)
}

/// The row of an API in the table.
fn row(key: ApiKey) -> Option<usize> {
    TABLE.binary_search_by_key(&key, |entry| entry.api.key).ok()
}

/// The reason with the request that it is about.
fn named_close(header: &RequestHeader<'_>, close: Close) -> Close {
    match close {
        Close::Request(reason) => Close::Request(format!("{}: {reason}", named(header))),
        fault @ Close::Fault(_) => fault,
    }
}

fn named(header: &RequestHeader<'_>) -> String {
    format!(
        "{} version {} from client {:?}",
        header.api_key,
        header.api_version,
        cut(header.client_id.unwrap_or_default())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_within_the_codec() {
        assert!(TABLE.is_sorted_by(|a, b| a.api.key < b.api.key), "lookups search by halves");
        for Entry { api, versions, .. } in TABLE {
            assert!(api.versions.contains(versions.min), "{}", api.name);
            assert!(api.versions.contains(versions.max), "{}", api.name);
        }
    }
}
