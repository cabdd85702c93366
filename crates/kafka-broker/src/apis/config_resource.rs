//! What settings are of, and who may see or change them: the same for the three APIs about settings.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashSet;
use kafka_wire::ErrorCode;

use super::permission::RightsAsked;
use super::{Context, topic_error};
use crate::authority::Operation;
use crate::cluster::NODE_ID;
use crate::reply::cut;
use crate::topics::OpenTopic;

/// The numbers of kinds of resources.
const TOPIC: i8 = 2;
const BROKER: i8 = 4;

/// Why not, as a code and in words.
pub(super) type Refusal = (ErrorCode, String);

/// Something that has settings.
pub(super) enum Resource {
    Topic(Arc<OpenTopic>),
    /// The one broker, or all of them.
    Broker,
}

impl Resource {
    /// The resource of this kind and name. Whoever may not do this with its settings is not told whether it is there.
    pub(super) fn find(
        kind: i8,
        name: &str,
        operation: Operation,
        rights: &RightsAsked<'_>,
        context: &Context<'_>,
    ) -> Result<Self, Refusal> {
        let forbidden = |code| (code, "the client may not do this with the settings".to_owned());
        match kind {
            TOPIC => {
                rights.topic(operation, name).map_err(forbidden)?;
                let absent =
                    || (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, format!("topic {} is not there", cut(name)));
                context.cluster.open_topics().named(name).map(Self::Topic).ok_or_else(absent)
            }
            BROKER => {
                rights.cluster(operation).map_err(forbidden)?;
                match name.is_empty() || name == NODE_ID.to_string() {
                    true => Ok(Self::Broker),
                    false => Err((ErrorCode::INVALID_REQUEST, format!("there is no broker {}", cut(name)))),
                }
            }
            other => Err((ErrorCode::INVALID_REQUEST, format!("resource type {other} has no settings"))),
        }
    }
}

/// Has a topic's settings be what `change` makes of them and of the cluster's, or only checks whether they could.
pub(super) async fn alter(
    resource: Resource,
    validate_only: bool,
    context: &Context<'_>,
    change: impl FnOnce(&Settings, &Settings) -> Result<Settings, String> + Send + 'static,
) -> Result<(), Refusal> {
    let topic = match resource {
        Resource::Topic(topic) if topic.facts.internal => {
            return Err((ErrorCode::INVALID_TOPIC_EXCEPTION, "the topic is one of the broker's own".into()));
        }
        Resource::Topic(topic) => topic,
        // The code that Kafka has for settings that need a restart.
        Resource::Broker => {
            let text = "the broker's settings belong to whoever runs it, and are not changed through Kafka";
            return Err((ErrorCode::INVALID_REQUEST, text.into()));
        }
    };
    if validate_only {
        let settings = context.cluster.settings();
        let checked = change(&topic.facts.config, &settings.topic_defaults);
        return checked.map(drop).map_err(|text| (ErrorCode::INVALID_CONFIG, text));
    }
    let changed = context.cluster.topic_reconfigure(topic.facts.id, change).await;
    changed.map_err(|error| (topic_error::code(&error), error.to_string()))
}

/// What a response says of it.
pub(super) fn answered(outcome: Result<(), Refusal>) -> (ErrorCode, Option<Cow<'static, str>>) {
    match outcome {
        Ok(()) => (ErrorCode::NONE, None),
        Err((code, text)) => (code, Some(text.into())),
    }
}

/// Settings, by name.
type Settings = BTreeMap<String, String>;

/// Fails when something is named twice among several.
pub(super) fn ensure_distinct<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err((ErrorCode::INVALID_REQUEST, format!("{} is named twice", cut(name))));
        }
    }
    Ok(())
}
