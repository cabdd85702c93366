//! What a cluster tells of itself in the terms of a Kafka broker's settings, besides those for its topics.

use super::{Kind, Source};
use crate::broker::Limits;
use crate::cluster::{ClusterSettings, NODE_ID};
use crate::group::GroupSettings;

/// A setting, as it is.
#[derive(Debug)]
pub(crate) struct ClusterSetting {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) value: String,
    /// What it would be if nobody had set it.
    pub(crate) default: String,
    /// Who may have.
    pub(crate) source: Source,
    /// What it does, for whoever describes it.
    pub(crate) doc: &'static str,
}

/// All of them.
pub(crate) fn cluster_settings(settings: &ClusterSettings, limits: &Limits) -> Vec<ClusterSetting> {
    let told = told(settings, limits);
    let defaults = self::told(&ClusterSettings::default(), &Limits::default());
    let setting = |((name, kind, value, source, doc), default): (Told, Told)| ClusterSetting {
        name,
        kind,
        value,
        default: default.2,
        source,
        doc,
    };
    told.into_iter().zip(defaults).map(setting).collect()
}

type Told = (&'static str, Kind, String, Source, &'static str);

const INT: Kind = Kind::Int { min: i64::MIN, max: i64::MAX };

fn told(settings: &ClusterSettings, limits: &Limits) -> [Told; 13] {
    // Nobody sets other ones than these, but for the retention.
    let groups = GroupSettings::default();
    let (owner, process) = (Source::Cluster, Source::Process);
    [
        (
            "auto.create.topics.enable",
            Kind::Bool,
            settings.auto_create_topics.to_string(),
            owner,
            "Whether a client makes a topic by asking for it.",
        ),
        ("broker.id", INT, NODE_ID.to_string(), process, "The broker's number; there is one broker."),
        ("default.replication.factor", INT, 1.to_string(), process, "Replicas of a topic; there is one."),
        ("delete.topic.enable", Kind::Bool, true.to_string(), process, "Whether topics can be deleted."),
        (
            "group.initial.rebalance.delay.ms",
            INT,
            groups.initial_rebalance_delay.as_millis().to_string(),
            process,
            "How long an empty group waits for more members after its first.",
        ),
        (
            "group.max.session.timeout.ms",
            INT,
            groups.session_timeout_max.as_millis().to_string(),
            process,
            "The longest session.",
        ),
        ("group.max.size", INT, groups.size_max.to_string(), process, "Most members of one group."),
        (
            "group.min.session.timeout.ms",
            INT,
            groups.session_timeout_min.as_millis().to_string(),
            process,
            "The shortest session.",
        ),
        (
            "num.partitions",
            INT,
            settings.partitions_default.to_string(),
            owner,
            "Partitions of a topic whose maker does not say.",
        ),
        (
            "offset.metadata.max.bytes",
            INT,
            groups.offset_metadata_max.to_string(),
            process,
            "The longest note with an offset.",
        ),
        (
            "offsets.retention.check.interval.ms",
            Kind::Long { min: 1 },
            groups.offsets_retention_check.as_millis().to_string(),
            process,
            "How often offsets are looked over for expiry.",
        ),
        (
            "offsets.retention.minutes",
            INT,
            (settings.offsets_retention.as_secs() / 60).to_string(),
            owner,
            "How long offsets outlive their group's last use.",
        ),
        (
            "socket.request.max.bytes",
            INT,
            limits.frame_bytes_max.to_string(),
            process,
            "The longest request.",
        ),
    ]
}
