//! DescribeZones: the zones of a region.

use control::ids::Region;
use control::zone::Zone;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::parameters;

pub(crate) struct DescribeZones;

parameters! {
    /// Which region.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
    }
}

/// The zones.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    zones: Zones,
}

list_of! {
    struct Zones: "Zone" [ZoneView];
    struct ResourceTypes: "ResourceTypes" [&'static str];
    struct InstanceTypes: "InstanceTypes" [&'static str];
    struct DiskCategories: "DiskCategories" [&'static str];
    struct VolumeCategories: "VolumeCategories" [&'static str];
    struct ResourcesInfo: "ResourcesInfo" [&'static str];
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ZoneView {
    zone_id: String,
    local_name: String,
    zone_type: &'static str,
    available_resource_creation: ResourceTypes,
    available_instance_types: InstanceTypes,
    available_disk_categories: DiskCategories,
    available_volume_categories: VolumeCategories,
    available_resources: ResourcesInfo,
}

impl ZoneView {
    fn new(zone: Zone) -> Self {
        Self {
            zone_id: zone.id.into_string(),
            local_name: format!("Zone {}", zone.letter.to_ascii_uppercase()),
            zone_type: "AvailabilityZone",
            available_resource_creation: ResourceTypes { items: vec!["VSwitch"] },
            // There are no machines here. A zone without a type of machine and disk is passed over by the Terraform
            // provider, so each has one that says by its name that it is none.
            available_instance_types: InstanceTypes { items: vec!["ecs.none"] },
            available_disk_categories: DiskCategories { items: vec!["cloud_essd"] },
            available_volume_categories: VolumeCategories { items: Vec::new() },
            available_resources: ResourcesInfo { items: Vec::new() },
        }
    }
}

impl Action for DescribeZones {
    const NAME: &'static str = "DescribeZones";
    const SUMMARY: &'static str = "Lists the zones of a region, by id.";
    const PERMISSION: &'static str = "ecs:DescribeZones";
    const EFFECT: Effect = Effect::Reads;
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("RegionId", "cn-hangzhou")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let zones = context.control.zone_list(&input.region_id);
        Ok(Output { zones: zones.into_iter().map(ZoneView::new).collect() })
    }
}
