//! AlterConfigs (key 33), versions 0 to 2.
//!
//! Behaviour: a topic has the settings that are named, durably before the answer, and no others of its own; each topic
//! answers for itself. A topic or a setting named twice, or a setting without a value, is error 42; a setting or value
//! that there is not, 40. validate_only checks everything and changes nothing.
//! Permission: AlterConfigs on the topic, or for a broker on the cluster.
//! Version notes: none that show.
//! Not modelled: settings of brokers, which are not changed through Kafka: error 42.

use std::borrow::Cow;
use std::collections::BTreeMap;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    AlterConfigsRequest, AlterConfigsRequestResource, AlterConfigsResponse, AlterConfigsResponseResource,
};

use super::config_resource::{Refusal, Resource, alter, answered, ensure_distinct};
use super::permission::RightsAsked;
use super::repeats::Named;
use super::{Context, Entry, Handler, entry};
use crate::authority::Operation;
use crate::reply::cut;
use crate::topic_settings;

pub(super) const ENTRY: Entry = entry::<AlterConfigs>(0, 2);

struct AlterConfigs;

impl Handler for AlterConfigs {
    type Request<'a> = AlterConfigsRequest<'a>;

    async fn handle<'a>(
        request: AlterConfigsRequest<'a>,
        context: &'a Context<'a>,
    ) -> AlterConfigsResponse<'a> {
        let rights = context.rights();
        let identity =
            |resource: &AlterConfigsRequestResource<'a>| (resource.resource_type, resource.resource_name);
        let named = Named::new(request.resources.iter().map(identity));
        let mut responses = Vec::with_capacity(request.resources.len());
        for resource in &request.resources {
            let outcome = match named.repeats(&identity(resource)) {
                false => replace(resource, request.validate_only, &rights, context).await,
                true => Err((ErrorCode::INVALID_REQUEST, "the request names the resource twice".into())),
            };
            let (error_code, error_message) = answered(outcome);
            responses.push(AlterConfigsResponseResource {
                error_code,
                error_message,
                resource_type: resource.resource_type,
                resource_name: Cow::Borrowed(resource.resource_name),
            });
        }
        AlterConfigsResponse { responses, ..Default::default() }
    }
}

async fn replace(
    asked: &AlterConfigsRequestResource<'_>,
    validate_only: bool,
    rights: &RightsAsked<'_>,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let (kind, name) = (asked.resource_type, asked.resource_name);
    let resource = Resource::find(kind, name, Operation::AlterConfigs, rights, context)?;
    ensure_distinct(asked.configs.iter().map(|config| config.name))?;
    let mut settings = BTreeMap::new();
    for config in &asked.configs {
        let valueless = || (ErrorCode::INVALID_REQUEST, format!("{} has no value", cut(config.name)));
        settings.insert(config.name.to_owned(), config.value.ok_or_else(valueless)?.to_owned());
    }
    alter(resource, validate_only, context, |_, _| {
        settings.iter().try_for_each(|(name, value)| topic_settings::check(name, value))?;
        Ok(settings)
    })
    .await
}
