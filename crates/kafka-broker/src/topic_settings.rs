//! The settings of a topic: their names, types and defaults as Kafka has them, and which values mean something here.
//!
//! A value that would be a promise nobody keeps is refused, not stored: compression by the broker, more replicas
//! than there are, tiering.

use std::collections::BTreeMap;
use std::sync::Arc;

use kafka_wire::messages::DescribeConfigsResponseConfig;

use crate::log::{LogConfig, TimestampType};
use crate::reply::cut;

/// A setting.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    kind: Kind,
    default: &'static str,
    /// What it does, for whoever describes it.
    pub(crate) doc: &'static str,
}

/// What a value may be.
#[derive(Debug)]
enum Kind {
    Bool,
    Int {
        min: i64,
        max: i64,
    },
    Long {
        min: i64,
    },
    Double {
        min: f64,
        max: f64,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// Several of these words, joined by commas.
    Words(&'static [&'static str]),
}

const INT_MAX: i64 = i32::MAX as i64;
const LONG_MAX: &str = "9223372036854775807";

/// All of them, by name.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        name: "cleanup.policy",
        kind: Kind::Words(&["delete", "compact"]),
        default: "delete",
        doc: "Whether old data is deleted, or all but the last message per key.",
    },
    Setting {
        name: "compression.type",
        kind: Kind::Word(&["producer"]),
        default: "producer",
        doc: "Messages are stored as their producer compressed them.",
    },
    Setting {
        name: "delete.retention.ms",
        kind: Kind::Long { min: 0 },
        default: "86400000",
        doc: "How long markers of deleted keys are kept in a compacted topic.",
    },
    Setting {
        name: "file.delete.delay.ms",
        kind: Kind::Long { min: 0 },
        default: "60000",
        doc: "How long a deleted segment's file stays.",
    },
    Setting {
        name: "flush.messages",
        kind: Kind::Long { min: 1 },
        default: "1",
        doc: "1: acks=all waits for the disk. More: for the page cache, which survives the process but not the machine.",
    },
    Setting {
        name: "flush.ms",
        kind: Kind::Long { min: 0 },
        default: LONG_MAX,
        doc: "With flush.messages above 1: how long data may be in the page cache only.",
    },
    Setting {
        name: "index.interval.bytes",
        kind: Kind::Int { min: 0, max: INT_MAX },
        default: "4096",
        doc: "How much data stands between two entries of an index.",
    },
    Setting {
        name: "max.compaction.lag.ms",
        kind: Kind::Long { min: 1 },
        default: LONG_MAX,
        doc: "How long a message may stay uncompacted.",
    },
    Setting {
        name: "max.message.bytes",
        kind: Kind::Int { min: 0, max: INT_MAX },
        default: "1048588",
        doc: "The largest batch accepted.",
    },
    Setting {
        name: "message.timestamp.after.max.ms",
        kind: Kind::Long { min: 0 },
        default: "3600000",
        doc: "How far ahead of the broker's clock a message's timestamp may be.",
    },
    Setting {
        name: "message.timestamp.before.max.ms",
        kind: Kind::Long { min: 0 },
        default: LONG_MAX,
        doc: "How far behind the broker's clock a message's timestamp may be.",
    },
    Setting {
        name: "message.timestamp.type",
        kind: Kind::Word(&["CreateTime", "LogAppendTime"]),
        default: "CreateTime",
        doc: "Whose clock stamps messages.",
    },
    Setting {
        name: "min.cleanable.dirty.ratio",
        kind: Kind::Double { min: 0.0, max: 1.0 },
        default: "0.5",
        doc: "The share of uncompacted data that starts a compaction.",
    },
    Setting {
        name: "min.compaction.lag.ms",
        kind: Kind::Long { min: 0 },
        default: "0",
        doc: "How long a message stays uncompacted at least.",
    },
    Setting {
        name: "min.insync.replicas",
        kind: Kind::Int { min: 1, max: INT_MAX },
        default: "1",
        doc: "Replicas that must have a message before acks=all is answered; there is one.",
    },
    Setting {
        name: "preallocate",
        kind: Kind::Bool,
        default: "false",
        doc: "Whether a segment's file is reserved at once.",
    },
    Setting {
        name: "retention.bytes",
        kind: Kind::Long { min: -1 },
        default: "-1",
        doc: "How much data a partition keeps; -1 is no limit.",
    },
    Setting {
        name: "retention.ms",
        kind: Kind::Long { min: -1 },
        default: "604800000",
        doc: "How long data is kept; -1 is no limit.",
    },
    Setting {
        name: "segment.bytes",
        kind: Kind::Int { min: 1024 * 1024, max: INT_MAX },
        default: "1073741824",
        doc: "The size at which a new segment begins.",
    },
    Setting {
        name: "segment.index.bytes",
        kind: Kind::Int { min: 4, max: INT_MAX },
        default: "10485760",
        doc: "The size of a segment's index at which a new segment begins.",
    },
    Setting {
        name: "segment.jitter.ms",
        kind: Kind::Long { min: 0 },
        default: "0",
        doc: "How much segment.ms varies, so that not all segments end at once.",
    },
    Setting {
        name: "segment.ms",
        kind: Kind::Long { min: 1 },
        default: "604800000",
        doc: "The age at which a new segment begins.",
    },
    Setting {
        name: "unclean.leader.election.enable",
        kind: Kind::Bool,
        default: "false",
        doc: "Whether a replica that lacks data may lead; there is one replica.",
    },
];

/// Where a value comes from, as Kafka numbers it.
const SOURCE_TOPIC: i8 = 1;
const SOURCE_CLUSTER: i8 = 3;
const SOURCE_DEFAULT: i8 = 5;

/// A setting's value for one topic.
#[derive(Debug)]
pub(crate) struct Effective<'a> {
    pub(crate) setting: &'static Setting,
    pub(crate) value: &'a str,
    pub(crate) source: i8,
}

/// Whether a value may be set; the error says why not.
pub(crate) fn check(name: &str, value: &str) -> Result<(), String> {
    let Some(setting) = find(name) else { return Err(format!("there is no setting {}", cut(name))) };
    setting.kind.admits(value).map_err(|rule| format!("{name} must be {rule}, not {:?}", cut(value)))
}

/// Every setting with its value for a topic: the topic's own, else the cluster's, else the default.
pub(crate) fn effective<'a>(
    topic: &'a BTreeMap<String, String>,
    cluster: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = Effective<'a>> {
    SETTINGS.iter().map(move |setting| {
        let (value, source) = match (topic.get(setting.name), cluster.get(setting.name)) {
            (Some(value), _) => (value.as_str(), SOURCE_TOPIC),
            (None, Some(value)) => (value.as_str(), SOURCE_CLUSTER),
            (None, None) => (setting.default, SOURCE_DEFAULT),
        };
        Effective { setting, value, source }
    })
}

impl Effective<'_> {
    /// As DescribeConfigs tells it.
    pub(crate) fn described(&self, documented: bool) -> DescribeConfigsResponseConfig<'static> {
        DescribeConfigsResponseConfig {
            name: self.setting.name.into(),
            value: Some(self.value.to_owned().into()),
            config_source: self.source,
            config_type: self.setting.kind.code(),
            documentation: documented.then(|| self.setting.doc.into()),
            ..Default::default()
        }
    }
}

/// What a topic's settings mean: for its logs, and for what is checked before a batch gets there.
#[derive(Clone, Debug)]
pub(crate) struct TopicRules {
    pub(crate) log: Arc<LogConfig>,
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
            flush_messages: long("flush.messages"),
            flush_ms: long("flush.ms"),
            index_interval_bytes: int("index.interval.bytes"),
            max_message_bytes: int("max.message.bytes"),
            timestamp_type: match value("message.timestamp.type") {
                "LogAppendTime" => TimestampType::LogAppendTime,
                _ => TimestampType::CreateTime,
            },
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
            min_insync_replicas: long("min.insync.replicas"),
            timestamp_after_max_ms: long("message.timestamp.after.max.ms"),
            timestamp_before_max_ms: long("message.timestamp.before.max.ms"),
        }
    }
}

fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.binary_search_by_key(&name, |setting| setting.name).ok().map(|index| &SETTINGS[index])
}

impl Kind {
    fn admits(&self, value: &str) -> Result<(), String> {
        let number = |min: i64, max: i64| {
            let fits = value.parse().is_ok_and(|number: i64| (min..=max).contains(&number));
            if fits { Ok(()) } else { Err(format!("a whole number from {min} to {max}")) }
        };
        match self {
            Self::Bool => match value {
                "true" | "false" => Ok(()),
                _ => Err("true or false".into()),
            },
            Self::Int { min, max } => number(*min, *max),
            Self::Long { min } => number(*min, i64::MAX),
            Self::Double { min, max } => {
                let fits = value.parse().is_ok_and(|number: f64| (*min..=*max).contains(&number));
                if fits { Ok(()) } else { Err(format!("a number from {min} to {max}")) }
            }
            Self::Word(words) => {
                if words.contains(&value) {
                    Ok(())
                } else {
                    Err(words.join(" or "))
                }
            }
            Self::Words(words) => {
                let all = value.split(',').all(|word| words.contains(&word.trim()));
                if all { Ok(()) } else { Err(format!("a list of {}", words.join(", "))) }
            }
        }
    }

    /// The number of its type in DescribeConfigs.
    fn code(&self) -> i8 {
        match self {
            Self::Bool => 1,
            Self::Word(_) => 2,
            Self::Int { .. } => 3,
            Self::Long { .. } => 5,
            Self::Double { .. } => 6,
            Self::Words(_) => 7,
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
            ("compression.type", "gzip", false),
            ("preallocate", "TRUE", false),
            ("min.cleanable.dirty.ratio", "0.25", true),
            ("min.cleanable.dirty.ratio", "NaN", false),
            ("no.such.setting", "1", false),
        ] {
            assert_eq!(check(name, value).is_ok(), admitted, "{name}={value}");
        }
    }

    #[test]
    fn without_settings_the_log_has_its_own_defaults() {
        let rules = TopicRules::new(&BTreeMap::new(), &BTreeMap::new());
        assert_eq!(*rules.log, LogConfig::default());
        assert_eq!((rules.min_insync_replicas, rules.timestamp_after_max_ms), (1, 3_600_000));
    }

    #[test]
    fn a_topics_value_outranks_the_clusters() {
        let one = |value: &str| BTreeMap::from([("retention.ms".to_owned(), value.to_owned())]);
        let value = |topic: &BTreeMap<String, String>, cluster: &BTreeMap<String, String>| {
            let found = effective(topic, cluster).find(|found| found.setting.name == "retention.ms").unwrap();
            (found.value.to_owned(), found.source)
        };
        assert_eq!(value(&one("1"), &one("2")), ("1".into(), SOURCE_TOPIC));
        assert_eq!(value(&BTreeMap::new(), &one("2")), ("2".into(), SOURCE_CLUSTER));
        assert_eq!(value(&BTreeMap::new(), &BTreeMap::new()), ("604800000".into(), SOURCE_DEFAULT));
    }
}
