//! Fetch (key 1), versions 4 to 18: batches read from partitions.

use std::borrow::Cow;

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::table::api;
use crate::wire::Records;

api! {
    /// Reads batches from each partition named, waiting until there are enough or long enough. Version 13
    /// names topics by id.
    Fetch { key 1, versions 4..=18, flexible 12 }

    request FetchRequest<'a> {
        cluster_id: Option<&'a str> => 12.., tag 0, else ignore;
        /// A broker that replicates; −1 is a client.
        replica_id: i32 = -1 => 0..=14;
        replica_state: FetchRequestReplicaState => 15.., tag 1;
        /// How long to wait for `min_bytes`.
        max_wait_ms: i32 => 0..;
        min_bytes: i32 => 0..;
        /// How much to return in all; the first batch comes whole, whatever its size.
        max_bytes: i32 = i32::MAX => 3..;
        /// 0 reads everything, 1 only what is committed.
        isolation_level: i8 => 4..;
        /// 0 outside a session.
        session_id: i32 => 7.., else ignore;
        /// −1 no session or its end, 0 a new session, otherwise the next step of one.
        session_epoch: i32 = -1 => 7.., else ignore;
        topics: Vec<FetchRequestTopic<'a>> => 0..;
        /// What to drop from the session.
        forgotten_topics_data: Vec<FetchRequestForgottenTopic<'a>> => 7..;
        /// Where the reader is, so that it may be sent to a near replica.
        rack_id: &'a str => 11.., else ignore;
    }

    response FetchResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 1..;
        /// What is wrong with the request or the session as a whole.
        error_code: ErrorCode => 7.., else ignore;
        /// 0 when the broker keeps no session.
        session_id: i32 => 7..;
        responses: Vec<FetchResponseTopic<'a>> => 0..;
        /// Where the leaders named by `current_leader` are.
        node_endpoints: Vec<FetchResponseNodeEndpoint<'a>> => 16.., tag 0;
    }

    /// Who fetches, when a broker does.
    struct FetchRequestReplicaState {
        replica_id: i32 = -1 => 15..;
        replica_epoch: i64 = -1 => 15..;
    }

    struct FetchRequestTopic<'a> {
        topic: &'a str => 0..=12, else ignore;
        topic_id: Uuid => 13.., else ignore;
        partitions: Vec<FetchRequestPartition> => 0..;
    }

    struct FetchRequestPartition {
        partition: i32 => 0..;
        /// The epoch the client believes in; −1 skips the check.
        current_leader_epoch: i32 = -1 => 9.., else ignore;
        fetch_offset: i64 => 0..;
        /// The epoch of the last record the reader holds; −1 when it does not ask for a check.
        last_fetched_epoch: i32 = -1 => 12..;
        /// Where a follower's log begins; −1 for a client.
        log_start_offset: i64 = -1 => 5.., else ignore;
        partition_max_bytes: i32 => 0..;
        /// The follower's log directory.
        replica_directory_id: Uuid => 17.., tag 0, else ignore;
        /// What a follower knows to be committed.
        high_watermark: i64 = i64::MAX => 18.., tag 1, else ignore;
    }

    /// Partitions to drop from a fetch session.
    struct FetchRequestForgottenTopic<'a> {
        topic: &'a str => 7..=12, else ignore;
        topic_id: Uuid => 13.., else ignore;
        partitions: Vec<i32> => 7..;
    }

    struct FetchResponseTopic<'a> {
        topic: Cow<'a, str> => 0..=12, else ignore;
        topic_id: Uuid => 13.., else ignore;
        partitions: Vec<FetchResponsePartition<'a>> => 0..;
    }

    struct FetchResponsePartition<'a> {
        partition_index: i32 => 0..;
        error_code: ErrorCode => 0..;
        /// The end of what is replicated; −1 with an error.
        high_watermark: i64 => 0..;
        /// The end of what has no open transaction before it.
        last_stable_offset: i64 = -1 => 4..;
        /// The first offset there is.
        log_start_offset: i64 = -1 => 5.., else ignore;
        diverging_epoch: FetchResponseDivergingEpoch => 12.., tag 0;
        current_leader: FetchResponseCurrentLeader => 12.., tag 1;
        snapshot_id: FetchResponseSnapshotId => 12.., tag 2;
        /// Null unless only what is committed is read.
        aborted_transactions: Option<Vec<FetchResponseAbortedTransaction>> => 4..;
        /// A nearer replica; −1 for none.
        preferred_read_replica: i32 = -1 => 11..;
        /// Batches, or where they lie.
        records: Records<'a> => 0..;
    }

    /// Where the reader's history parts from the log's.
    struct FetchResponseDivergingEpoch {
        epoch: i32 = -1 => 12..;
        end_offset: i64 = -1 => 12..;
    }

    /// Who leads the partition now.
    struct FetchResponseCurrentLeader {
        leader_id: i32 = -1 => 12..;
        leader_epoch: i32 = -1 => 12..;
    }

    /// The snapshot a metadata replica should fetch instead.
    struct FetchResponseSnapshotId {
        end_offset: i64 = -1 => 0..;
        epoch: i32 = -1 => 0..;
    }

    /// An aborted transaction whose records lie in what is returned.
    struct FetchResponseAbortedTransaction {
        producer_id: i64 => 4..;
        /// The producer's first record in it.
        first_offset: i64 => 4..;
    }

    struct FetchResponseNodeEndpoint<'a> {
        node_id: i32 => 16..;
        host: Cow<'a, str> => 16..;
        port: i32 => 16..;
        rack: Option<Cow<'a, str>> => 16..;
    }
}
