//! TagResources: puts tags on VPCs or vSwitches.

use control::ids::Region;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::params::{AnyCase, NewTags, Text, parameters};
use crate::dialects::aliyun::vpc::resources::ResourceType;
use crate::refusal::Cause;

pub(crate) struct TagResources;

parameters! {
    /// What to tag, and with what.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
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
    const SUMMARY: &'static str = "Puts tags on VPCs or vSwitches: on all that are named or on none.";
    const PERMISSION: &'static str = "vpc:TagResources";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[shared::TAG_CARRIER, shared::TAGS_FULL];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("RegionId", "cn-hangzhou"),
        ("ResourceType", "VPC"),
        ("ResourceId.1", "vpc-1"),
        ("Tag.1.Key", "team"),
        ("Tag.1.Value", "payments"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { region_id, resource_type: AnyCase(resource_type), resource_ids, tags } = input;
        let Context { caller, control, .. } = context;
        let resources = resource_type.resources(resource_ids);
        Ok(control.network_tag(caller, &region_id, resources, tags.0).await?.into())
    }
}
