//! ModifyRouteTableAttributes: changes the system route table of a VPC.

use control::ids::{Region, RouteTableId};
use control::network::RouteTableChange;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::companions::labels;
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::vpc::causes;
use crate::refusal::Cause;

pub(crate) struct ModifyRouteTableAttributes;

parameters! {
    /// What to change; what is left out stays.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// The route table.
        route_table_id: RouteTableId = required("RouteTableId"),
        /// Its name.
        route_table_name: Option<Text> = optional("RouteTableName").range(1, 128).or_empty(),
        /// Its description.
        description: Option<Text> = optional("Description").range(1, 256).or_empty(),
        /// Whether routes learnt elsewhere are to be taken over. Kept and shown.
        route_propagation_enable: Option<bool> = optional("RoutePropagationEnable"),
    }
}

impl Action for ModifyRouteTableAttributes {
    const NAME: &'static str = "ModifyRouteTableAttributes";
    const SUMMARY: &'static str = "Changes a route table's name, description or route propagation.";
    const PERMISSION: &'static str = "vpc:ModifyRouteTableAttributes";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::ROUTE_TABLE];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("RouteTableId", "vtb-1"), ("RouteTableName", "main")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        labels::check("RouteTableName", input.route_table_name.as_deref())?;
        labels::check("Description", input.description.as_deref())?;
        let Context { caller, control, .. } = context;
        let change = RouteTableChange {
            name: input.route_table_name,
            description: input.description,
            propagation: input.route_propagation_enable,
        };
        Ok(control.route_table_change(caller, &input.region_id, &input.route_table_id, change).await?.into())
    }
}
