//! UntagResources: takes tags off security groups.

use control::ids::Region;
use control::tag::TagRemoval;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::ecs::choices::ResourceType;
use crate::dialects::aliyun::params::{AnyCase, Rejection, Text, parameters};
use crate::refusal::Cause;

pub(crate) struct UntagResources;

parameters! {
    /// Which tags to take off what.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
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
    const SUMMARY: &'static str = "Takes tags off security groups; a key that is not there is no error.";
    const PERMISSION: &'static str = "ecs:UntagResources";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[shared::TAG_CARRIER];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("RegionId", "cn-hangzhou"),
        ("ResourceType", "securitygroup"),
        ("ResourceId.1", "sg-1"),
        ("TagKey.1", "team"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { region_id, resource_type: AnyCase(resource_type), resource_ids, tag_keys, all } = input;
        let removal = match (tag_keys.is_empty(), all) {
            (false, _) => TagRemoval::Keys(tag_keys),
            (true, true) => TagRemoval::All,
            (true, false) => return Err(Rejection::Missing("TagKey").into()),
        };
        let Context { caller, control, .. } = context;
        let resources = resource_type.resources(resource_ids);
        Ok(control.network_untag(caller, &region_id, resources, removal).await?.into())
    }
}
