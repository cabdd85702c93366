//! Produce (key 0), versions 3 to 13: batches appended to partitions.

use std::borrow::Cow;

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Appends one record batch to each partition named. Version 13 names topics by id.
    Produce { key 0, versions 3..=13, flexible 9 }

    request ProduceRequest<'a> {
        /// Null outside transactions.
        transactional_id: Option<&'a str> => 3..;
        /// 0 none, and then no response either; 1 the leader; −1 all in-sync replicas.
        acks: i16 => 0..;
        /// How long to wait for the replicas.
        timeout_ms: i32 => 0..;
        topic_data: Vec<ProduceRequestTopic<'a>> => 0..;
    }

    response ProduceResponse<'a> {
        responses: Vec<ProduceResponseTopic<'a>> => 0..;
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 1..;
        /// Where the leaders named by `current_leader` are.
        node_endpoints: Vec<ProduceResponseNodeEndpoint<'a>> => 10.., tag 0;
    }

    struct ProduceRequestTopic<'a> {
        name: &'a str => 0..=12, else ignore;
        topic_id: Uuid => 13.., else ignore;
        partition_data: Vec<ProduceRequestPartition<'a>> => 0..;
    }

    struct ProduceRequestPartition<'a> {
        index: i32 => 0..;
        /// One record batch, as the producer built it.
        records: Option<&'a [u8]> => 0..;
    }

    struct ProduceResponseTopic<'a> {
        name: Cow<'a, str> => 0..=12, else ignore;
        topic_id: Uuid => 13.., else ignore;
        partition_responses: Vec<ProduceResponsePartition<'a>> => 0..;
    }

    struct ProduceResponsePartition<'a> {
        index: i32 => 0..;
        error_code: ErrorCode => 0..;
        /// The offset of the first record.
        base_offset: i64 => 0..;
        /// The broker's time stamp; −1 when the records keep the producer's.
        log_append_time_ms: i64 = -1 => 2..;
        log_start_offset: i64 = -1 => 5.., else ignore;
        /// The records that made the batch invalid.
        record_errors: Vec<ProduceResponseRecordError<'a>> => 8.., else ignore;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 8.., else ignore;
        /// Set with `NOT_LEADER_OR_FOLLOWER`.
        current_leader: ProduceResponseCurrentLeader => 10.., tag 0;
    }

    struct ProduceResponseRecordError<'a> {
        /// The number of the record in its batch.
        batch_index: i32 => 8..;
        batch_index_error_message: Option<Cow<'a, str>> => 8..;
    }

    /// Who leads the partition now.
    struct ProduceResponseCurrentLeader {
        leader_id: i32 = -1 => 10..;
        leader_epoch: i32 = -1 => 10..;
    }

    struct ProduceResponseNodeEndpoint<'a> {
        node_id: i32 => 10..;
        host: Cow<'a, str> => 10..;
        port: i32 => 10..;
        rack: Option<Cow<'a, str>> => 10..;
    }
}
