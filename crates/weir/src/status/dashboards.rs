//! Topics and groups under the names that dashboards know: those of the exporter most people run beside Kafka
//! (danielqsj/kafka_exporter), each with the instance as one more label.
//!
//! They are gathered when somebody asks for `/metrics`, from memory. Each partition and each commit is a few lines, so
//! that the answer is bounded: what is beyond is left out by whole topics and groups, and their number told.

use std::fmt;
use std::sync::Arc;

use kafka_broker::{Broker, Cluster, CommitFigures, GroupFigures, TopicFigures};
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::gauge::ConstGauge;

/// Partitions of all instances' topics that are told of, and as many commits and groups: about 20 MB.
const ROOM: usize = 50_000;

/// An instance's topics and groups.
struct Figures {
    cluster: Arc<Cluster>,
    topics: Vec<TopicFigures>,
    groups: Vec<GroupFigures>,
    omitted: usize,
}

/// Adds the figures of all instances.
pub(super) fn encode(broker: &Broker, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let (mut partitions, mut commits) = (ROOM, ROOM);
    let gather = |cluster: Arc<Cluster>| {
        let (topics, topics_omitted) = cluster.topic_figures(&mut partitions);
        let (groups, groups_omitted) = cluster.group_figures(&mut commits);
        Figures { cluster, topics, groups, omitted: topics_omitted + groups_omitted }
    };
    let all: Vec<Figures> = broker.clusters().into_iter().map(gather).collect();
    of_topics(&all, encoder)?;
    of_groups(&all, encoder)?;
    gauges(encoder, "weir_kafka_figures_omitted", "Topics and groups too many to be told of", |add| {
        all.iter().try_for_each(|figures| add(&[("instance", figures.cluster.name())], int(figures.omitted)))
    })?;
    gauges(encoder, "weir_kafka_fetch_sessions", "Fetch sessions", |add| {
        all.iter().try_for_each(|Figures { cluster, .. }| {
            let sessions = cluster.fetch_sessions_counted().sessions;
            add(&[("instance", cluster.name())], super::number(sessions))
        })
    })?;
    gauges(encoder, "weir_kafka_fetch_session_partitions", "Partitions in fetch sessions", |add| {
        all.iter().try_for_each(|Figures { cluster, .. }| {
            let partitions = cluster.fetch_sessions_counted().partitions;
            add(&[("instance", cluster.name())], super::number(partitions))
        })
    })
}

/// A figure of a partition, from its first offset and the one past its last.
type OfEnds = fn(&(i64, i64)) -> i64;
/// A figure of what a group has committed in a partition.
type OfCommit = fn(&CommitFigures) -> i64;

fn of_topics(all: &[Figures], encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    gauges(encoder, "kafka_topic_partitions", "Partitions of a topic", |add| {
        for Figures { cluster, topics, .. } in all {
            for topic in topics {
                add(&[("instance", cluster.name()), ("topic", &topic.topic)], int(topic.ends.len()))?;
            }
        }
        Ok(())
    })?;
    let current = |(_, end): &(i64, i64)| *end;
    let oldest = |(start, _): &(i64, i64)| *start;
    let each: [(_, _, OfEnds); 2] = [
        ("kafka_topic_partition_current_offset", "One past a partition's last offset", current),
        ("kafka_topic_partition_oldest_offset", "A partition's first offset", oldest),
    ];
    for (name, help, value) in each {
        gauges(encoder, name, help, |add| {
            for Figures { cluster, topics, .. } in all {
                for topic in topics {
                    for (partition, ends) in topic.ends.iter().enumerate() {
                        let partition = partition.to_string();
                        let (instance, topic) = (cluster.name(), &*topic.topic);
                        let labels = [("instance", instance), ("topic", topic), ("partition", &*partition)];
                        add(&labels, value(ends))?;
                    }
                }
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn of_groups(all: &[Figures], encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    gauges(encoder, "kafka_consumergroup_members", "Members of a group", |add| {
        for Figures { cluster, groups, .. } in all {
            for group in groups {
                let labels = [("instance", cluster.name()), ("consumergroup", &*group.group)];
                add(&labels, int(group.members))?;
            }
        }
        Ok(())
    })?;
    let each: [(_, _, OfCommit); 2] = [
        ("kafka_consumergroup_current_offset", "The next offset a group will read", |commit| {
            commit.committed
        }),
        ("kafka_consumergroup_lag", "Offsets ahead of a group in a partition", |commit| commit.lag()),
    ];
    for (name, help, value) in each {
        gauges(encoder, name, help, |add| {
            for Figures { cluster, groups, .. } in all {
                for group in groups {
                    for commit in &group.commits {
                        let partition = commit.partition.to_string();
                        let labels = [
                            ("instance", cluster.name()),
                            ("consumergroup", &*group.group),
                            ("topic", &*commit.topic),
                            ("partition", &*partition),
                        ];
                        add(&labels, value(commit))?;
                    }
                }
            }
            Ok(())
        })?;
    }
    gauges(encoder, "kafka_consumergroup_lag_sum", "Offsets ahead of a group in a topic", |add| {
        for Figures { cluster, groups, .. } in all {
            for group in groups {
                for commits in group.commits.chunk_by(|one, other| one.topic == other.topic) {
                    let (instance, topic) = (cluster.name(), &*commits[0].topic);
                    let labels = [("instance", instance), ("consumergroup", &*group.group), ("topic", topic)];
                    add(&labels, commits.iter().map(|commit| commit.lag()).sum())?;
                }
            }
        }
        Ok(())
    })
}

/// Adds one figure with the values that `tell` adds.
fn gauges(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    tell: impl FnOnce(&mut dyn FnMut(&[(&str, &str)], i64) -> fmt::Result) -> fmt::Result,
) -> fmt::Result {
    let template = ConstGauge::new(0_i64);
    let mut family: MetricEncoder<'_> =
        encoder.encode_descriptor(name, help, None, template.metric_type())?;
    tell(&mut |labels, value| ConstGauge::new(value).encode(family.encode_family(&labels)?))
}

fn int(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
