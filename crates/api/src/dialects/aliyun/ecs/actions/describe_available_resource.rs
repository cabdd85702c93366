//! DescribeAvailableResource: the zones in which something can be made.

use control::Fault;
use control::fault::Absent;
use control::ids::{Region, ZoneId};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::{Text, parameters};
use crate::refusal::Cause;

pub(crate) struct DescribeAvailableResource;

parameters! {
    /// What is to be made.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// What is looked for: Zone; other resources are not offered.
        destination_resource: Text = required("DestinationResource"),
        /// Only this zone.
        zone_id: Option<ZoneId> = optional("ZoneId"),
    }
}

/// The zones.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    available_zones: AvailableZones,
}

list_of! {
    struct AvailableZones: "AvailableZone" [AvailableZone];
    struct AvailableResources: "AvailableResource" [String];
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AvailableZone {
    region_id: String,
    zone_id: String,
    status: &'static str,
    status_category: &'static str,
    available_resources: AvailableResources,
}

impl Action for DescribeAvailableResource {
    const NAME: &'static str = "DescribeAvailableResource";
    const SUMMARY: &'static str = "Lists the zones of a region as available, by id.";
    const PERMISSION: &'static str = "ecs:DescribeAvailableResource";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[shared::UNSUPPORTED, shared::ZONE];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("DestinationResource", "Zone")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Input { region_id, destination_resource, zone_id } = input;
        if destination_resource != "Zone" {
            return Err(Refused::NotSupported("Only DestinationResource Zone is offered".into()));
        }
        let mut zones = context.control.zone_list(&region_id);
        if let Some(wanted) = zone_id {
            zones.retain(|zone| zone.id == wanted);
            if zones.is_empty() {
                return Err(Fault::from(Absent::Zone(wanted.into_string())).into());
            }
        }
        let view = |zone: control::zone::Zone| AvailableZone {
            region_id: region_id.to_string(),
            zone_id: zone.id.into_string(),
            status: "Available",
            status_category: "WithStock",
            available_resources: AvailableResources { items: Vec::new() },
        };
        Ok(Output { available_zones: zones.into_iter().map(view).collect() })
    }
}
