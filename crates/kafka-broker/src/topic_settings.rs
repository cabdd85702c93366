//! The settings of a topic: their names, types and defaults as Kafka has them, and which values mean something here.
//!
//! A value that would be a promise nobody keeps is refused, not stored: more replicas than there are, tiering.

use std::collections::BTreeMap;
use std::sync::Arc;

use kafka_wire::records::Compression;

use crate::log::{LogConfig, TimestampType};
use crate::reply::cut;

mod change;
mod cluster;
mod kind;
mod table;

pub(crate) use change::{Change, changed};
pub(crate) use cluster::{ClusterSetting, cluster_settings};
pub(crate) use kind::Kind;
use table::SETTINGS;

/// A setting.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    /// What Kafka calls the broker's setting for topics that have none of their own.
    pub(crate) cluster_name: &'static str,
    pub(crate) kind: Kind,
    default: &'static str,
    /// What it does, for whoever describes it.
    pub(crate) doc: &'static str,
}

/// The longest value, in bytes: longer ones spell the same as short ones.
const VALUE_BYTES_MAX: usize = 256;

/// Where a value comes from, numbered as Kafka does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The topic has its own.
    Topic = 1,
    /// The cluster has one for all of its topics.
    Cluster = 3,
    /// The process was started with it.
    Process = 4,
    /// Nobody has set it.
    Default = 5,
}

/// A value, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value<'a> {
    /// What the setting is called there.
    pub(crate) name: &'static str,
    pub(crate) text: &'a str,
    pub(crate) source: Source,
}

/// A setting's values for one topic.
#[derive(Debug)]
pub(crate) struct Effective<'a> {
    pub(crate) setting: &'static Setting,
    topic: Option<&'a str>,
    cluster: Option<&'a str>,
}

/// Whether a value may be set; the error says why not.
pub(crate) fn check(name: &str, value: &str) -> Result<(), String> {
    let setting = find(name).ok_or_else(|| unknown(name))?;
    if value.len() > VALUE_BYTES_MAX {
        return Err(format!("{name} must have at most {VALUE_BYTES_MAX} bytes"));
    }
    setting.kind.admits(value).map_err(|rule| format!("{name} must be {rule}, not {:?}", cut(value)))
}

/// The setting of this name.
pub(crate) fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.binary_search_by_key(&name, |setting| setting.name).ok().map(|index| &SETTINGS[index])
}

/// What is said of a setting that is none.
pub(crate) fn unknown(name: &str) -> String {
    format!("there is no setting {}", cut(name))
}

/// Every setting with its values for a topic: the topic's own, else the cluster's, else the default.
pub(crate) fn effective<'a>(
    topic: &'a BTreeMap<String, String>,
    cluster: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = Effective<'a>> {
    SETTINGS.iter().map(move |setting| Effective {
        setting,
        topic: topic.get(setting.name).map(String::as_str),
        cluster: cluster.get(setting.name).map(String::as_str),
    })
}

impl<'a> Effective<'a> {
    /// All values there are, the one in force first.
    pub(crate) fn values(&self) -> impl Iterator<Item = Value<'a>> {
        let Setting { name, cluster_name, default, .. } = *self.setting;
        let own = self.topic.map(|text| Value { name, text, source: Source::Topic });
        let clusters = self.cluster.map(|text| Value { name: cluster_name, text, source: Source::Cluster });
        let default = Value { name: cluster_name, text: default, source: Source::Default };
        own.into_iter().chain(clusters).chain([default])
    }

    /// The value in force.
    pub(crate) fn value(&self) -> Value<'a> {
        self.values().next().expect("a setting has a default")
    }
}

/// What a topic's settings mean: for its logs, and for what is checked before a batch gets there.
#[derive(Clone, Debug)]
pub(crate) struct TopicRules {
    pub(crate) log: Arc<LogConfig>,
    /// How batches are stored; none: as their producer compressed them.
    pub(crate) compression: Option<Compression>,
    pub(crate) min_insync_replicas: i64,
    pub(crate) timestamp_after_max_ms: i64,
    pub(crate) timestamp_before_max_ms: i64,
}

impl TopicRules {
    /// The rules of a topic with these settings, in a cluster with those.
    pub(crate) fn new(topic: &BTreeMap<String, String>, cluster: &BTreeMap<String, String>) -> Self {
        let value = |name: &str| -> &str {
            let set = topic.get(name).or_else(|| cluster.get(name)).map(String::as_str);
            set.unwrap_or_else(|| find(name).map_or("", |setting| setting.default))
        };
        // Values were checked when they were set. One that no longer fits counts as unlimited rather than as
        // nothing, which would delete data.
        let long = |name: &str| value(name).parse().unwrap_or(i64::MAX);
        let int = |name: &str| value(name).parse().unwrap_or(u32::MAX);
        let policy = |word: &str| value("cleanup.policy").split(',').any(|given| given.trim() == word);
        let log = LogConfig {
            delete: policy("delete"),
            compact: policy("compact"),
            delete_retention_ms: long("delete.retention.ms"),
            flush_messages: long("flush.messages"),
            flush_ms: long("flush.ms"),
            index_interval_bytes: int("index.interval.bytes"),
            max_compaction_lag_ms: long("max.compaction.lag.ms"),
            max_message_bytes: int("max.message.bytes"),
            timestamp_type: match value("message.timestamp.type") {
                "LogAppendTime" => TimestampType::LogAppendTime,
                _ => TimestampType::CreateTime,
            },
            min_cleanable_dirty_ratio: value("min.cleanable.dirty.ratio").parse().unwrap_or(1.0),
            min_compaction_lag_ms: long("min.compaction.lag.ms"),
            retention_bytes: long("retention.bytes"),
            retention_ms: long("retention.ms"),
            segment_bytes: int("segment.bytes"),
            segment_index_bytes: int("segment.index.bytes"),
            segment_jitter_ms: long("segment.jitter.ms"),
            segment_ms: long("segment.ms"),
            ..LogConfig::default()
        };
        Self {
            log: Arc::new(log),
            compression: match value("compression.type") {
                "uncompressed" => Some(Compression::None),
                name => Compression::from_name(name),
            },
            min_insync_replicas: long("min.insync.replicas"),
            timestamp_after_max_ms: long("message.timestamp.after.max.ms"),
            timestamp_before_max_ms: long("message.timestamp.before.max.ms"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_its_defaults_are_admitted() {
        assert!(SETTINGS.is_sorted_by_key(|setting| setting.name), "lookups search by halves");
        for setting in SETTINGS {
            assert_eq!(check(setting.name, setting.default), Ok(()));
        }
    }

    #[test]
    fn values_are_judged_by_type_and_bounds() {
        for (name, value, admitted) in [
            ("retention.ms", "-1", true),
            ("retention.ms", "-2", false),
            ("retention.ms", "1.5", false),
            ("segment.bytes", "1048576", true),
            ("segment.bytes", "1048575", false),
            ("cleanup.policy", "compact,delete", true),
            ("cleanup.policy", "compact, delete", true),
            ("cleanup.policy", "", false),
            ("compression.type", "gzip", true),
            ("compression.type", "none", false),
            ("preallocate", "TRUE", false),
            ("min.cleanable.dirty.ratio", "0.25", true),
            ("min.cleanable.dirty.ratio", "NaN", false),
            ("no.such.setting", "1", false),
            ("retention.ms", &format!("{:0>256}", 1), true),
            ("retention.ms", &format!("{:0>257}", 1), false),
        ] {
            assert_eq!(check(name, value).is_ok(), admitted, "{name}={value}");
        }
    }

    #[test]
    fn without_settings_the_log_has_its_own_defaults() {
        let rules = TopicRules::new(&BTreeMap::new(), &BTreeMap::new());
        assert_eq!(*rules.log, LogConfig::default());
        assert_eq!((rules.min_insync_replicas, rules.timestamp_after_max_ms), (1, 3_600_000));
        assert_eq!(rules.compression, None);
    }

    #[test]
    fn every_compression_can_be_a_topics() {
        let of = |name: &str| {
            let topic = BTreeMap::from([("compression.type".to_owned(), name.to_owned())]);
            TopicRules::new(&topic, &BTreeMap::new()).compression
        };
        assert_eq!(of("producer"), None);
        assert_eq!(of("uncompressed"), Some(Compression::None));
        for compression in Compression::ALL.into_iter().filter(|one| *one != Compression::None) {
            assert_eq!(check("compression.type", compression.name()), Ok(()));
            assert_eq!(of(compression.name()), Some(compression));
        }
    }

    #[test]
    fn a_topics_value_outranks_the_clusters() {
        let one = |value: &str| BTreeMap::from([("retention.ms".to_owned(), value.to_owned())]);
        let value = |topic: &BTreeMap<String, String>, cluster: &BTreeMap<String, String>| {
            let found = effective(topic, cluster).find(|found| found.setting.name == "retention.ms").unwrap();
            let Value { text, source, .. } = found.value();
            (text.to_owned(), source)
        };
        assert_eq!(value(&one("1"), &one("2")), ("1".into(), Source::Topic));
        assert_eq!(value(&BTreeMap::new(), &one("2")), ("2".into(), Source::Cluster));
        assert_eq!(value(&BTreeMap::new(), &BTreeMap::new()), ("604800000".into(), Source::Default));
    }
}
