//! CreateSecurityGroup: makes a security group.

use control::ids::{ClientToken, NetworkId, Region, ResourceGroupId};
use control::security_group::SecurityGroupCreate;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::companions::labels;
use crate::dialects::aliyun::ecs::causes;
use crate::dialects::aliyun::ecs::choices::GroupType;
use crate::dialects::aliyun::params::{NewTags, Text, parameters};
use crate::refusal::Cause;

pub(crate) struct CreateSecurityGroup;

parameters! {
    /// What to make.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// The VPC it is for.
        vpc_id: Option<NetworkId> = optional("VpcId"),
        /// Its name; starts with a letter.
        security_group_name: Option<Text> = optional("SecurityGroupName").range(2, 128),
        /// Its description.
        description: Option<Text> = optional("Description").range(2, 256),
        /// Its type, for ever.
        security_group_type: GroupType = optional("SecurityGroupType").or("normal"),
        /// Its resource group; by default the account's default one.
        resource_group_id: Option<ResourceGroupId> = optional("ResourceGroupId"),
        /// Its tags.
        tags: NewTags = optional("Tag").range(1, 20),
        /// Repeating the request with the same token gives the first answer again.
        client_token: Option<ClientToken> = optional("ClientToken").range(1, 64),
    }
}

/// What was made.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    security_group_id: String,
}

impl Action for CreateSecurityGroup {
    const NAME: &'static str = "CreateSecurityGroup";
    const SUMMARY: &'static str = "Makes a security group: a record for others to refer to, without rules.";
    const PERMISSION: &'static str = "ecs:CreateSecurityGroup";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] =
        &[causes::NETWORK, causes::GROUPS_FULL, shared::RESOURCE_GROUP, shared::TOKEN_REUSED];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("RegionId", "cn-hangzhou"),
        ("VpcId", "vpc-1"),
        ("SecurityGroupName", "web"),
        ("Description", "front end"),
    ];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        labels::check_letter("SecurityGroupName", input.security_group_name.as_deref())?;
        labels::check("Description", input.description.as_deref())?;
        let create = SecurityGroupCreate {
            region: input.region_id,
            id_prefix: "sg-",
            network: input.vpc_id,
            name: input.security_group_name.unwrap_or_default(),
            description: input.description.unwrap_or_default(),
            kind: input.security_group_type.into(),
            resource_group: input.resource_group_id,
            tags: input.tags.0,
            token: input.client_token,
        };
        let id = context.control.security_group_create(&context.caller, create).await?.into_inner();
        Ok(Output { security_group_id: id.into_string() })
    }
}
