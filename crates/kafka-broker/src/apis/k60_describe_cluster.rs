//! DescribeCluster (key 60), versions 0 to 2.
//!
//! Behaviour: one broker, which is also the controller, at the listener the request came in on. Endpoint type 1
//! (brokers) only; any other is error 115.
//! Permission: none; Describe on the cluster, to be told what else the client may do with it.
//! Version notes: 1 adds the endpoint type (KIP-919), 2 fenced brokers, of which there are none.
//! Not modelled: nothing.

use std::borrow::Cow;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{DescribeClusterRequest, DescribeClusterResponse, DescribeClusterResponseBroker};

use super::{Context, Entry, Handler, entry};
use crate::cluster::NODE_ID;

pub(super) const ENTRY: Entry = entry::<DescribeCluster>(0, 2);

const BROKERS: i8 = 1;

struct DescribeCluster;

impl Handler for DescribeCluster {
    type Request<'a> = DescribeClusterRequest;

    async fn handle<'a>(
        request: DescribeClusterRequest,
        context: &'a Context<'a>,
    ) -> DescribeClusterResponse<'a> {
        if request.endpoint_type != BROKERS {
            return DescribeClusterResponse {
                error_code: ErrorCode::UNSUPPORTED_ENDPOINT_TYPE,
                error_message: Some("only broker endpoints are described".into()),
                ..Default::default()
            };
        }
        let cluster_authorized_operations = match request.include_cluster_authorized_operations {
            true => context.rights().cluster_operations(),
            // What the field says when it is not asked for.
            false => i32::MIN,
        };
        let advertised = &context.peer.advertised;
        DescribeClusterResponse {
            cluster_id: Cow::Borrowed(context.cluster.cluster_id()),
            controller_id: NODE_ID,
            cluster_authorized_operations,
            brokers: vec![DescribeClusterResponseBroker {
                broker_id: NODE_ID,
                host: Cow::Borrowed(&advertised.host),
                port: i32::from(advertised.port),
                ..Default::default()
            }],
            ..Default::default()
        }
    }
}
