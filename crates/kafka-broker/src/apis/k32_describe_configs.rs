//! DescribeConfigs (key 32), versions 1 to 4.
//!
//! Behaviour: every setting of a topic, with where its value comes from and, when asked, all places where one stands.
//! The broker answers with the cluster's defaults for topics, under Kafka's names for them, and with settings of its
//! own; none of them is changed through Kafka. Broker name is the node's id, or empty for the cluster. A resource named
//! twice is error 42, because a few bytes of a request would have kilobytes told again and again.
//! Permission: DescribeConfigs on the topic, or for a broker on the cluster.
//! Version notes: 3 adds types and documentation.
//! Not modelled: loggers, client metrics and groups, which are refused with error 42.

use std::borrow::Cow;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    DescribeConfigsRequest, DescribeConfigsRequestResource, DescribeConfigsResponse,
    DescribeConfigsResponseConfig, DescribeConfigsResponseResult, DescribeConfigsResponseSynonym,
};

use super::config_resource::{Refusal, Resource};
use super::permission::RightsAsked;
use super::repeats::Named;
use super::{Context, Entry, Handler, entry};
use crate::authority::Operation;
use crate::topic_settings::{ClusterSetting, Effective, Kind, Source, Value, cluster_settings, effective};

pub(super) const ENTRY: Entry = entry::<DescribeConfigs>(1, 4);

struct DescribeConfigs;

/// What is wanted besides values.
#[derive(Clone, Copy)]
struct Extras {
    synonyms: bool,
    documentation: bool,
}

impl Handler for DescribeConfigs {
    type Request<'a> = DescribeConfigsRequest<'a>;

    async fn handle<'a>(
        request: DescribeConfigsRequest<'a>,
        context: &'a Context<'a>,
    ) -> DescribeConfigsResponse<'a> {
        let extras =
            Extras { synonyms: request.include_synonyms, documentation: request.include_documentation };
        let rights = context.rights();
        let named = Named::new(request.resources.iter().map(identity));
        let described = |resource: DescribeConfigsRequestResource<'a>| match named
            .repeats(&identity(&resource))
        {
            true => told(&resource, Err((ErrorCode::INVALID_REQUEST, "the request names it twice".into()))),
            false => told(&resource, configs(&resource, extras, &rights, context)),
        };
        let results = request.resources.into_iter().map(described).collect();
        DescribeConfigsResponse { results, ..Default::default() }
    }
}

fn identity<'a>(resource: &DescribeConfigsRequestResource<'a>) -> (i8, &'a str) {
    (resource.resource_type, resource.resource_name)
}

fn told<'a>(
    resource: &DescribeConfigsRequestResource<'a>,
    found: Result<Vec<DescribeConfigsResponseConfig<'static>>, Refusal>,
) -> DescribeConfigsResponseResult<'a> {
    let (error_code, error_message, configs) = match found {
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
    asked: &DescribeConfigsRequestResource<'_>,
    extras: Extras,
    rights: &RightsAsked<'_>,
    context: &Context<'_>,
) -> Result<Vec<DescribeConfigsResponseConfig<'static>>, Refusal> {
    let (kind, name) = (asked.resource_type, asked.resource_name);
    let resource = Resource::find(kind, name, Operation::DescribeConfigs, rights, context)?;
    let settings = context.cluster.settings();
    let mut configs = match resource {
        Resource::Topic(topic) => effective(&topic.facts.config, &settings.topic_defaults)
            .map(|found| of_topic(&found, extras))
            .collect(),
        Resource::Broker => of_broker(extras, context),
    };
    if let Some(wanted) = &asked.configuration_keys {
        configs.retain(|config| wanted.contains(&&*config.name));
    }
    Ok(configs)
}

fn of_topic(found: &Effective<'_>, extras: Extras) -> DescribeConfigsResponseConfig<'static> {
    let setting = found.setting;
    config(setting.name, &setting.kind, setting.doc, found.values(), extras)
}

/// The broker's settings, by name.
fn of_broker(extras: Extras, context: &Context<'_>) -> Vec<DescribeConfigsResponseConfig<'static>> {
    let settings = context.cluster.settings();
    let none = Default::default();
    let for_topics = effective(&none, &settings.topic_defaults).map(|found| {
        config(found.setting.cluster_name, &found.setting.kind, found.setting.doc, found.values(), extras)
    });
    let own = cluster_settings(&settings, context.cluster.limits());
    let mut configs: Vec<_> = for_topics.chain(own.iter().map(|own| of_cluster(own, extras))).collect();
    configs.iter_mut().for_each(|config| config.read_only = true);
    configs.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    configs
}

fn of_cluster(own: &ClusterSetting, extras: Extras) -> DescribeConfigsResponseConfig<'static> {
    let value = |text, source| Value { name: own.name, text, source };
    let set = (own.value != own.default).then(|| value(&own.value, own.source));
    let values = set.into_iter().chain([value(&own.default, Source::Default)]);
    config(own.name, &own.kind, own.doc, values, extras)
}

/// A setting with its values, the one in force first.
fn config<'v>(
    name: &'static str,
    kind: &Kind,
    doc: &'static str,
    values: impl Iterator<Item = Value<'v>>,
    extras: Extras,
) -> DescribeConfigsResponseConfig<'static> {
    let mut values = values.peekable();
    let in_force = values.peek().map(|value| (value.text.to_owned(), value.source));
    let (value, source) = in_force.unzip();
    let synonym = |value: Value<'_>| DescribeConfigsResponseSynonym {
        name: value.name.into(),
        value: Some(value.text.to_owned().into()),
        source: value.source as i8,
    };
    DescribeConfigsResponseConfig {
        name: name.into(),
        value: value.map(Cow::Owned),
        config_source: source.unwrap_or(Source::Default) as i8,
        config_type: kind.code(),
        documentation: extras.documentation.then(|| doc.into()),
        synonyms: if extras.synonyms { values.map(synonym).collect() } else { Vec::new() },
        ..Default::default()
    }
}
