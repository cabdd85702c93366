//! ConsumerGroupHeartbeat (key 68), versions 0 to 1: a member of a KIP-848 group says it lives.

use std::borrow::Cow;

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// The one call of the newer group protocol: join, stay, learn the assignment, leave.
    ConsumerGroupHeartbeat { key 68, versions 0..=1, flexible 0 }

    request ConsumerGroupHeartbeatRequest<'a> {
        group_id: &'a str => 0..;
        member_id: &'a str => 0..;
        /// 0 joins, −1 leaves, −2 leaves for a while as a static member.
        member_epoch: i32 => 0..;
        instance_id: Option<&'a str> => 0..;
        /// Null when it has not changed.
        rack_id: Option<&'a str> => 0..;
        /// −1 when it has not changed.
        rebalance_timeout_ms: i32 = -1 => 0..;
        /// Null when they have not changed.
        subscribed_topic_names: Option<Vec<&'a str>> => 0..;
        /// Null when it has not changed.
        subscribed_topic_regex: Option<&'a str> => 1..;
        /// Null when it has not changed.
        server_assignor: Option<&'a str> => 0..;
        /// What the member owns; null when it has not changed.
        topic_partitions: Option<Vec<ConsumerGroupHeartbeatRequestTopicPartitions>> => 0..;
    }

    response ConsumerGroupHeartbeatResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 0..;
        member_id: Option<Cow<'a, str>> => 0..;
        member_epoch: i32 => 0..;
        heartbeat_interval_ms: i32 => 0..;
        /// What the member is to own; null when it has not changed.
        assignment: Option<ConsumerGroupHeartbeatResponseAssignment> => 0..;
    }

    struct ConsumerGroupHeartbeatRequestTopicPartitions {
        topic_id: Uuid => 0..;
        partitions: Vec<i32> => 0..;
    }

    struct ConsumerGroupHeartbeatResponseAssignment {
        topic_partitions: Vec<ConsumerGroupHeartbeatResponseTopicPartitions> => 0..;
    }

    struct ConsumerGroupHeartbeatResponseTopicPartitions {
        topic_id: Uuid => 0..;
        partitions: Vec<i32> => 0..;
    }
}
