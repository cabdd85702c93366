//! TagResources: puts tags on instances, topics or consumer groups.

use control::ids::Region;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Envelope, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::resources::ResourceType;
use crate::dialects::aliyun::params::{NewTags, Text, parameters};
use crate::refusal::Cause;

pub(crate) struct TagResources;

parameters! {
    /// What to tag, and with what.
    pub(crate) struct Input {
        /// The region in which the instances were bought.
        region_id: Region = required("RegionId"),
        /// The kind of the resources: INSTANCE, TOPIC or CONSUMERGROUP, in any case.
        resource_type: ResourceType = required("ResourceType"),
        /// The resources: an instance's id, or Kafka_INSTANCE_NAME for a topic or a consumer group.
        resource_ids: Vec<Text> = required("ResourceId").range(1, 50),
        /// The tags. A key that a resource has already gets the new value; a resource has 20 tags at most.
        tags: NewTags = required("Tag").range(1, 20),
    }
}

impl Action for TagResources {
    const NAME: &'static str = "TagResources";
    const SUMMARY: &'static str =
        "Puts tags on instances, topics or consumer groups: on all that are named or on none.";
    const PERMISSION: &'static str = "alikafka:UpdateInstance";
    const EFFECT: Effect = Effect::Changes;
    const ENVELOPE: Option<Envelope> = Some(Envelope::RequestId);
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::FULL, causes::TOPIC, causes::GROUP];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("RegionId", "cn-hangzhou"),
        ("ResourceType", "INSTANCE"),
        ("ResourceId.1", "INSTANCE"),
        ("Tag.1.Key", "FinanceDept"),
        ("Tag.1.Value", "FinanceJoshua"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { region_id, resource_type, resource_ids, tags } = input;
        let resources = resource_type.resources(&resource_ids)?;
        let Context { caller, control, .. } = context;
        Ok(control.resources_tag(caller, &region_id, &resources, &tags.0).await?.into())
    }
}
