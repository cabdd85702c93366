//! UntagResources: takes tags off instances, topics or consumer groups.

use control::ids::Region;
use control::tag::TagRemoval;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Envelope, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::resources::ResourceType;
use crate::dialects::aliyun::params::{Rejection, Text, parameters};
use crate::refusal::Cause;

pub(crate) struct UntagResources;

parameters! {
    /// What to take off, and where.
    pub(crate) struct Input {
        /// The region in which the instances were bought.
        region_id: Region = required("RegionId"),
        /// The kind of the resources: INSTANCE, TOPIC or CONSUMERGROUP, in any case.
        resource_type: ResourceType = required("ResourceType"),
        /// The resources: an instance's id, or Kafka_INSTANCE_NAME for a topic or a consumer group.
        resource_ids: Vec<Text> = required("ResourceId").range(1, 50),
        /// The keys of the tags; those that a resource does not have are ignored. Required unless All is true.
        tag_keys: Vec<Text> = optional("TagKey").required_at_times().range(1, 20),
        /// Whether to take all tags off; without effect where keys are given.
        all: bool = optional("All").or("false"),
    }
}

impl Action for UntagResources {
    const NAME: &'static str = "UntagResources";
    const SUMMARY: &'static str = "Takes tags off instances, topics or consumer groups.";
    const PERMISSION: &'static str = "alikafka:UpdateInstance";
    const EFFECT: Effect = Effect::Changes;
    const ENVELOPE: Option<Envelope> = Some(Envelope::RequestId);
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::TOPIC, causes::GROUP];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("RegionId", "cn-hangzhou"),
        ("ResourceType", "INSTANCE"),
        ("ResourceId.1", "INSTANCE"),
        ("TagKey.1", "FinanceDept"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { region_id, resource_type, resource_ids, tag_keys, all } = input;
        let removal = match (tag_keys.is_empty(), all) {
            (false, _) => TagRemoval::Keys(tag_keys),
            (true, true) => TagRemoval::All,
            (true, false) => return Err(Rejection::Missing("TagKey").into()),
        };
        let resources = resource_type.resources(&resource_ids)?;
        let Context { caller, control, .. } = context;
        Ok(control.resources_untag(caller, &region_id, &resources, &removal).await?.into())
    }
}
