//! ModifyVpcAttribute: changes a VPC.

use control::cidr::Cidr;
use control::ids::{NetworkId, Region};
use control::network::NetworkChange;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::companions::labels;
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::vpc::causes;
use crate::refusal::Cause;

pub(crate) struct ModifyVpcAttribute;

parameters! {
    /// What to change; what is left out stays.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// The VPC.
        vpc_id: NetworkId = required("VpcId"),
        /// Its name.
        vpc_name: Option<Text> = optional("VpcName").range(1, 128).or_empty(),
        /// Its description.
        description: Option<Text> = optional("Description").range(1, 256).or_empty(),
        /// Its addresses; its vSwitches must stay within.
        cidr_block: Option<Cidr> = optional("CidrBlock"),
        /// Whether hosts in it are to have names.
        enable_dns_hostname: Option<bool> = optional("EnableDnsHostname"),
        /// Whether it has IPv6 addresses, which is not offered.
        enable_ipv6: bool = optional("EnableIPv6").or("false"),
    }
}

impl Action for ModifyVpcAttribute {
    const NAME: &'static str = "ModifyVpcAttribute";
    const SUMMARY: &'static str = "Changes a VPC's name, description, addresses or host names.";
    const PERMISSION: &'static str = "vpc:ModifyVpcAttribute";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::NETWORK, shared::UNSUPPORTED];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("VpcId", "vpc-1"), ("VpcName", "billing")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        labels::check("VpcName", input.vpc_name.as_deref())?;
        labels::check("Description", input.description.as_deref())?;
        if input.enable_ipv6 {
            return Err(Refused::NotSupported("IPv6 is not offered".into()));
        }
        let Context { caller, control, .. } = context;
        let change = NetworkChange {
            name: input.vpc_name,
            description: input.description,
            cidr: input.cidr_block,
            host_names: input.enable_dns_hostname,
            resource_group: None,
        };
        Ok(control.network_change(caller, &input.region_id, &input.vpc_id, change).await?.into())
    }
}
