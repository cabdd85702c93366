//! IncrementalAlterConfigs (key 44), versions 0 to 1.
//!
//! Behaviour: single settings of a topic are set, deleted, or have words added to or taken from their lists, durably
//! before the answer; the others stay. Changes of one topic are made together or not at all; each topic answers for
//! itself. A topic or a setting named twice, a value that is missing, or an operation that there is not, is error 42; a
//! setting or value that there is not, or words for what is no list, 40. validate_only checks everything and changes
//! nothing.
//! Permission: AlterConfigs on the topic, or for a broker on the cluster.
//! Version notes: none that show.
//! Not modelled: settings of brokers, which are not changed through Kafka, and levels of loggers: error 42.

use std::borrow::Cow;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    IncrementalAlterConfigsRequest, IncrementalAlterConfigsRequestConfig,
    IncrementalAlterConfigsRequestResource, IncrementalAlterConfigsResponse,
    IncrementalAlterConfigsResponseResource,
};

use super::config_resource::{Refusal, Resource, alter, answered, ensure_distinct};
use super::permission::RightsAsked;
use super::repeats::Named;
use super::{Context, Entry, Handler, entry};
use crate::authority::Operation;
use crate::reply::cut;
use crate::topic_settings::{Change, changed};

pub(super) const ENTRY: Entry = entry::<IncrementalAlterConfigs>(0, 1);

struct IncrementalAlterConfigs;

impl Handler for IncrementalAlterConfigs {
    type Request<'a> = IncrementalAlterConfigsRequest<'a>;

    async fn handle<'a>(
        request: IncrementalAlterConfigsRequest<'a>,
        context: &'a Context<'a>,
    ) -> IncrementalAlterConfigsResponse<'a> {
        let rights = context.rights();
        let identity = |resource: &IncrementalAlterConfigsRequestResource<'a>| {
            (resource.resource_type, resource.resource_name)
        };
        let named = Named::new(request.resources.iter().map(identity));
        let mut responses = Vec::with_capacity(request.resources.len());
        for resource in &request.resources {
            let outcome = match named.repeats(&identity(resource)) {
                false => change(resource, request.validate_only, &rights, context).await,
                true => Err((ErrorCode::INVALID_REQUEST, "the request names the resource twice".into())),
            };
            let (error_code, error_message) = answered(outcome);
            responses.push(IncrementalAlterConfigsResponseResource {
                error_code,
                error_message,
                resource_type: resource.resource_type,
                resource_name: Cow::Borrowed(resource.resource_name),
            });
        }
        IncrementalAlterConfigsResponse { responses, ..Default::default() }
    }
}

async fn change(
    asked: &IncrementalAlterConfigsRequestResource<'_>,
    validate_only: bool,
    rights: &RightsAsked<'_>,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let (kind, name) = (asked.resource_type, asked.resource_name);
    let resource = Resource::find(kind, name, Operation::AlterConfigs, rights, context)?;
    ensure_distinct(asked.configs.iter().map(|config| config.name))?;
    let changes: Vec<(String, Change)> = asked.configs.iter().map(wanted).collect::<Result<_, _>>()?;
    alter(resource, validate_only, context, move |topic, cluster| changed(topic, cluster, &changes)).await
}

fn wanted(config: &IncrementalAlterConfigsRequestConfig<'_>) -> Result<(String, Change), Refusal> {
    let invalid = |text: String| (ErrorCode::INVALID_REQUEST, text);
    let value = || {
        let valueless = || invalid(format!("{} has no value", cut(config.name)));
        config.value.map(str::to_owned).ok_or_else(valueless)
    };
    let change = match config.config_operation {
        0 => Change::Set(value()?),
        1 => Change::Delete,
        2 => Change::Append(value()?),
        3 => Change::Subtract(value()?),
        other => return Err(invalid(format!("there is no operation {other}"))),
    };
    Ok((config.name.to_owned(), change))
}
