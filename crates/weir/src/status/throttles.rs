//! What `/metrics` tells of quotas: what there are, and who was held back by them.

use std::fmt;

use kafka_broker::{Broker, ThrottleCount, ThrottleKind};
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use super::number;

/// Adds them for every open cluster.
pub(super) fn encode(broker: &Broker, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    encode_limits(broker, encoder)?;
    let help = "Requests of Kafka clients that were followed by a pause, and connections that were too many";
    encode_counts(broker, encoder, "weir_kafka_throttled_requests", help, None, |count| count.count)?;
    let help = "Bytes of the Kafka requests that were followed by a pause";
    encode_counts(broker, encoder, "weir_kafka_throttled", help, Some(&Unit::Bytes), |count| count.bytes)?;
    let help = "How long Kafka clients were told to pause";
    let unit = Some(&Unit::Seconds);
    encode_counts(broker, encoder, "weir_kafka_throttle", help, unit, |count| count.time.as_secs_f64())
}

/// Those in force.
fn encode_limits(broker: &Broker, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let gauge = ConstGauge::new(0_i64);
    let help =
        "Bytes per second that the clients of an instance may send and read; only where they are limited";
    let name = "weir_kafka_traffic_limit_bytes";
    let mut family = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
    for cluster in broker.clusters() {
        let limits = cluster.bounds().traffic;
        for (traffic, limit) in [("sent", limits.produce), ("read", limits.fetch), ("public", limits.public)]
        {
            if let Some(limit) = limit {
                let labels = [("instance", cluster.name()), ("traffic", traffic)];
                ConstGauge::new(number(limit.get())).encode(family.encode_family(&labels)?)?;
            }
        }
    }
    let help = "Users, clients and addresses with quotas that were set through Kafka";
    let mut family =
        encoder.encode_descriptor("weir_kafka_client_quotas", help, None, gauge.metric_type())?;
    for cluster in broker.clusters() {
        let many = i64::try_from(cluster.client_quotas_counted()).unwrap_or(i64::MAX);
        ConstGauge::new(many).encode(family.encode_family(&[("instance", cluster.name())])?)?;
    }
    Ok(())
}

fn encode_counts<N>(
    broker: &Broker,
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    unit: Option<&Unit>,
    count: impl Fn(ThrottleCount) -> N,
) -> fmt::Result
where
    ConstCounter<N>: EncodeMetric,
{
    let template = ConstCounter::new(0_u64);
    let mut family = encoder.encode_descriptor(name, help, unit, template.metric_type())?;
    for cluster in broker.clusters() {
        for (kind, counted) in cluster.throttles() {
            let labels = [("instance", cluster.name()), ("kind", kind_name(kind))];
            ConstCounter::new(count(counted)).encode(family.encode_family(&labels)?)?;
        }
    }
    Ok(())
}

fn kind_name(kind: ThrottleKind) -> &'static str {
    match kind {
        ThrottleKind::Produce => "produce",
        ThrottleKind::Fetch => "fetch",
        ThrottleKind::Request => "request",
        ThrottleKind::Mutation => "partitions",
        ThrottleKind::Connection => "connections",
    }
}
