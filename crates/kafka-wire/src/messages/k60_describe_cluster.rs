//! DescribeCluster (key 60), versions 0 to 2: the brokers of the cluster.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Describes the cluster: its id, controller and brokers.
    DescribeCluster { key 60, versions 0..=2, flexible 0 }

    request DescribeClusterRequest {
        include_cluster_authorized_operations: bool => 0..;
        /// 1 brokers, 2 controllers.
        endpoint_type: i8 = 1 => 1..;
        include_fenced_brokers: bool => 2..;
    }

    response DescribeClusterResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 0..;
        endpoint_type: i8 = 1 => 1..;
        cluster_id: Cow<'a, str> => 0..;
        controller_id: i32 = -1 => 0..;
        brokers: Vec<DescribeClusterResponseBroker<'a>> => 0..;
        /// A bit for each operation the caller may do; `i32::MIN` when not asked for.
        cluster_authorized_operations: i32 = i32::MIN => 0..;
    }

    struct DescribeClusterResponseBroker<'a> {
        broker_id: i32 => 0..;
        host: Cow<'a, str> => 0..;
        port: i32 => 0..;
        rack: Option<Cow<'a, str>> => 0..;
        is_fenced: bool => 2..;
    }
}
