//! ChangeResourceGroup: puts an instance into another resource group.

use control::ids::{InstanceId, Region, ResourceGroupId};
use control::instance::InstanceAnnotate;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Envelope, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::details::Details;
use crate::dialects::aliyun::params::{Text, parameters};
use crate::refusal::Cause;

pub(crate) struct ChangeResourceGroup;

parameters! {
    /// What to move, and where to.
    pub(crate) struct Input {
        /// The region in which the instance was bought.
        region_id: Region = required("RegionId"),
        /// The instance.
        resource_id: InstanceId = required("ResourceId"),
        /// The resource group that it belongs to from now on. As in an order, one of the account's if it has made any here,
        /// else any text.
        new_resource_group_id: Text = required("NewResourceGroupId").range(1, 64),
    }
}

/// Where it is now.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    new_resource_group_id: String,
}

impl Action for ChangeResourceGroup {
    const NAME: &'static str = "ChangeResourceGroup";
    const SUMMARY: &'static str = "Puts an instance into another resource group.";
    const PERMISSION: &'static str = "alikafka:UpdateInstance";
    const EFFECT: Effect = Effect::Changes;
    const ENVELOPE: Option<Envelope> = Some(Envelope::FullInNumbers);
    const CAUSES: &'static [Cause] = &[causes::FIELD, causes::INSTANCE, causes::RUNNING];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("RegionId", "cn-hangzhou"),
        ("ResourceId", "INSTANCE"),
        ("NewResourceGroupId", "rg-acfmv3z6pbqiwpa"),
    ];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Input { region_id, resource_id, new_resource_group_id } = input;
        let Context { caller, control, .. } = context;
        let seen = control.instance_find(caller, &region_id, &resource_id).await?;
        let details = Details { resource_group_id: new_resource_group_id.clone(), ..Details::of(&seen)? };
        let resource_group = Some(ResourceGroupId::new(new_resource_group_id.as_str()));
        let annotate = InstanceAnnotate { seen, resource_group, details: details.to_json() };
        control.instance_annotate(caller, annotate).await?.into_inner();
        Ok(Output { new_resource_group_id })
    }
}
