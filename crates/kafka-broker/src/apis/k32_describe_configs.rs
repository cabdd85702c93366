//! DescribeConfigs (key 32), versions 1 to 4.
//!
//! Behaviour: every setting of a topic, with where its value comes from. The broker answers with the cluster's
//! defaults for topics; broker name is the node's id, or empty for the cluster.
//! Permission: DescribeConfigs on the topic, or for a broker on the cluster.
//! Version notes: 3 adds types and documentation.
//! Not modelled: synonyms, because a value stands in one place only; loggers, client metrics and groups, which are
//! refused with error 42.

use std::borrow::Cow;
use std::collections::BTreeMap;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    DescribeConfigsRequest, DescribeConfigsRequestResource, DescribeConfigsResponse,
    DescribeConfigsResponseConfig, DescribeConfigsResponseResult,
};

use super::{Context, Entry, Handler, entry};
use crate::authority::{Operation, Rights};
use crate::cluster::NODE_ID;
use crate::reply::cut;
use crate::topic_settings;

pub(super) const ENTRY: Entry = entry::<DescribeConfigs>(1, 4);

const TOPIC: i8 = 2;
const BROKER: i8 = 4;

struct DescribeConfigs;

impl Handler for DescribeConfigs {
    type Request<'a> = DescribeConfigsRequest<'a>;

    async fn handle<'a>(
        request: DescribeConfigsRequest<'a>,
        context: &'a Context<'a>,
    ) -> DescribeConfigsResponse<'a> {
        let documented = request.include_documentation;
        let rights = context.rights();
        let described = |resource| described(resource, documented, &rights, context);
        let results = request.resources.into_iter().map(described).collect();
        DescribeConfigsResponse { results, ..Default::default() }
    }
}

fn described<'a>(
    resource: DescribeConfigsRequestResource<'a>,
    documented: bool,
    rights: &Rights,
    context: &Context<'_>,
) -> DescribeConfigsResponseResult<'a> {
    let (error_code, error_message, configs) = match configs(&resource, documented, rights, context) {
        Ok(configs) => (ErrorCode::NONE, None, configs),
        Err((code, text)) => (code, Some(text.into()), Vec::new()),
    };
    DescribeConfigsResponseResult {
        error_code,
        error_message,
        resource_type: resource.resource_type,
        resource_name: Cow::Borrowed(resource.resource_name),
        configs,
    }
}

fn configs(
    resource: &DescribeConfigsRequestResource<'_>,
    documented: bool,
    rights: &Rights,
    context: &Context<'_>,
) -> Result<Vec<DescribeConfigsResponseConfig<'static>>, (ErrorCode, String)> {
    let none = BTreeMap::new();
    let name = resource.resource_name;
    let permitted = match resource.resource_type {
        TOPIC => rights.topic(Operation::DescribeConfigs, name),
        BROKER => rights.cluster(Operation::DescribeConfigs),
        _ => Ok(()),
    };
    permitted.map_err(|code| (code, "the client may not see these settings".to_owned()))?;
    let own = match resource.resource_type {
        TOPIC => match context.cluster.open_topics().named(name) {
            Some(topic) => topic.facts.clone(),
            None => {
                return Err((
                    ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
                    format!("topic {} is not there", cut(name)),
                ));
            }
        },
        BROKER if name.is_empty() || name == NODE_ID.to_string() => {
            return Ok(listed(resource, &none, documented, context));
        }
        BROKER => return Err((ErrorCode::INVALID_REQUEST, format!("there is no broker {}", cut(name)))),
        other => return Err((ErrorCode::INVALID_REQUEST, format!("resource type {other} has no settings"))),
    };
    Ok(listed(resource, &own.config, documented, context))
}

/// All settings, or those asked for.
fn listed(
    resource: &DescribeConfigsRequestResource<'_>,
    own: &BTreeMap<String, String>,
    documented: bool,
    context: &Context<'_>,
) -> Vec<DescribeConfigsResponseConfig<'static>> {
    let wanted = |name: &str| resource.configuration_keys.as_ref().is_none_or(|keys| keys.contains(&name));
    topic_settings::effective(own, &context.cluster.settings().topic_defaults)
        .filter(|effective| wanted(effective.setting.name))
        .map(|effective| effective.described(documented))
        .collect()
}
