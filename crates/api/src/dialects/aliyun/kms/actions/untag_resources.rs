//! UntagResources: takes tags off keys.

use control::ids::{CipherKeyId, Region};
use control::tag::TagRemoval;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::kms::causes;
use crate::dialects::aliyun::kms::choices::ResourceType;
use crate::dialects::aliyun::params::{AnyCase, Rejection, Text, parameters};
use crate::refusal::Cause;

pub(crate) struct UntagResources;

parameters! {
    /// Which tags to take off what.
    pub(crate) struct Input {
        /// The region; without effect, for keys are found from every one.
        region_id: Option<Region> = optional("RegionId"),
        /// The kind of the resources, in any case.
        resource_type: AnyCase<ResourceType> = required("ResourceType"),
        /// Their ids.
        resource_ids: Vec<Text> = required("ResourceId").range(1, 50),
        /// The keys of the tags. Required unless All is true.
        tag_keys: Vec<Text> = optional("TagKey").required_at_times().range(1, 20),
        /// Whether to take off all of them. Without effect when keys are given.
        all: bool = optional("All").or("false"),
    }
}

impl Action for UntagResources {
    const NAME: &'static str = "UntagResources";
    const SUMMARY: &'static str = "Takes tags off keys; a tag that is not there is no error.";
    const PERMISSION: &'static str = "kms:UntagResources";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::KEY];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("RegionId", "cn-hangzhou"),
        ("ResourceType", "key"),
        ("ResourceId.1", "key-1"),
        ("TagKey.1", "team"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { region_id, resource_type: AnyCase(ResourceType::Key), resource_ids, tag_keys, all } =
            input;
        drop(region_id);
        let removal = match (tag_keys.is_empty(), all) {
            (false, _) => TagRemoval::Keys(tag_keys),
            (true, true) => TagRemoval::All,
            (true, false) => return Err(Rejection::Missing("TagKey").into()),
        };
        let Context { caller, control, .. } = context;
        let keys = resource_ids.into_iter().map(CipherKeyId::new).collect();
        Ok(control.cipher_key_untag(caller, keys, removal).await?.into())
    }
}
