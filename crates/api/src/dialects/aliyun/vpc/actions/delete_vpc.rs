//! DeleteVpc: removes a VPC.

use control::ids::{NetworkId, Region};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::params::parameters;
use crate::dialects::aliyun::vpc::causes;
use crate::refusal::Cause;

pub(crate) struct DeleteVpc;

parameters! {
    /// Which one.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// The VPC.
        vpc_id: NetworkId = required("VpcId"),
        /// Check everything, remove nothing, and answer DryRunOperation.
        dry_run: bool = optional("DryRun").or("false"),
    }
}

impl Action for DeleteVpc {
    const NAME: &'static str = "DeleteVpc";
    const SUMMARY: &'static str =
        "Removes a VPC that has no vSwitches and security groups any more, with its route table.";
    const PERMISSION: &'static str = "vpc:DeleteVpc";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] =
        &[causes::NETWORK, causes::SUBNET_STAYS, causes::GROUP_STAYS, shared::DRY_RUN];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("VpcId", "vpc-1")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { region_id, vpc_id, dry_run } = input;
        let Context { caller, control, .. } = context;
        Ok(control.network_delete(caller, &region_id, &vpc_id, dry_run).await?.into())
    }
}
