//! GetAllowedIpList: from where an instance may be used.

use control::allowed::AllowedLists;
use control::ids::{InstanceId, Region};
use control::instance::Access;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::allowed_lists::{ListType, of_network};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::details::{DeployType, Details};
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct GetAllowedIpList;

parameters! {
    /// Which instance.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
    }
}

/// The lists, in one shape for all clients.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    allowed_list: Lists,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Lists {
    deploy_type: u32,
    internet_list: Vec<List>,
    vpc_list: Vec<List>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    port_range: &'static str,
    /// There even when it is empty: clients fall over a missing one.
    allowed_ip_list: Vec<String>,
}

impl Action for GetAllowedIpList {
    const NAME: &'static str = "GetAllowedIpList";
    const SUMMARY: &'static str = "Lists the addresses from which an instance may be used.";
    const PERMISSION: &'static str = "alikafka:ListInstance";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("RegionId", "cn-hangzhou")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        let allowed = control.allowed_list(caller, &input.region_id, &input.instance_id).await?;
        let instance = control.instance_find(caller, &input.region_id, &input.instance_id).await?;
        let details = Details::of(&instance)?;
        let lists = |network| {
            let lists = of_network(network, &instance, &details);
            lists.into_iter().map(|(access, ports)| List::new(ports, access, &allowed)).collect()
        };
        let deploy_type = match details.deploy_type {
            DeployType::Public => 4,
            DeployType::Private => 5,
        };
        let (internet_list, vpc_list) = (lists(ListType::Internet), lists(ListType::Vpc));
        Ok(Output { allowed_list: Lists { deploy_type, internet_list, vpc_list } })
    }
}

impl List {
    fn new(port_range: &'static str, access: Access, allowed: &AllowedLists) -> Self {
        let addresses = allowed.get(&access).into_iter().flatten();
        Self { port_range, allowed_ip_list: addresses.map(ToString::to_string).collect() }
    }
}
