//! What this product remembers about an instance and the control plane does not understand.
//!
//! Stored as JSON with the instance. A member that is added later needs a default: older rows lack it.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use control::Fault;
use control::instance::{Instance, Resources, Traffic};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::catalog::{Spec, SpecType};
use super::scaling::Scaling;
use super::serverless::Capacity;
use crate::dialects::aliyun::params::choice;

/// What the product means by it, as makers of virtual disks do.
const GB: u64 = 1 << 30;
/// Of messages, in which the tools of Kafka count as well.
const MB: u64 = 1 << 20;
/// Of a line, in bytes.
const MBIT: u64 = 1_000_000 / 8;

choice! {
    /// The kind of disk. Cannot change.
    pub(crate) enum DiskType: String {
        /// Efficient cloud disk.
        Efficient = "0",
        /// SSD.
        Ssd = "1",
    }
}

choice! {
    /// From where an instance can be reached.
    pub(crate) enum DeployType: Integer {
        /// From the internet and the private network.
        Public = "4",
        /// From the private network.
        Private = "5",
    }
}

/// Bought, and perhaps deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Details {
    pub(crate) disk_type: DiskType,
    /// GB.
    pub(crate) disk_size: u32,
    pub(crate) deploy_type: DeployType,
    /// The name of the traffic specification.
    pub(crate) io_max_spec: String,
    pub(crate) spec_type: SpecType,
    /// Mbit/s from the internet; 0 for a private instance.
    pub(crate) eip_max: u32,
    /// Topics bought; 0 when partitions were.
    pub(crate) topic_quota: u32,
    /// Partitions bought; 0 when topics were.
    pub(crate) partition_num: u32,
    pub(crate) resource_group_id: String,
    /// How it was deployed; none before.
    pub(crate) deployment: Option<Deployment>,
    /// The traffic that is reserved for it; none unless it is serverless.
    #[serde(default)]
    pub(crate) serverless: Option<Capacity>,
    /// When more is reserved than was bought.
    #[serde(default)]
    pub(crate) scaling: Scaling,
}

/// What StartInstance was told; all of it empty where nothing was. Texts are kept as they were sent, because
/// clients compare them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deployment {
    pub(crate) vpc_id: String,
    pub(crate) vswitch_id: String,
    pub(crate) vswitch_ids: Vec<String>,
    pub(crate) zone_id: String,
    pub(crate) selected_zones: String,
    pub(crate) security_group: String,
    pub(crate) kms_key_id: String,
    /// Settings beyond the typed ones, under the names they were sent with.
    pub(crate) extra_settings: BTreeMap<String, String>,
}

impl Details {
    /// Those of an instance.
    pub(crate) fn of(instance: &Instance) -> Result<Self, Fault> {
        // Only this product writes them, so unreadable ones are our mistake.
        Self::deserialize(&instance.details)
            .map_err(|error| Fault::bug(format!("details of {}: {error}", instance.id)))
    }

    /// The edition that decides whether access rules can be enforced: every serverless instance has what the
    /// professional ones have.
    pub(crate) fn edition_of_rules(&self) -> SpecType {
        if self.serverless.is_some() { SpecType::Professional } else { self.spec_type }
    }

    /// What it may use of the machine. A reservation promises and limits nothing.
    pub(crate) fn resources(&self) -> Resources {
        if self.serverless.is_some() {
            return Resources::default();
        }
        let rate = |many: u32, unit: u64| NonZeroU64::new(u64::from(many) * unit);
        let spec = Spec::of_name(&self.io_max_spec);
        let traffic = Traffic {
            sent: spec.and_then(|spec| rate(spec.write, MB)),
            read: spec.and_then(|spec| rate(spec.read, MB)),
            public: rate(self.eip_max, MBIT),
        };
        Resources { disk_bytes: Some(u64::from(self.disk_size) * GB), traffic }
    }

    /// As they are stored.
    pub(crate) fn to_json(&self) -> Json {
        serde_json::to_value(self).expect("texts, numbers and lists of them are JSON")
    }
}

#[cfg(test)]
pub(crate) mod tests_support {
    use std::num::NonZeroU64;

    use control::instance::{Resources, Traffic};

    /// A disk of so many GB, so many MB/s each way, and so many Mbit/s over the public network.
    pub(crate) fn machine(disk: u64, peak: u64, public: u64) -> Resources {
        let peak = NonZeroU64::new(peak * 1024 * 1024);
        let traffic = Traffic { sent: peak, read: peak, public: NonZeroU64::new(public * 125_000) };
        Resources { disk_bytes: Some(disk * 1024 * 1024 * 1024), traffic }
    }
}

#[cfg(test)]
mod tests {
    use super::tests_support::machine;
    use super::*;

    fn details(io_max_spec: &str) -> Details {
        Details {
            disk_type: DiskType::Ssd,
            disk_size: 500,
            deploy_type: DeployType::Public,
            io_max_spec: io_max_spec.into(),
            spec_type: SpecType::ProfessionalForHighRead,
            eip_max: 3,
            topic_quota: 50,
            partition_num: 0,
            resource_group_id: String::new(),
            deployment: None,
            serverless: None,
            scaling: Scaling::default(),
        }
    }

    #[test]
    fn high_read_instances_read_more_than_they_are_sent() {
        let traffic = details("alikafka.hr.3xlarge").resources().traffic;
        let rate = NonZeroU64::new;
        let (sent, read) = (rate(15 * 1024 * 1024), rate(75 * 1024 * 1024));
        assert_eq!(traffic, Traffic { sent, read, public: rate(375_000) });
    }

    #[test]
    fn a_reservation_limits_nothing() {
        let bought = details("alikafka.hw.2xlarge");
        assert_eq!(bought.resources(), machine(500, 20, 3));
        let serverless = Some(Capacity { publish: 60, subscribe: 20 });
        assert_eq!(Details { serverless, ..bought }.resources(), Resources::default());
    }
}
