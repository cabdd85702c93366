//! GetInstanceList: the instances of a region, everything about them.

use control::ids::{InstanceId, OrderId, Region, ResourceGroupId};
use control::instance::{Access, Billing, Endpoint, Instance, InstanceFilter, InstanceState};
use serde::Serialize;

use super::start_instance::zone_letter;
use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::catalog::{Spec, SpecType};
use crate::dialects::aliyun::alikafka::configuration::{has_automatic_topics, partitions_default};
use crate::dialects::aliyun::alikafka::details::{DeployType, Details, DiskType};
use crate::dialects::aliyun::alikafka::resources::resource_name;
use crate::dialects::aliyun::alikafka::settings;
use crate::dialects::aliyun::alikafka::views::Tags;
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::{TagConditions, Text, parameters};

pub(crate) struct GetInstanceList;

parameters! {
    /// Which instances; conditions are joined by AND.
    pub(crate) struct Input {
        /// The region in which they were bought.
        region_id: Region = required("RegionId"),
        /// Only the instance that this order made.
        order_id: Option<OrderId> = optional("OrderId"),
        /// Only instances of these ids.
        instance_ids: Vec<InstanceId> = optional("InstanceId").range(1, 100),
        /// Only instances with all of these tags; without a value any will do.
        tags: TagConditions = optional("Tag").range(1, 20),
        /// Only instances of this resource group.
        resource_group_id: Option<Text> = optional("ResourceGroupId"),
        /// Only instances of this series: v3 are the serverless ones, v2 all others.
        series: Option<Text> = optional("Series"),
    }
}

/// The instances.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    instance_list: InstanceList,
}

list_of! {
    struct InstanceList: "InstanceVO" [InstanceVo];
    struct VSwitchIds: "VSwitchIds" [String];
}

/// The series of an instance, as the vendor calls its generations.
fn series_of(details: &Details) -> &'static str {
    if details.serverless.is_some() { "v3" } else { "v2" }
}

/// Every field that any client of the vendor reads, always there: an absent one crashes some of them.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InstanceVo {
    instance_id: String,
    name: String,
    region_id: String,
    service_status: u8,
    paid_type: u8,
    spec_type: SpecType,
    deploy_type: u8,
    disk_type: u8,
    disk_size: u32,
    io_max: u32,
    eip_max: u32,
    topic_num_limit: u32,
    create_time: i64,
    expired_time: i64,
    msg_retain: u32,
    vpc_id: String,
    v_switch_id: String,
    zone_id: String,
    security_group: String,
    end_point: String,
    ssl_end_point: String,
    domain_endpoint: String,
    ssl_domain_endpoint: String,
    sasl_domain_endpoint: String,
    all_config: String,
    tags: Tags,
    upgrade_service_detail_info: UpgradeServiceDetailInfo,
    io_max_spec: String,
    io_max_read: u32,
    io_max_write: u32,
    resource_group_id: String,
    kms_key_id: String,
    sasl_end_point: String,
    vpc_sasl_end_point: String,
    vpc_sasl_domain_endpoint: String,
    v_switch_ids: VSwitchIds,
    standard_zone_id: String,
    backup_zone_id: &'static str,
    auto_create_group_enable: bool,
    auto_create_topic_enable: bool,
    default_partition_num: u32,
    used_topic_count: u32,
    used_group_count: u32,
    used_partition_count: u32,
    recommended_partition_count: u32,
    reserved_publish_capacity: u32,
    reserved_subscribe_capacity: u32,
    scheduled_retirement: bool,
    series: &'static str,
    view_instance_status_code: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UpgradeServiceDetailInfo {
    current2_open_source_version: String,
}

impl Action for GetInstanceList {
    const NAME: &'static str = "GetInstanceList";
    const SUMMARY: &'static str = "Lists the instances of a region, oldest first.";
    const PERMISSION: &'static str = "alikafka:ListInstance";
    const EFFECT: Effect = Effect::Reads;
    const IN_OLD_VERSION: bool = true;
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("InstanceId.1", "INSTANCE")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Input { region_id, order_id, instance_ids, tags, resource_group_id, series } = input;
        let filter = InstanceFilter { ids: instance_ids, order_id, tags: tags.filters };
        let mut list = InstanceList { items: Vec::new() };
        let Context { caller, control, .. } = context;
        let found = control.instance_list(caller, &region_id, &filter).await?;
        let name = |instance: &Instance| [resource_name(context, &region_id, &instance.id)];
        for instance in context.shown(Self::PERMISSION, found, name).await? {
            let mut details = Details::of(&instance)?;
            if details.resource_group_id.is_empty() {
                details.resource_group_id = ResourceGroupId::default_of(&caller.account).into_string();
            }
            let is_of_group =
                resource_group_id.as_ref().is_none_or(|wanted| *wanted == details.resource_group_id);
            if is_of_group && series.as_ref().is_none_or(|wanted| wanted == series_of(&details)) {
                list.items.push(InstanceVo::new(instance, details, context.clock.now_ms()));
            }
        }
        Ok(Output { instance_list: list })
    }
}

impl InstanceVo {
    fn new(instance: Instance, details: Details, now_ms: i64) -> Self {
        let spec = Spec::of_name(&details.io_max_spec);
        let (read, write) = spec.map_or((0, 0), |spec| (spec.read, spec.write));
        let included = spec.and_then(|spec| spec.included_in(details.spec_type));
        let status = Status::of(&instance);
        let at = |access| joined(&instance.endpoints, access, |endpoint| &endpoint.address);
        let under = |access| joined(&instance.endpoints, access, |endpoint| &endpoint.domain);
        let reserved = details.serverless.map(|bought| details.scaling.reserved(bought, now_ms));
        let series = series_of(&details);
        let deployment = details.deployment.unwrap_or_default();
        let standard_zone_id = zone_letter(&deployment.zone_id, &instance.region)
            .map(|letter| format!("{}-{letter}", instance.region))
            .unwrap_or_default();
        Self {
            service_status: status.service,
            paid_type: match instance.billing {
                _ if reserved.is_some() => 3,
                Billing::Prepaid => 0,
                Billing::Postpaid => 1,
            },
            spec_type: details.spec_type,
            deploy_type: match details.deploy_type {
                DeployType::Public => 4,
                DeployType::Private => 5,
            },
            disk_type: match details.disk_type {
                DiskType::Efficient => 0,
                DiskType::Ssd => 1,
            },
            disk_size: details.disk_size,
            io_max: read,
            eip_max: details.eip_max,
            topic_num_limit: instance.limits.topics,
            create_time: instance.created_ms,
            expired_time: instance.expires_ms,
            msg_retain: instance.settings.retention_hours,
            vpc_id: deployment.vpc_id,
            v_switch_id: deployment.vswitch_id,
            security_group: deployment.security_group,
            kms_key_id: deployment.kms_key_id,
            end_point: at(Access::Plain),
            ssl_end_point: at(Access::PublicTls),
            domain_endpoint: under(Access::Plain),
            ssl_domain_endpoint: under(Access::PublicTls),
            sasl_domain_endpoint: under(Access::PrivateLogin),
            sasl_end_point: at(Access::PrivateLogin),
            vpc_sasl_end_point: at(Access::PrivateTls),
            vpc_sasl_domain_endpoint: under(Access::PrivateTls),
            all_config: settings::all_config(&instance.settings, &deployment.extra_settings),
            upgrade_service_detail_info: UpgradeServiceDetailInfo {
                current2_open_source_version: instance.version,
            },
            io_max_spec: details.io_max_spec,
            io_max_read: read,
            io_max_write: write,
            resource_group_id: details.resource_group_id,
            zone_id: deployment.zone_id,
            standard_zone_id,
            backup_zone_id: "",
            v_switch_ids: VSwitchIds { items: deployment.vswitch_ids },
            auto_create_group_enable: instance.settings.automatic_groups,
            auto_create_topic_enable: has_automatic_topics(&instance.settings),
            default_partition_num: partitions_default(&instance.settings),
            used_topic_count: instance.used.topics,
            used_group_count: instance.used.groups,
            used_partition_count: instance.used.partitions,
            recommended_partition_count: included.map_or(0, |included| included.partitions),
            reserved_publish_capacity: reserved.map_or(0, |reserved| reserved.publish),
            reserved_subscribe_capacity: reserved.map_or(0, |reserved| reserved.subscribe),
            scheduled_retirement: false,
            series,
            view_instance_status_code: status.view,
            tags: instance.tags.into(),
            instance_id: instance.id.into_string(),
            name: instance.name,
            region_id: instance.region.into_string(),
        }
    }
}

/// The two codes that tell where an instance is in its life.
struct Status {
    service: u8,
    view: u8,
}

impl Status {
    fn of(instance: &Instance) -> Self {
        let (service, view) = match instance.state {
            // A deployment that came to nothing can be started again, and says that it failed.
            InstanceState::Ordered if instance.failure.is_some() => (0, 101),
            InstanceState::Ordered => (0, 0),
            InstanceState::Deploying => (1, 1),
            InstanceState::Running => (5, 2),
            InstanceState::Changing => (8, 7),
            InstanceState::Stopped => (15, 3),
            InstanceState::Expired => (15, 5),
            InstanceState::Released => (15, 6),
        };
        Self { service, view }
    }
}

/// The addresses of one way in, as the vendor lists them: one per broker, separated by commas.
fn joined(endpoints: &[Endpoint], access: Access, part: fn(&Endpoint) -> &String) -> String {
    let of_access = endpoints.iter().filter(|endpoint| endpoint.access == access);
    of_access.map(|endpoint| part(endpoint).as_str()).collect::<Vec<_>>().join(",")
}
