//! ListTagResources: the tags of keys.

use control::cipher_key::{CIPHER_KEYS_MAX, CipherKey, CipherKeyFilter};
use control::ids::Region;
use control::tag::Tag;
use control::topic::Page;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::kms::choices::ResourceType;
use crate::dialects::aliyun::kms::views::arn;
use crate::dialects::aliyun::params::{AnyCase, Rejection, TagConditions, Text, parameters};

pub(crate) struct ListTagResources;

parameters! {
    /// Whose tags; conditions are joined by AND.
    pub(crate) struct Input {
        /// The region; without effect, for keys are found from every one.
        region_id: Option<Region> = optional("RegionId"),
        /// The kind of the resources, in any case.
        resource_type: AnyCase<ResourceType> = required("ResourceType"),
        /// Only those of these ids.
        resource_ids: Vec<Text> = optional("ResourceId").range(1, 50),
        /// Only those with all of these tags; without a value any will do.
        tags: TagConditions = optional("Tag").range(1, 20),
        /// Where to go on; no reply has one, because every reply is complete.
        next_token: Option<Text> = optional("NextToken"),
    }
}

/// One line per tag.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    next_token: &'static str,
    tag_resources: TagResources,
}

list_of! {
    struct TagResources: "TagResource" [TagView];
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagView {
    resource_id: String,
    resource_type: ResourceType,
    tag_key: String,
    tag_value: String,
}

impl Action for ListTagResources {
    const NAME: &'static str = "ListTagResources";
    const SUMMARY: &'static str =
        "Lists the tags of keys, by key of the account, oldest first, then by the tags' keys.";
    const PERMISSION: &'static str = "kms:ListTagResources";
    const EFFECT: Effect = Effect::Reads;
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("ResourceType", "key"), ("ResourceId.1", "key-1")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Input { region_id, resource_type: AnyCase(resource_type), resource_ids, tags, next_token } =
            input;
        drop(region_id);
        if next_token.is_some() {
            return Err(Rejection::rule("NextToken", "must be one that a reply has given").into());
        }
        let Context { caller, control, .. } = context;
        let all = Page { skip: 0, take: CIPHER_KEYS_MAX as usize };
        let filter = CipherKeyFilter::default();
        let list = |part| control.cipher_key_list(caller, &filter, part);
        let name = |key: &CipherKey| [arn(key, &caller.account)];
        let listed = context.listed(Self::PERMISSION, all, list, name).await?;
        let wanted = |key: &CipherKey| {
            let has = |tag: &Tag| {
                tags.filters
                    .iter()
                    .filter(|condition| condition.key == tag.key)
                    .all(|condition| condition.value.as_ref().is_none_or(|value| *value == tag.value))
            };
            let there =
                tags.filters.iter().all(|condition| key.tags.iter().any(|tag| tag.key == condition.key));
            let named = resource_ids.is_empty() || resource_ids.iter().any(|id| id == key.id.as_str());
            named && there && key.tags.iter().all(has)
        };
        let tag_resources = listed.items.into_iter().filter(wanted).flat_map(|key| {
            let id = key.id.into_string();
            key.tags.into_iter().map(move |Tag { key, value }| TagView {
                resource_id: id.clone(),
                resource_type,
                tag_key: key,
                tag_value: value,
            })
        });
        Ok(Output { next_token: "", tag_resources: tag_resources.collect() })
    }
}
