//! ConsumerGroupDescribe (key 69), versions 0 to 1: the members of KIP-848 groups.

use std::borrow::Cow;

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Describes groups of the newer protocol.
    ConsumerGroupDescribe { key 69, versions 0..=1, flexible 0 }

    request ConsumerGroupDescribeRequest<'a> {
        group_ids: Vec<&'a str> => 0..;
        include_authorized_operations: bool => 0..;
    }

    response ConsumerGroupDescribeResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        groups: Vec<ConsumerGroupDescribeResponseGroup<'a>> => 0..;
    }

    struct ConsumerGroupDescribeResponseGroup<'a> {
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 0..;
        group_id: Cow<'a, str> => 0..;
        group_state: Cow<'a, str> => 0..;
        group_epoch: i32 => 0..;
        assignment_epoch: i32 => 0..;
        assignor_name: Cow<'a, str> => 0..;
        members: Vec<ConsumerGroupDescribeResponseMember<'a>> => 0..;
        /// A bit for each operation the caller may do; `i32::MIN` when not asked for.
        authorized_operations: i32 = i32::MIN => 0..;
    }

    struct ConsumerGroupDescribeResponseMember<'a> {
        member_id: Cow<'a, str> => 0..;
        instance_id: Option<Cow<'a, str>> => 0..;
        rack_id: Option<Cow<'a, str>> => 0..;
        member_epoch: i32 => 0..;
        client_id: Cow<'a, str> => 0..;
        client_host: Cow<'a, str> => 0..;
        subscribed_topic_names: Vec<Cow<'a, str>> => 0..;
        subscribed_topic_regex: Option<Cow<'a, str>> => 0..;
        /// What it owns.
        assignment: ConsumerGroupDescribeResponseAssignment<'a> => 0..;
        /// What it is to own.
        target_assignment: ConsumerGroupDescribeResponseAssignment<'a> => 0..;
        /// −1 unknown, 0 classic, 1 consumer.
        member_type: i8 = -1 => 1.., else ignore;
    }

    struct ConsumerGroupDescribeResponseAssignment<'a> {
        topic_partitions: Vec<ConsumerGroupDescribeResponseTopicPartitions<'a>> => 0..;
    }

    struct ConsumerGroupDescribeResponseTopicPartitions<'a> {
        topic_id: Uuid => 0..;
        topic_name: Cow<'a, str> => 0..;
        partitions: Vec<i32> => 0..;
    }
}
