//! DescribeCluster (key 60), versions 0 to 2.
//!
//! Behaviour: one broker, which is also the controller, at the listener the request came in on. Endpoint type 1
//! (brokers) only; any other is error 115.
//! Version notes: 1 adds the endpoint type (KIP-919), 2 fenced brokers, of which there are none.
//! Not modelled: authorised operations before access rules exist; the field says "not asked".

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
        let advertised = &context.peer.advertised;
        DescribeClusterResponse {
            cluster_id: Cow::Borrowed(context.cluster.cluster_id()),
            controller_id: NODE_ID,
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
