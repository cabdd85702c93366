//! What the two orders that raise a configuration have in common, however the instance is paid.

use control::fault::Conflict;
use control::ids::{InstanceId, OrderId, Region};
use control::instance::{Billing, Instance, InstanceChange, InstanceState, Limits};
use control::{Committed, Fault};

use super::catalog::{self, Included, Purchase, Spec, SpecType};
use super::configuration::configure;
use super::details::{DeployType, Details};
use super::serverless::{Adapt, Capacity, only_serverless};
use crate::dialects::aliyun::action::{Context, Refused};
use crate::dialects::aliyun::params::Rejection;

/// A configuration as an order describes it. What is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Raise {
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

/// Raises the configuration of an instance that is paid as `billing` says.
pub(crate) async fn upgrade(
    context: &Context,
    region: &Region,
    id: &InstanceId,
    billing: Billing,
    raise: Raise,
) -> Result<Committed<OrderId>, Refused> {
    let seen = paid_as(context, region, id, billing).await?;
    let (details, limits) = raise.apply(Details::of(&seen)?)?;
    let Context { caller, control, .. } = context;
    let opens = details.deploy_type == DeployType::Public && !seen.settings.public_tls_enabled;
    let order = control.instance_change(caller, change(seen, limits, &details)).await?;
    if opens {
        // After the order: broken off here, the port stays closed until another change, and nothing is open unasked.
        configure(context, region, id, |_, _, _| Ok(())).await?.into_inner();
    }
    Ok(order)
}

/// Whether an instance is in a state in which what was bought can change. The change itself looks again; this
/// comes before the rules on what is wanted, which say nothing true of an instance that is not there to change.
pub(crate) fn ensure_changeable(seen: &Instance) -> Result<(), Fault> {
    match seen.state {
        InstanceState::Running => Ok(()),
        InstanceState::Changing => Err(Conflict::OperationRunning.into()),
        other => Err(Conflict::InstanceState(other).into()),
    }
}

/// The instance, when it can change and is paid as `billing` says.
pub(crate) async fn paid_as(
    context: &Context,
    region: &Region,
    id: &InstanceId,
    billing: Billing,
) -> Result<Instance, Refused> {
    let Context { caller, control, .. } = context;
    let seen = control.instance_find(caller, region, id).await?;
    ensure_changeable(&seen)?;
    if seen.billing != billing {
        let paid = match seen.billing {
            Billing::Postpaid => "by use",
            Billing::Prepaid => "for a term",
        };
        return Err(Refused::NotSupported(format!("The instance is paid {paid}")));
    }
    Ok(seen)
}

/// The change of what was bought with an instance.
pub(crate) fn change(seen: Instance, limits: Limits, details: &Details) -> InstanceChange {
    InstanceChange { limits, version: seen.version.clone(), details: details.to_json(), seen }
}

impl Raise {
    /// The configuration after the order, and what it may hold. Nothing becomes smaller.
    fn apply(self, now: Details) -> Result<(Details, Limits), Refused> {
        if let Some(reserved) = now.serverless {
            let Self { serverless: capacity, spec_type, eip_model, .. } = self;
            return Adapt { capacity, spec_type, eip_model }.raise(now, reserved);
        }
        only_serverless(self.serverless)?;
        let disk_size = self.disk_size.ok_or(Rejection::Missing("DiskSize"))?;
        let spec_type = self.spec_type_after(&now)?;
        let spec = self.spec_after(&now, spec_type)?;
        let included = spec.included_in(spec_type).unwrap_or(Included { topics: 0, partitions: 0 });
        if disk_size != now.disk_size {
            not_smaller("DiskSize", disk_size, now.disk_size)?;
            // The lower bound is that of a purchase: a disk that is there may be below it.
            spec.check_disk_growth(disk_size)?;
        }
        let (deploy_type, eip_max) = self.network_after(&now, spec)?;
        let partition_num = self.partition_num.unwrap_or(now.partition_num);
        not_smaller("PartitionNum", partition_num, now.partition_num)?;
        let (purchase, topic_quota) = match partition_num {
            0 => {
                let quota = self.topic_quota.unwrap_or(now.topic_quota);
                if quota != now.topic_quota {
                    not_smaller("TopicQuota", quota, now.topic_quota)?;
                    spec.check_topics(included, quota)?;
                }
                (Purchase::Topics(quota), quota)
            }
            bought => (Purchase::Partitions(bought), 0),
        };
        let details = Details {
            disk_size,
            deploy_type,
            io_max_spec: spec.name.to_owned(),
            spec_type,
            eip_max,
            topic_quota,
            partition_num,
            ..now
        };
        let limits = catalog::limits(spec_type, included, purchase, details.resources());
        Ok((details, limits))
    }

    fn spec_type_after(&self, now: &Details) -> Result<SpecType, Refused> {
        let wanted = self.spec_type.unwrap_or(now.spec_type);
        if wanted == SpecType::Basic {
            return Err(
                Rejection::rule("SpecType", "must not be basic for any but a serverless instance").into()
            );
        }
        match (now.spec_type.is_professional(), wanted.is_professional()) {
            (true, false) => {
                Err(Rejection::rule("SpecType", "must not go back to the standard edition").into())
            }
            (true, true) if wanted != now.spec_type => {
                let reason = "One professional edition does not become the other";
                Err(Refused::NotSupported(reason.to_owned()))
            }
            _ => Ok(wanted),
        }
    }

    fn spec_after(&self, now: &Details, spec_type: SpecType) -> Result<&'static Spec, Refused> {
        let current = Spec::of_name(&now.io_max_spec);
        let is_current = |peak: u32| current.is_some_and(|spec| spec.read == peak);
        let (parameter, name, peak) = match (self.io_max_spec.as_deref(), self.io_max) {
            (Some(name), _) => ("IoMaxSpec", Some(name), None),
            (None, Some(peak)) if !is_current(peak) => ("IoMax", None, Some(peak)),
            _ => ("IoMaxSpec", Some(now.io_max_spec.as_str()), None),
        };
        let spec = Spec::find(spec_type, name, peak)?;
        not_smaller(parameter, spec.read, current.map_or(0, |spec| spec.read))?;
        Ok(spec)
    }

    /// From where it can be reached, and how fast from the internet.
    fn network_after(&self, now: &Details, spec: &Spec) -> Result<(DeployType, u32), Refused> {
        let contradiction = |reason: &str| Refused::from(Rejection::rule("EipMax", reason));
        match (now.deploy_type, self.eip_model) {
            (_, Some(true)) if self.eip_max == Some(0) => {
                Err(contradiction("must not be 0 where EipModel is true"))
            }
            (DeployType::Private, Some(true)) => {
                let bandwidth = self.eip_max.ok_or(Rejection::Missing("EipMax"))?;
                spec.check_eip(bandwidth)?;
                Ok((DeployType::Public, bandwidth))
            }
            (DeployType::Private, Some(false)) if self.eip_max.is_some_and(|bandwidth| bandwidth > 0) => {
                Err(contradiction("must be 0 where EipModel is false"))
            }
            // As in an order, a bandwidth means nothing to an instance without a public network.
            (DeployType::Private, _) => Ok((DeployType::Private, 0)),
            (DeployType::Public, Some(false)) => {
                Err(Refused::NotSupported("The public network of an instance cannot be taken away".into()))
            }
            (DeployType::Public, _) => {
                let bandwidth = self.eip_max.unwrap_or(now.eip_max);
                if bandwidth != now.eip_max {
                    not_smaller("EipMax", bandwidth, now.eip_max)?;
                    spec.check_eip(bandwidth)?;
                }
                Ok((DeployType::Public, bandwidth))
            }
        }
    }
}

/// From where a serverless instance can be reached; its traffic from the internet has no bandwidth to be bought.
pub(crate) fn network_without_bandwidth(
    now: &Details,
    eip_model: Option<bool>,
) -> Result<DeployType, Refused> {
    match (now.deploy_type, eip_model) {
        (DeployType::Public, Some(false)) => {
            Err(Refused::NotSupported("The public network of an instance cannot be taken away".into()))
        }
        (DeployType::Private, Some(true)) => Ok(DeployType::Public),
        (as_it_is, _) => Ok(as_it_is),
    }
}

fn not_smaller(parameter: &'static str, wanted: u32, now: u32) -> Result<(), Rejection> {
    if wanted < now {
        return Err(Rejection::rule(parameter, format!("must not be smaller than it is, {now}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialects::aliyun::alikafka::details::DiskType;
    use crate::dialects::aliyun::alikafka::details::tests_support::machine;

    fn bought(spec_type: SpecType, io_max_spec: &str) -> Details {
        Details {
            disk_type: DiskType::Ssd,
            disk_size: 500,
            deploy_type: DeployType::Private,
            io_max_spec: io_max_spec.into(),
            spec_type,
            eip_max: 0,
            topic_quota: 50,
            partition_num: 0,
            resource_group_id: String::new(),
            deployment: None,
            serverless: None,
            scaling: Default::default(),
        }
    }

    fn small() -> Details {
        bought(SpecType::Professional, "alikafka.hw.2xlarge")
    }

    /// An order that changes nothing.
    fn same() -> Raise {
        Raise { disk_size: Some(500), ..Raise::default() }
    }

    fn refused(raise: Raise, now: Details) -> &'static str {
        match raise.apply(now) {
            Err(Refused::Parameter(Rejection::Rule { name, .. } | Rejection::Missing(name))) => name,
            Err(Refused::NotSupported(_)) => "not supported",
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_absent_stays() {
        let (details, limits) = same().apply(small()).unwrap();
        assert_eq!(details, small());
        assert_eq!(
            limits,
            Limits { topics: 100, partitions: 1100, groups: 100, resources: machine(500, 20, 0) }
        );
    }

    #[test]
    fn traffic_grows_by_name_or_by_peak_and_the_name_wins() {
        let after = |io_max, spec: Option<&str>| {
            let raise = Raise { io_max, io_max_spec: spec.map(str::to_owned), ..same() };
            raise.apply(small()).map(|(details, _)| details.io_max_spec)
        };
        assert_eq!(after(Some(30), None).unwrap(), "alikafka.hw.3xlarge");
        assert_eq!(after(Some(90), Some("alikafka.hw.6xlarge")).unwrap(), "alikafka.hw.6xlarge");
        assert_eq!(after(Some(20), None).unwrap(), "alikafka.hw.2xlarge");
        let large = || bought(SpecType::Professional, "alikafka.hw.6xlarge");
        assert_eq!(refused(Raise { io_max: Some(30), ..same() }, large()), "IoMax");
        let down = Raise { io_max_spec: Some("alikafka.hw.3xlarge".into()), ..same() };
        assert_eq!(refused(down, large()), "IoMaxSpec");
        // The peak of a high-read specification is not one of the high-write ones; as it is it stays.
        let read = || bought(SpecType::ProfessionalForHighRead, "alikafka.hr.3xlarge");
        assert_eq!(Raise { io_max: Some(75), ..same() }.apply(read()).unwrap().0, read());
    }

    #[test]
    fn a_disk_grows_in_steps_from_where_it_is() {
        let to = |disk_size| Raise { disk_size: Some(disk_size), ..same() };
        assert_eq!(to(600).apply(small()).unwrap().0.disk_size, 600);
        for disk_size in [400, 550, 6200] {
            assert_eq!(refused(to(disk_size), small()), "DiskSize", "{disk_size}");
        }
        // More traffic asks for more disk only when it is bought.
        let raise = Raise { io_max: Some(60), ..to(600) };
        assert_eq!(raise.apply(small()).unwrap().0.disk_size, 600);
    }

    #[test]
    fn a_disk_is_asked_for_and_a_reservation_is_not() {
        assert_eq!(refused(Raise::default(), small()), "DiskSize");
        let serverless = Some(Capacity { publish: 60, subscribe: 20 });
        assert_eq!(refused(Raise { serverless, ..same() }, small()), "not supported");
        assert_eq!(refused(Raise { spec_type: Some(SpecType::Basic), ..same() }, small()), "SpecType");
    }

    #[test]
    fn editions_go_up_only() {
        let to = |spec_type| Raise { spec_type: Some(spec_type), ..same() };
        let normal = || bought(SpecType::Normal, "alikafka.hw.2xlarge");
        let (details, limits) = to(SpecType::Professional).apply(normal()).unwrap();
        assert_eq!((details.spec_type, limits.topics), (SpecType::Professional, 100));
        assert_eq!(refused(to(SpecType::Normal), small()), "SpecType");
        assert_eq!(refused(to(SpecType::ProfessionalForHighRead), small()), "not supported");
        // The other professional edition does not sell the specification of this one.
        assert_eq!(refused(to(SpecType::ProfessionalForHighRead), normal()), "IoMaxSpec");
    }

    #[test]
    fn topics_or_partitions() {
        let quota = |quota| Raise { topic_quota: Some(quota), ..same() };
        let (details, limits) = quota(60).apply(small()).unwrap();
        assert_eq!((details.topic_quota, limits.topics, limits.partitions), (60, 120, 1260));
        for bad in [49, 451] {
            assert_eq!(refused(quota(bad), small()), "TopicQuota");
        }
        let partitions = |partitions| Raise { partition_num: Some(partitions), ..same() };
        assert_eq!(partitions(0).apply(small()).unwrap().0, small());
        let (details, limits) = partitions(10).apply(small()).unwrap();
        assert_eq!((details.topic_quota, details.partition_num), (0, 10));
        assert_eq!(
            limits,
            Limits { topics: 1010, partitions: 1010, groups: 2020, resources: machine(500, 20, 0) }
        );
        assert_eq!(refused(partitions(9), details), "PartitionNum");
    }

    #[test]
    fn the_public_network_is_added_and_grows() {
        let model = |eip_model, eip_max| Raise { eip_model, eip_max, ..same() };
        let public = || model(Some(true), Some(10)).apply(small()).unwrap().0;
        assert_eq!((public().deploy_type, public().eip_max), (DeployType::Public, 10));
        assert_eq!(refused(model(Some(true), Some(0)), small()), "EipMax");
        assert_eq!(refused(model(Some(true), None), small()), "EipMax");
        assert_eq!(refused(model(Some(true), Some(161)), small()), "EipMax");
        assert_eq!(refused(model(Some(false), Some(1)), small()), "EipMax");
        for (eip_model, eip_max) in
            [(Some(false), Some(0)), (Some(false), None), (None, None), (None, Some(40))]
        {
            assert_eq!(model(eip_model, eip_max).apply(small()).unwrap().0, small());
        }
        for eip_model in [Some(true), None] {
            assert_eq!(model(eip_model, Some(20)).apply(public()).unwrap().0.eip_max, 20);
            assert_eq!(model(eip_model, None).apply(public()).unwrap().0.eip_max, 10);
            assert_eq!(refused(model(eip_model, Some(9)), public()), "EipMax");
        }
        assert_eq!(refused(model(Some(false), Some(0)), public()), "not supported");
    }
}
