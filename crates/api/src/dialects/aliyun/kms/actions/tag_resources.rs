//! TagResources: puts tags on keys.

use control::ids::{CipherKeyId, Region};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::kms::causes;
use crate::dialects::aliyun::kms::choices::ResourceType;
use crate::dialects::aliyun::params::{AnyCase, NewTags, Text, parameters};
use crate::refusal::Cause;

pub(crate) struct TagResources;

parameters! {
    /// What to tag, and with what.
    pub(crate) struct Input {
        /// The region; without effect, for keys are found from every one.
        region_id: Option<Region> = optional("RegionId"),
        /// The kind of the resources, in any case.
        resource_type: AnyCase<ResourceType> = required("ResourceType"),
        /// Their ids.
        resource_ids: Vec<Text> = required("ResourceId").range(1, 50),
        /// The tags. A key that a resource has already gets the new value; a resource has 20 tags at most.
        tags: NewTags = required("Tag").range(1, 20),
    }
}

impl Action for TagResources {
    const NAME: &'static str = "TagResources";
    const SUMMARY: &'static str = "Puts tags on keys: on all that are named or on none.";
    const PERMISSION: &'static str = "kms:TagResources";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::KEY, shared::TAGS_FULL];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("RegionId", "cn-hangzhou"),
        ("ResourceType", "key"),
        ("ResourceId.1", "key-1"),
        ("Tag.1.Key", "team"),
        ("Tag.1.Value", "payments"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { region_id, resource_type: AnyCase(ResourceType::Key), resource_ids, tags } = input;
        drop(region_id);
        let Context { caller, control, .. } = context;
        let keys = resource_ids.into_iter().map(CipherKeyId::new).collect();
        Ok(control.cipher_key_tag(caller, keys, tags.0).await?.into())
    }
}
