//! ListTagResources: the tags of instances, topics or consumer groups.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use control::ids::Region;
use control::tag::{TagFilter, TagQuery, TaggedResource};
use md5::{Digest, Md5};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Envelope, Refused};
use crate::dialects::aliyun::alikafka::resources::{ResourceType, resource_id, resource_name};
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::{Rejection, TagConditions, Text, parameters};

pub(crate) struct ListTagResources;

parameters! {
    /// Whose tags. Either ResourceId or Tag is required.
    pub(crate) struct Input {
        /// The region in which the instances were bought.
        region_id: Region = required("RegionId"),
        /// The kind of the resources: INSTANCE, TOPIC or CONSUMERGROUP, in any case.
        resource_type: ResourceType = required("ResourceType"),
        /// Only these resources: an instance's id, or Kafka_INSTANCE_NAME for a topic or a consumer group.
        resource_ids: Vec<Text> = optional("ResourceId").required_at_times().range(1, 50),
        /// Only resources with all of these tags; without a value any will do, and without a key any tag.
        tags: TagConditions = optional("Tag").range(1, 20),
        /// Where to go on: the NextToken of the page before, with the other parameters as they were.
        next_token: Option<Text> = optional("NextToken"),
    }
}

/// Tags of a page.
const PAGE: usize = 50;

/// A page.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    /// Empty on the last page.
    next_token: String,
    tag_resources: TagResourceList,
}

list_of! {
    struct TagResourceList: "TagResource" [TagResource];
}

/// One tag of one resource.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagResource {
    resource_id: String,
    resource_type: String,
    tag_key: String,
    tag_value: String,
}

impl Action for ListTagResources {
    const NAME: &'static str = "ListTagResources";
    const SUMMARY: &'static str = "Lists the tags of instances, topics or consumer groups.";
    const PERMISSION: &'static str = "alikafka:ListInstance";
    const EFFECT: Effect = Effect::Reads;
    const ENVELOPE: Option<Envelope> = Some(Envelope::RequestId);
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("ResourceType", "INSTANCE"), ("ResourceId.1", "INSTANCE")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Input { region_id, resource_type, resource_ids, tags, next_token } = input;
        if resource_ids.is_empty() && !tags.sent {
            return Err(Rejection::Missing("ResourceId").into());
        }
        let fingerprint = fingerprint(&region_id, resource_type, &resource_ids, &tags.filters);
        let after = next_token.map(|token| Place::read(&token, &fingerprint)).transpose()?;
        let query = TagQuery {
            kind: resource_type.0,
            resources: resource_type.resources(&resource_ids)?,
            tags: tags.filters,
        };
        let Context { caller, control, .. } = context;
        let mut found = control.resources_tags(caller, &region_id, &query).await?;
        let mut shown = BTreeMap::new();
        for TaggedResource { resource, .. } in &found {
            let instance = resource.instance();
            if !shown.contains_key(instance) {
                let name = resource_name(context, &region_id, instance);
                shown.insert(instance.clone(), context.shows(Self::PERMISSION, &name).await?);
            }
        }
        found.retain(|found| shown[found.resource.instance()]);
        Ok(Output::page(resource_type, found, after.as_ref(), &fingerprint))
    }
}

impl Output {
    fn page(
        kind: ResourceType,
        found: Vec<TaggedResource>,
        after: Option<&Place>,
        fingerprint: &str,
    ) -> Self {
        let mut rest: Vec<_> = found
            .into_iter()
            .flat_map(|TaggedResource { resource, tags }| {
                let id = resource_id(&resource);
                tags.into_iter().map(move |tag| (Place { resource_id: id.clone(), key: tag.key }, tag.value))
            })
            .collect();
        rest.sort_unstable();
        rest.retain(|(place, _)| after.is_none_or(|after| place > after));
        let more = rest.len() > PAGE;
        rest.truncate(PAGE);
        let last = rest.last().filter(|_| more);
        let next_token = last.map(|(place, _)| place.token(fingerprint)).unwrap_or_default();
        let item = |(place, tag_value): (Place, String)| TagResource {
            resource_id: place.resource_id,
            resource_type: kind.spelled(),
            tag_key: place.key,
            tag_value,
        };
        Self { next_token, tag_resources: rest.into_iter().map(item).collect() }
    }
}

/// A place in the list. Going on after a place, rather than after so many, keeps pages whole while tags come and go.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    resource_id: String,
    key: String,
}

/// Between the parts of a token; none of them has it.
const SEPARATOR: char = '\u{0}';

impl Place {
    fn token(&self, fingerprint: &str) -> String {
        let Self { resource_id, key } = self;
        URL_SAFE_NO_PAD.encode(format!("{fingerprint}{SEPARATOR}{resource_id}{SEPARATOR}{key}"))
    }

    /// Reads a token that was given out for the same question.
    fn read(token: &str, fingerprint: &str) -> Result<Self, Rejection> {
        let text = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        text.as_deref()
            .and_then(|text| text.strip_prefix(fingerprint)?.strip_prefix(SEPARATOR)?.split_once(SEPARATOR))
            .map(|(resource_id, key)| Self { resource_id: resource_id.to_owned(), key: key.to_owned() })
            .ok_or_else(|| {
                Rejection::rule("NextToken", "must be one that this very question was answered with")
            })
    }
}

/// Tells one question from another. It guards against mistakes only, so that any digest will do: a caller sees
/// nothing with a forged token that the caller could not ask for.
fn fingerprint(region: &Region, kind: ResourceType, ids: &[String], tags: &[TagFilter]) -> String {
    let digest = Md5::digest(format!("{region:?} {kind:?} {ids:?} {tags:?}"));
    URL_SAFE_NO_PAD.encode(digest)
}
