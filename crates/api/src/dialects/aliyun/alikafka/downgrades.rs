//! What the two orders that lower a configuration have in common, however the instance is paid.

use control::Committed;
use control::ids::{InstanceId, OrderId, Region};
use control::instance::{Billing, Limits};

use super::catalog::{self, Included, Purchase, Spec, SpecType};
use super::details::{DeployType, Details};
use super::serverless::{Adapt, Capacity, only_serverless};
use super::upgrades::{change, paid_as};
use crate::dialects::aliyun::action::{Context, Refused};
use crate::dialects::aliyun::params::Rejection;

/// A configuration as an order describes it. What is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lower {
    pub(crate) disk_size: Option<u32>,
    pub(crate) topic_quota: Option<u32>,
    pub(crate) io_max: Option<u32>,
    pub(crate) io_max_spec: Option<String>,
    pub(crate) spec_type: Option<SpecType>,
    pub(crate) eip_model: Option<bool>,
    pub(crate) eip_max: Option<u32>,
    pub(crate) partition_num: Option<u32>,
    pub(crate) serverless: Option<Capacity>,
}

/// Lowers the configuration of an instance that is paid as `billing` says. What it holds has to fit.
pub(crate) async fn downgrade(
    context: &Context,
    region: &Region,
    id: &InstanceId,
    billing: Billing,
    lower: Lower,
) -> Result<Committed<OrderId>, Refused> {
    let seen = paid_as(context, region, id, billing).await?;
    let (details, limits) = lower.apply(Details::of(&seen)?)?;
    let Context { caller, control, .. } = context;
    Ok(control.instance_change(caller, change(seen, limits, &details)).await?)
}

impl Lower {
    /// The configuration after the order, and what it may hold. Nothing becomes larger.
    fn apply(self, now: Details) -> Result<(Details, Limits), Refused> {
        if let Some(reserved) = now.serverless {
            let Self { serverless: capacity, spec_type, eip_model, .. } = self;
            return Adapt { capacity, spec_type, eip_model }.lower(now, reserved);
        }
        only_serverless(self.serverless)?;
        if self.spec_type.is_some_and(|wanted| wanted != now.spec_type) {
            return Err(Rejection::rule("SpecType", "must stay what it is").into());
        }
        let spec_type = now.spec_type;
        let spec = self.spec_after(&now)?;
        let included = spec.included_in(spec_type).unwrap_or(Included { topics: 0, partitions: 0 });
        let disk_size = self.disk_size.unwrap_or(now.disk_size);
        if disk_size != now.disk_size {
            not_larger("DiskSize", disk_size, now.disk_size)?;
            spec.check_disk(disk_size)?;
        }
        let eip_max = self.eip_after(&now, spec)?;
        let partition_num = self.partition_num.unwrap_or(now.partition_num);
        not_larger("PartitionNum", partition_num, now.partition_num)?;
        let (purchase, topic_quota) = match (now.partition_num, partition_num) {
            (0, _) => {
                let quota = self.topic_quota.unwrap_or(now.topic_quota);
                not_larger("TopicQuota", quota, now.topic_quota)?;
                spec.check_topics(included, quota)?;
                (Purchase::Topics(quota), quota)
            }
            (_, 0) => {
                let reason = "must be at least 1: what was bought by partitions stays so";
                return Err(Rejection::rule("PartitionNum", reason).into());
            }
            (_, bought) => (Purchase::Partitions(bought), 0),
        };
        let details = Details {
            disk_size,
            io_max_spec: spec.name.to_owned(),
            eip_max,
            topic_quota,
            partition_num,
            ..now
        };
        let limits = catalog::limits(spec_type, included, purchase, details.resources());
        Ok((details, limits))
    }

    fn spec_after(&self, now: &Details) -> Result<&'static Spec, Refused> {
        let current = Spec::of_name(&now.io_max_spec);
        let is_current = |peak: u32| current.is_some_and(|spec| spec.read == peak);
        let (parameter, name, peak) = match (self.io_max_spec.as_deref(), self.io_max) {
            (Some(name), _) => ("IoMaxSpec", Some(name), None),
            (None, Some(peak)) if !is_current(peak) => ("IoMax", None, Some(peak)),
            _ => ("IoMaxSpec", Some(now.io_max_spec.as_str()), None),
        };
        let spec = Spec::find(now.spec_type, name, peak)?;
        not_larger(parameter, spec.read, current.map_or(u32::MAX, |spec| spec.read))?;
        Ok(spec)
    }

    /// How fast it can be reached from the internet.
    fn eip_after(&self, now: &Details, spec: &Spec) -> Result<u32, Refused> {
        match (now.deploy_type, self.eip_model) {
            (DeployType::Private, Some(true)) => {
                Err(Rejection::rule("EipModel", "must not add a public network").into())
            }
            // As in an order, a bandwidth means nothing to an instance without a public network.
            (DeployType::Private, _) => Ok(0),
            (DeployType::Public, Some(false)) => {
                Err(Refused::NotSupported("The public network of an instance cannot be taken away".into()))
            }
            (DeployType::Public, _) => {
                let bandwidth = self.eip_max.unwrap_or(now.eip_max);
                not_larger("EipMax", bandwidth, now.eip_max)?;
                spec.check_eip(bandwidth)?;
                Ok(bandwidth)
            }
        }
    }
}

fn not_larger(parameter: &'static str, wanted: u32, now: u32) -> Result<(), Rejection> {
    if wanted > now {
        return Err(Rejection::rule(parameter, format!("must not be larger than it is, {now}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialects::aliyun::alikafka::details::DiskType;
    use crate::dialects::aliyun::alikafka::details::tests_support::machine;

    /// An instance with something to spare of everything.
    fn large() -> Details {
        Details {
            disk_type: DiskType::Ssd,
            disk_size: 3_000,
            deploy_type: DeployType::Public,
            io_max_spec: "alikafka.hw.6xlarge".into(),
            spec_type: SpecType::Professional,
            eip_max: 400,
            topic_quota: 100,
            partition_num: 0,
            resource_group_id: String::new(),
            deployment: None,
            serverless: None,
            scaling: Default::default(),
        }
    }

    fn refused(lower: Lower, now: Details) -> &'static str {
        match lower.apply(now) {
            Err(Refused::Parameter(Rejection::Rule { name, .. } | Rejection::Missing(name))) => name,
            Err(Refused::NotSupported(_)) => "not supported",
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_absent_stays() {
        let (details, limits) = Lower::default().apply(large()).unwrap();
        assert_eq!(details, large());
        assert_eq!(
            limits,
            Limits { topics: 200, partitions: 1_720, groups: 200, resources: machine(3_000, 60, 400) }
        );
    }

    #[test]
    fn everything_goes_down_within_what_is_sold() {
        let lower = Lower {
            disk_size: Some(800),
            topic_quota: Some(50),
            io_max: Some(30),
            eip_max: Some(240),
            spec_type: Some(SpecType::Professional),
            eip_model: Some(true),
            ..Lower::default()
        };
        let (details, limits) = lower.clone().apply(large()).unwrap();
        assert_eq!((details.disk_size, details.eip_max, details.topic_quota), (800, 240, 50));
        assert_eq!(details.io_max_spec, "alikafka.hw.3xlarge");
        assert_eq!(
            limits,
            Limits { topics: 100, partitions: 1_200, groups: 100, resources: machine(800, 30, 240) }
        );
        let by = |change: fn(&mut Lower)| {
            let mut lower = lower.clone();
            change(&mut lower);
            refused(lower, large())
        };
        assert_eq!(by(|lower| lower.disk_size = Some(700)), "DiskSize");
        assert_eq!(by(|lower| lower.disk_size = Some(850)), "DiskSize");
        assert_eq!(by(|lower| lower.topic_quota = Some(49)), "TopicQuota");
        assert_eq!(by(|lower| lower.eip_max = None), "EipMax");
        assert_eq!(by(|lower| lower.eip_max = Some(0)), "EipMax");
        assert_eq!(by(|lower| lower.io_max_spec = Some("alikafka.hw.test".into())), "IoMaxSpec");
    }

    #[test]
    fn nothing_goes_up_or_changes_its_kind() {
        for (lower, name) in [
            (Lower { disk_size: Some(3_100), ..Lower::default() }, "DiskSize"),
            (Lower { topic_quota: Some(101), ..Lower::default() }, "TopicQuota"),
            (Lower { io_max: Some(90), ..Lower::default() }, "IoMax"),
            (Lower { io_max_spec: Some("alikafka.hw.9xlarge".into()), ..Lower::default() }, "IoMaxSpec"),
            (Lower { eip_max: Some(401), ..Lower::default() }, "EipMax"),
            (Lower { partition_num: Some(1), ..Lower::default() }, "PartitionNum"),
            (Lower { spec_type: Some(SpecType::Normal), ..Lower::default() }, "SpecType"),
            (Lower { eip_model: Some(false), ..Lower::default() }, "not supported"),
        ] {
            assert_eq!(refused(lower, large()), name);
        }
        let private = || Details { deploy_type: DeployType::Private, eip_max: 0, ..large() };
        assert_eq!(refused(Lower { eip_model: Some(true), ..Lower::default() }, private()), "EipModel");
        assert_eq!(Lower { eip_max: Some(40), ..Lower::default() }.apply(private()).unwrap().0, private());
    }

    #[test]
    fn partitions_go_down_to_one() {
        let bought = || Details { topic_quota: 0, partition_num: 100, ..large() };
        let to = |partition_num| Lower { partition_num: Some(partition_num), ..Lower::default() };
        let (details, limits) = to(1).apply(bought()).unwrap();
        assert_eq!((details.partition_num, details.topic_quota), (1, 0));
        assert_eq!(
            limits,
            Limits { topics: 1_001, partitions: 1_001, groups: 2_002, resources: machine(3_000, 60, 400) }
        );
        for bad in [0, 101] {
            assert_eq!(refused(to(bad), bought()), "PartitionNum");
        }
    }
}
