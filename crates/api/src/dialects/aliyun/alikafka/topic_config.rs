//! The settings of a topic: `{"retention.ms":"3600000", …}`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::details::Details;
use crate::dialects::aliyun::params::Rejection;
use crate::quote::Quoted;

/// Replicas of a topic whose owner does not say.
const REPLICAS_DEFAULT: u32 = 3;
const HOUR_MS: i64 = 60 * 60 * 1000;

/// How long messages are kept, on a serverless instance and on all others.
const RETENTION_HOURS: &str = "retention.hours";
const RETENTION: &str = "retention.ms";
const INSYNC: &str = "min.insync.replicas";

/// Settings that were read and whose values are in range.
#[derive(Debug, Default)]
pub(crate) struct TopicConfig {
    replicas: Option<u32>,
    insync: Option<u32>,
    /// What the engine knows of it, by its own names.
    settings: BTreeMap<String, String>,
}

impl TopicConfig {
    /// Reads the members of a JSON object, which came in the parameter of this name.
    pub(crate) fn read(parameter: &'static str, members: &Map<String, Json>) -> Result<Self, Rejection> {
        let mut config = Self::default();
        for (name, value) in members {
            let text = match value {
                Json::String(text) => text.clone(),
                Json::Number(number) => number.to_string(),
                Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => {
                    return Err(Rejection::Type(parameter));
                }
            };
            config.put(parameter, name, text)?;
        }
        Ok(config)
    }

    fn put(&mut self, parameter: &'static str, name: &str, text: String) -> Result<(), Rejection> {
        let rule = |reason: String| Rejection::rule(parameter, reason);
        let within = |least: i64, greatest: i64| {
            let number = text.parse().ok().filter(|number: &i64| (least..=greatest).contains(number));
            number.ok_or_else(|| rule(format!("must have {least} to {greatest} for {name}")))
        };
        let few = || within(1, 3).map(|number| u32::try_from(number).unwrap_or(REPLICAS_DEFAULT));
        match name {
            "replications" => self.replicas = Some(few()?),
            // The provider's spelling of the same; the vendor's wins.
            "replication-factor" => self.replicas = self.replicas.or(Some(few()?)),
            INSYNC => self.insync = Some(few()?),
            RETENTION => drop(within(3_600_000, 31_536_000_000)?),
            RETENTION_HOURS => drop(within(24, 8_760)?),
            "max.message.bytes" => drop(within(1_048_576, 10_485_760)?),
            "message.timestamp.type" if !["CreateTime", "LogAppendTime"].contains(&&*text) => {
                return Err(rule(format!("must have CreateTime or LogAppendTime for {name}")));
            }
            "message.timestamp.difference.max.ms" => drop(within(0, i64::MAX)?),
            // The version is a label: the engine has one format, and every client can read it.
            "message.timestamp.type" | "message.format.version" => {}
            _ => return Err(rule(format!("must have known keys alone{}", Quoted(name)))),
        }
        for engine_name in engine_names(name) {
            let value = match name {
                RETENTION_HOURS => (within(24, 8_760)? * HOUR_MS).to_string(),
                _ => text.clone(),
            };
            self.settings.insert((*engine_name).to_owned(), value);
        }
        Ok(())
    }

    pub(crate) fn replicas(&self) -> Option<u32> {
        self.replicas
    }

    pub(crate) fn insync(&self) -> Option<u32> {
        self.insync
    }

    /// By their engine name.
    pub(crate) fn into_settings(self) -> BTreeMap<String, String> {
        self.settings
    }
}

/// What the engine calls a setting; nothing where it has none.
pub(crate) fn engine_names(name: &str) -> &[&str] {
    match name {
        RETENTION | RETENTION_HOURS => &[RETENTION],
        INSYNC => &[INSYNC],
        "max.message.bytes" => &["max.message.bytes"],
        "message.timestamp.type" => &["message.timestamp.type"],
        // Kafka's older name for two settings of the same meaning.
        "message.timestamp.difference.max.ms" => {
            &["message.timestamp.after.max.ms", "message.timestamp.before.max.ms"]
        }
        _ => &[],
    }
}

/// Keys of what the engine has, each under the name that it has where nobody wrote another.
const KEPT: [&str; 4] =
    [RETENTION, "max.message.bytes", "message.timestamp.type", "message.timestamp.difference.max.ms"];

/// The settings of a topic as its owner wrote them; where a client has changed them since, as they are.
pub(crate) fn shown<'t>(written: &'t str, engine: &BTreeMap<String, String>) -> Cow<'t, str> {
    let before = members(written);
    let after = current(before.clone(), engine);
    if after == before { Cow::Borrowed(written) } else { Cow::Owned(Json::Object(after).to_string()) }
}

/// The same as members of an object.
pub(crate) fn current(
    mut written: Map<String, Json>,
    engine: &BTreeMap<String, String>,
) -> Map<String, Json> {
    for kept in KEPT {
        let name = match kept {
            RETENTION if written.contains_key(RETENTION_HOURS) => RETENTION_HOURS,
            _ => kept,
        };
        let is = in_engine(name, engine);
        let was =
            written.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        if is != was {
            match is {
                Some(value) => written.insert(name.to_owned(), Json::String(value)),
                None => written.remove(name),
            };
        }
    }
    written
}

/// The members of a text that was read when it was written.
pub(crate) fn members(text: &str) -> Map<String, Json> {
    serde_json::from_str(text).unwrap_or_default()
}

/// What the engine has for a key; nothing when it has several values for it.
fn in_engine(name: &str, engine: &BTreeMap<String, String>) -> Option<String> {
    let mut values = engine_names(name).iter().map(|engine_name| engine.get(*engine_name));
    let value = values.next()??;
    if values.any(|other| other != Some(value)) {
        return None;
    }
    match name {
        // In whole hours, as they are counted there.
        RETENTION_HOURS => value.parse().ok().map(|ms: i64| (ms / HOUR_MS).to_string()),
        _ => Some(value.clone()),
    }
}

/// Fails unless so many in-sync replicas can be had.
pub(crate) fn check_insync(
    parameter: &'static str,
    insync: Option<u32>,
    replicas: Option<u32>,
) -> Result<(), Rejection> {
    let replicas = replicas.unwrap_or(REPLICAS_DEFAULT);
    if insync.is_some_and(|insync| insync >= replicas && (insync, replicas) != (1, 1)) {
        let reason = format!("must keep fewer in-sync replicas than the {replicas} replicas");
        return Err(Rejection::rule(parameter, reason));
    }
    Ok(())
}

/// The same of all settings that a topic is to have.
pub(crate) fn check_spread(parameter: &'static str, members: &Map<String, Json>) -> Result<(), Rejection> {
    let spread = |(name, _): &(&String, &Json)| {
        ["replications", "replication-factor", INSYNC].contains(&name.as_str())
    };
    let spread = members.iter().filter(spread).map(|(name, value)| (name.clone(), value.clone())).collect();
    let config = TopicConfig::read(parameter, &spread)?;
    check_insync(parameter, config.insync, config.replicas)
}

/// Retention is in hours where an instance is serverless, and in milliseconds everywhere else.
pub(crate) fn check_retention(
    parameter: &'static str,
    members: &Map<String, Json>,
    details: &Details,
) -> Result<(), Rejection> {
    let (here, elsewhere) = match details.serverless {
        Some(_) => (RETENTION_HOURS, RETENTION),
        None => (RETENTION, RETENTION_HOURS),
    };
    match members.contains_key(elsewhere) {
        true => {
            let reason = format!("must not have the key {elsewhere}; it is {here} on this instance");
            Err(Rejection::rule(parameter, reason))
        }
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_shows_what_was_written_until_a_client_changes_it() {
        let engine = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let both = [("message.timestamp.after.max.ms", "5"), ("message.timestamp.before.max.ms", "5")];
        for (written, config, expected) in [
            ("{}", &[][..], "{}"),
            // As it was written: numbers, blanks, and what the engine does not know.
            (r#"{ "retention.ms": 3600000, "replications":3 }"#, &[("retention.ms", "3600000")], ""),
            (r#"{"retention.ms":"3600000"}"#, &[("retention.ms", "1000")], r#"{"retention.ms":"1000"}"#),
            (r#"{"retention.ms":"3600000","replications":3}"#, &[], r#"{"replications":3}"#),
            ("{}", &[("retention.ms", "1000")], r#"{"retention.ms":"1000"}"#),
            (r#"{"retention.hours":"24"}"#, &[("retention.ms", "86400000")], ""),
            (r#"{"retention.hours":"24"}"#, &[("retention.ms", "90000000")], r#"{"retention.hours":"25"}"#),
            (r#"{"message.timestamp.difference.max.ms":"5"}"#, &both, ""),
            (r#"{"message.timestamp.difference.max.ms":"5"}"#, &both[..1], "{}"),
            // It has no such key.
            ("{}", &[("cleanup.policy", "compact"), ("segment.ms", "5")], "{}"),
        ] {
            let expected = if expected.is_empty() { written } else { expected };
            assert_eq!(shown(written, &engine(config)), expected, "{written} {config:?}");
        }
    }
}
