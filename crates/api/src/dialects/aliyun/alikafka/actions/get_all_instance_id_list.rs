//! GetAllInstanceIdList: the ids of all instances in all regions.

use std::collections::BTreeMap;

use control::ids::{InstanceId, Region};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::resources::resource_name;
use crate::dialects::aliyun::params::{Text, parameters};

pub(crate) struct GetAllInstanceIdList;

parameters! {
    /// Nothing that matters.
    pub(crate) struct Input {
        /// Any text: the vendor requires it and does nothing with it. All regions are listed.
        _region_id: Text = required("RegionId"),
    }
}

/// The ids by region, oldest first; regions without instances are left out.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    instance_ids: BTreeMap<String, Vec<String>>,
}

impl Action for GetAllInstanceIdList {
    const NAME: &'static str = "GetAllInstanceIdList";
    const SUMMARY: &'static str = "Lists the ids of all instances by region.";
    const PERMISSION: &'static str = "alikafka:ListInstance";
    // Its RegionId is asked for and read by nobody.
    const REGIONAL: bool = false;
    const EFFECT: Effect = Effect::Reads;
    const IN_OLD_VERSION: bool = true;
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("RegionId", "cn-hangzhou")];

    type Input = Input;
    type Output = Output;

    async fn run(_: Input, context: &Context) -> Result<Output, Refused> {
        let mut instance_ids = BTreeMap::<String, Vec<String>>::new();
        let found = context.control.instance_ids(&context.caller).await?;
        let name = |(region, id): &(Region, InstanceId)| [resource_name(context, region, id)];
        for (region, id) in context.shown(Self::PERMISSION, found, name).await? {
            instance_ids.entry(region.into_string()).or_default().push(id.into_string());
        }
        Ok(Output { instance_ids })
    }
}
