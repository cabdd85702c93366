//! Metadata (key 3), versions 0 to 13: brokers, topics, partitions and their leaders.

use std::borrow::Cow;

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Says who leads which partition. The first call of every client after ApiVersions.
    Metadata { key 3, versions 0..=13, flexible 9 }

    request MetadataRequest<'a> {
        /// Null asks for all topics; in version 0 an empty list does.
        topics: Option<Vec<MetadataRequestTopic<'a>>> => 0.., null 1..;
        allow_auto_topic_creation: bool = true => 4..;
        include_cluster_authorized_operations: bool => 8..=10;
        include_topic_authorized_operations: bool => 8..;
    }

    response MetadataResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 3.., else ignore;
        brokers: Vec<MetadataResponseBroker<'a>> => 0..;
        cluster_id: Option<Cow<'a, str>> => 2.., else ignore;
        /// −1 when there is none.
        controller_id: i32 = -1 => 1.., else ignore;
        topics: Vec<MetadataResponseTopic<'a>> => 0..;
        /// A bit for each operation the caller may do; `i32::MIN` when not asked for.
        cluster_authorized_operations: i32 = i32::MIN => 8..=10;
        /// What is wrong with the request as a whole.
        error_code: ErrorCode => 13.., else ignore;
    }

    struct MetadataRequestTopic<'a> {
        /// Nil when the topic is named.
        topic_id: Uuid => 10.., else ignore;
        /// Null when the topic is given by id.
        name: Option<&'a str> => 0.., null 10..;
    }

    struct MetadataResponseBroker<'a> {
        node_id: i32 => 0..;
        host: Cow<'a, str> => 0..;
        port: i32 => 0..;
        rack: Option<Cow<'a, str>> => 1.., else ignore;
    }

    struct MetadataResponseTopic<'a> {
        error_code: ErrorCode => 0..;
        /// Null when an unknown id was asked for.
        name: Option<Cow<'a, str>> => 0.., null 12..;
        topic_id: Uuid => 10.., else ignore;
        is_internal: bool => 1.., else ignore;
        partitions: Vec<MetadataResponsePartition> => 0..;
        /// A bit for each operation the caller may do; `i32::MIN` when not asked for.
        topic_authorized_operations: i32 = i32::MIN => 8..;
    }

    struct MetadataResponsePartition {
        error_code: ErrorCode => 0..;
        partition_index: i32 => 0..;
        /// −1 when there is none.
        leader_id: i32 => 0..;
        leader_epoch: i32 = -1 => 7.., else ignore;
        replica_nodes: Vec<i32> => 0..;
        /// The replicas that have everything.
        isr_nodes: Vec<i32> => 0..;
        offline_replicas: Vec<i32> => 5.., else ignore;
    }
}
