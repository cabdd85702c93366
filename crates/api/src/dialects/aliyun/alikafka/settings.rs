//! The `Config` parameter of an instance: `{"kafka.log.retention.hours":"72", …}`.

use std::collections::BTreeMap;

use control::instance::Settings;
use serde_json::{Map, Value as Json};

use super::catalog::SpecType;
use crate::dialects::aliyun::action::Refused;
use crate::dialects::aliyun::params::Rejection;
use crate::quote::Quoted;

const ACL: &str = "enable.acl";
const PRIVATE_TLS: &str = "enable.vpc_sasl_ssl";
const RETENTION: &str = "kafka.log.retention.hours";
const MESSAGE_MAX: &str = "kafka.message.max.bytes";

/// What an instance starts with.
pub(crate) fn defaults() -> Settings {
    Settings {
        acl_enabled: false,
        private_tls_enabled: false,
        public_tls_enabled: false,
        retention_hours: 72,
        message_bytes_max: 1_048_576,
        extra: BTreeMap::new(),
        automatic_groups: false,
    }
}

/// A `Config` that was read and whose values are in range; what was not mentioned is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    acl: Option<bool>,
    private_tls: Option<bool>,
    retention_hours: Option<u32>,
    message_bytes_max: Option<u32>,
    /// Everything else, under the name it was sent with.
    extra: BTreeMap<String, String>,
}

impl Changes {
    /// Reads the members of the JSON object.
    pub(crate) fn read(members: &Map<String, Json>) -> Result<Self, Rejection> {
        let mut changes = Self::default();
        for (name, value) in members {
            let text = match value {
                Json::String(text) => text.clone(),
                Json::Number(number) => number.to_string(),
                Json::Bool(flag) => flag.to_string(),
                Json::Null | Json::Array(_) | Json::Object(_) => return Err(Rejection::Type("Config")),
            };
            match name.as_str() {
                ACL => changes.acl = Some(flag(name, &text)?),
                PRIVATE_TLS => changes.private_tls = Some(flag(name, &text)?),
                RETENTION | "log.retention.hours" => {
                    changes.retention_hours = Some(number(name, &text, 24, 480)?);
                }
                MESSAGE_MAX | "message.max.bytes" => {
                    changes.message_bytes_max = Some(number(name, &text, 1_048_576, 10_485_760)?);
                }
                "offsets.retention.minutes" | "kafka.offsets.retention.minutes" => {
                    number(name, &text, 1_440, 43_200)?;
                    changes.extra.insert(name.clone(), text);
                }
                "num.partitions" => {
                    number(name, &text, 1, 360)?;
                    changes.extra.insert(name.clone(), text);
                }
                "auto.create.topics.enable" => {
                    // The engine knows one spelling.
                    changes.extra.insert(name.clone(), flag(name, &text)?.to_string());
                }
                _ => {
                    return Err(Rejection::rule(
                        "Config",
                        format!("must have known keys alone{}", Quoted(name)),
                    ));
                }
            }
        }
        Ok(changes)
    }

    /// Merges into what an instance has; unmentioned keys keep their value. `extra` holds the further keys as
    /// their owner wrote them.
    pub(crate) fn merge(
        self,
        settings: &mut Settings,
        extra: &mut BTreeMap<String, String>,
        edition: SpecType,
        version: &str,
    ) -> Result<(), Refused> {
        let acl = self.acl.unwrap_or(settings.acl_enabled);
        let private_tls = self.private_tls.unwrap_or(settings.private_tls_enabled);
        if private_tls && !acl {
            let reason = format!("must have {ACL} as true where {PRIVATE_TLS} is true");
            return Err(Rejection::rule("Config", reason).into());
        }
        if acl && !(edition.is_professional() && has_acl(version)) {
            return Err(Refused::AclUnavailable);
        }
        settings.acl_enabled = acl;
        settings.private_tls_enabled = private_tls;
        settings.retention_hours = self.retention_hours.unwrap_or(settings.retention_hours);
        settings.message_bytes_max = self.message_bytes_max.unwrap_or(settings.message_bytes_max);
        for (name, value) in self.extra {
            let engine_name = name.strip_prefix("kafka.").unwrap_or(&name).to_owned();
            settings.extra.insert(engine_name, value.clone());
            extra.insert(name, value);
        }
        Ok(())
    }
}

/// Whether instances of this version can enforce access rules; from 2.2.0 on they can.
fn has_acl(version: &str) -> bool {
    !version.starts_with("0.")
}

/// `AllConfig` as clients compare it: a JSON object whose values are all texts.
pub(crate) fn all_config(settings: &Settings, extra: &BTreeMap<String, String>) -> String {
    let mut all = Map::new();
    let mut put = |name: &str, value: String| all.insert(name.to_owned(), Json::String(value));
    put(PRIVATE_TLS, settings.private_tls_enabled.to_string());
    put(RETENTION, settings.retention_hours.to_string());
    put(ACL, settings.acl_enabled.to_string());
    put(MESSAGE_MAX, settings.message_bytes_max.to_string());
    for (name, value) in extra {
        put(name, value.clone());
    }
    Json::Object(all).to_string()
}

fn flag(name: &str, text: &str) -> Result<bool, Rejection> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Ok(true),
        _ if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(Rejection::rule("Config", format!("must have true or false for {name}"))),
    }
}

fn number(name: &str, text: &str, least: u32, greatest: u32) -> Result<u32, Rejection> {
    text.parse()
        .ok()
        .filter(|number| (least..=greatest).contains(number))
        .ok_or_else(|| Rejection::rule("Config", format!("must have {least} to {greatest} for {name}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(json: &Json) -> Result<Changes, Rejection> {
        Changes::read(json.as_object().unwrap())
    }

    fn merged(json: &Json, edition: SpecType, version: &str) -> Result<(Settings, String), Refused> {
        let (mut settings, mut extra) = (defaults(), BTreeMap::new());
        read(json)?.merge(&mut settings, &mut extra, edition, version)?;
        let all = all_config(&settings, &extra);
        Ok((settings, all))
    }

    #[test]
    fn values_come_in_any_type_and_leave_as_texts() {
        let (settings, all) = merged(
            &json!({
                "enable.acl": true, "kafka.log.retention.hours": 66, "message.max.bytes": "6291456",
                "kafka.offsets.retention.minutes": "1440", "num.partitions": 6,
            }),
            SpecType::Professional,
            "2.2.0",
        )
        .unwrap();
        assert!(settings.acl_enabled && !settings.private_tls_enabled);
        assert_eq!((settings.retention_hours, settings.message_bytes_max), (66, 6_291_456));
        assert_eq!(settings.extra["offsets.retention.minutes"], "1440");
        assert_eq!(
            all,
            r#"{"enable.vpc_sasl_ssl":"false","kafka.log.retention.hours":"66","enable.acl":"true","#
                .to_owned()
                + r#""kafka.message.max.bytes":"6291456","kafka.offsets.retention.minutes":"1440","#
                + r#""num.partitions":"6"}"#
        );
    }

    #[test]
    fn bounds_are_exact() {
        for (name, least, greatest) in [
            ("kafka.log.retention.hours", 24, 480),
            ("log.retention.hours", 24, 480),
            ("kafka.message.max.bytes", 1_048_576, 10_485_760),
            ("offsets.retention.minutes", 1_440, 43_200),
            ("num.partitions", 1, 360),
        ] {
            for good in [least, greatest] {
                assert!(read(&json!({ name: good })).is_ok(), "{name} {good}");
            }
            for bad in [least - 1, greatest + 1] {
                assert!(matches!(read(&json!({ name: bad })), Err(Rejection::Rule { .. })), "{name} {bad}");
            }
        }
        assert!(read(&json!({ "enable.acl": "yes" })).is_err());
        assert!(read(&json!({ "no.such.key": "1" })).is_err());
        assert_eq!(read(&json!({ "enable.acl": null })), Err(Rejection::Type("Config")));
    }

    #[test]
    fn access_rules_need_an_edition_and_a_version() {
        let on = || json!({ "enable.acl": "true" });
        assert!(merged(&on(), SpecType::ProfessionalForHighRead, "2.6.2").is_ok());
        for (edition, version) in [(SpecType::Normal, "2.2.0"), (SpecType::Professional, "0.10.2")] {
            assert!(matches!(merged(&on(), edition, version), Err(Refused::AclUnavailable)));
        }
        let tls_alone = json!({ "enable.vpc_sasl_ssl": "true" });
        assert!(matches!(
            merged(&tls_alone, SpecType::Professional, "2.2.0"),
            Err(Refused::Parameter(Rejection::Rule { .. }))
        ));
    }
}
