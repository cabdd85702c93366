//! ListRebalanceInfo: the last rebalances of a group.

use control::ids::{GroupName, InstanceId, Region};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::rebalances::RebalanceInfo;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct ListRebalanceInfo;

parameters! {
    /// Which group.
    pub(crate) struct Input {
        /// The instance that has the group.
        instance_id: InstanceId = required("InstanceId"),
        /// The group's id, exactly.
        consumer_id: GroupName = required("ConsumerId"),
        /// The region in which the instance was bought.
        region_id: Region = required("RegionId"),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    data: Data,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Data {
    /// A plain list, unlike that of GetConsumerProgress.
    rebalance_info_list: Vec<RebalanceInfo>,
}

impl Action for ListRebalanceInfo {
    const NAME: &'static str = "ListRebalanceInfo";
    const SUMMARY: &'static str =
        "Lists the last 20 rebalances of a group since the server was started, the newest first.";
    const PERMISSION: &'static str = "alikafka:ListGroup";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE, causes::GROUP];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("ConsumerId", "billing"), ("RegionId", "cn-hangzhou")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Input { instance_id, consumer_id, region_id } = input;
        let Context { caller, control, .. } = context;
        let activity = control.group_activity(caller, &region_id, &instance_id, &consumer_id).await?;
        let shown = activity.rebalances.iter().map(|one| RebalanceInfo::new(&consumer_id, one));
        Ok(Output { data: Data { rebalance_info_list: shown.collect() } })
    }
}
