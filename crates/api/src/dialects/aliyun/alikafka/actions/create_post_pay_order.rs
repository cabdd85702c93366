//! CreatePostPayOrder: buys an instance that is paid by use.

use control::Committed;
use control::ids::Region;
use control::instance::{Billing, InstanceOrder, InstanceOrdered};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::catalog::{self, Included, Purchase, Spec, SpecType};
use crate::dialects::aliyun::alikafka::details::{Details, DeployType, DiskType};
use crate::dialects::aliyun::alikafka::settings;
use crate::dialects::aliyun::params::{NewTags, Rejection, Text, choice, parameters};

pub(crate) struct CreatePostPayOrder;

parameters! {
    /// What to buy.
    pub(crate) struct Input {
        /// The region in which the instance will be.
        region_id: Region = required("RegionId"),
        /// How many topics to buy. Required unless partitions are bought; the range depends on the traffic.
        topic_quota: Option<u32> = optional("TopicQuota"),
        /// 0 for an efficient cloud disk, 1 for an SSD. Cannot change later.
        disk_type: DiskType = required("DiskType"),
        /// The disk's size in GB, in steps of 100; the range depends on the traffic.
        disk_size: u32 = required("DiskSize"),
        /// 4 for an instance on the internet and in the VPC, 5 for one in the VPC alone.
        deploy_type: DeployType = required("DeployType"),
        /// The traffic peak in MB/s. Either this or IoMaxSpec is required.
        io_max: Option<u32> = optional("IoMax"),
        /// The bandwidth from the internet in Mbit/s. Required with DeployType 4, ignored with 5.
        eip_max: Option<u32> = optional("EipMax"),
        /// The edition.
        spec_type: SpecType = optional("SpecType").or("normal"),
        /// The name of the traffic specification; wins over IoMax.
        io_max_spec: Option<Text> = optional("IoMaxSpec"),
        /// How many partitions to buy; when it is not 0 it wins over TopicQuota.
        partition_num: u32 = optional("PartitionNum").range(0, 10_000).or("0"),
        /// 1 for payment by use. 3, serverless, is not offered.
        paid_type: PaidType = optional("PaidType").or("1"),
        /// The resource group that the instance belongs to.
        resource_group_id: Option<Text> = optional("ResourceGroupId").range(1, 64),
        /// Tags for the instance.
        tags: NewTags = optional("Tag").range(1, 20),
    }
}

choice! {
    /// How the order is paid.
    pub(crate) enum PaidType: Integer {
        /// By use.
        PostPaid = "1",
        /// By capacity.
        Serverless = "3",
    }
}

/// What the order made.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    order_id: String,
}

impl From<Committed<InstanceOrdered>> for Output {
    fn from(ordered: Committed<InstanceOrdered>) -> Self {
        Self { order_id: ordered.into_inner().order_id.into_string() }
    }
}

impl Action for CreatePostPayOrder {
    const NAME: &'static str = "CreatePostPayOrder";
    const SUMMARY: &'static str = "Buys an instance that is paid by use.";
    const PERMISSION: &'static str = "alikafka:StartInstance";
    const EFFECT: Effect = Effect::Changes;
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("RegionId", "cn-hangzhou"),
        ("TopicQuota", "50"),
        ("DiskType", "0"),
        ("DiskSize", "500"),
        ("DeployType", "5"),
        ("IoMax", "20"),
    ];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let order = input.order(context.clock.now_ms())?;
        Ok(context.control.instance_order(&context.caller, order).await?.into())
    }
}

impl Input {
    /// Applies the rules between parameters.
    fn order(self, now_ms: i64) -> Result<InstanceOrder, Refused> {
        let topic_quota = match (self.partition_num, self.topic_quota) {
            (0, None) => return Err(Rejection::Missing("TopicQuota").into()),
            (0, Some(quota)) => quota,
            _ => 0,
        };
        let spec = Spec::find(self.spec_type, self.io_max_spec.as_deref(), self.io_max)?;
        let eip_max = match self.deploy_type {
            DeployType::Private => 0,
            DeployType::Public => {
                self.eip_max.filter(|bandwidth| *bandwidth > 0).ok_or(Rejection::Missing("EipMax"))?
            }
        };
        if self.paid_type == PaidType::Serverless {
            return Err(Refused::NotSupported("Serverless instances are not offered".into()));
        }
        spec.check_disk(self.disk_size)?;
        let included = spec.included_in(self.spec_type).unwrap_or(Included { topics: 0, partitions: 0 });
        let purchase = match self.partition_num {
            0 => {
                spec.check_topics(included, topic_quota)?;
                Purchase::Topics(topic_quota)
            }
            bought => Purchase::Partitions(bought),
        };
        if self.deploy_type == DeployType::Public {
            spec.check_eip(eip_max)?;
        }
        let details = Details {
            disk_type: self.disk_type,
            disk_size: self.disk_size,
            deploy_type: self.deploy_type,
            io_max_spec: spec.name.to_owned(),
            spec_type: self.spec_type,
            eip_max,
            topic_quota,
            partition_num: self.partition_num,
            resource_group_id: self.resource_group_id.unwrap_or_default(),
            deployment: None,
        };
        Ok(InstanceOrder {
            region: self.region_id,
            id_prefix: "alikafka_post-cn-".into(),
            billing: Billing::Postpaid,
            expires_ms: ten_years_after(now_ms),
            limits: catalog::limits(self.spec_type, included, purchase),
            settings: settings::defaults(),
            tags: self.tags.0,
            details: details.to_json(),
        })
    }
}

/// The end that the vendor shows for instances which have none.
fn ten_years_after(now_ms: i64) -> i64 {
    let end = Timestamp::from_millisecond(now_ms)
        .and_then(|now| now.to_zoned(TimeZone::UTC).checked_add(10.years()))
        .map(|end| end.timestamp().as_millisecond());
    // Only a clock at the end of all time gets here.
    end.unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use control::instance::Limits;

    use super::*;
    use crate::dialects::aliyun::params::tests_support::decode;

    fn order(changes: &[(&str, &str)]) -> Result<InstanceOrder, Refused> {
        let mut parameters = CreatePostPayOrder::EXAMPLE.to_vec();
        for (name, value) in changes {
            parameters.retain(|(given, _)| given != name);
            parameters.push((name, value));
        }
        decode::<Input>(&parameters)?.order(1_577_961_819_000)
    }

    fn rejection(changes: &[(&str, &str)]) -> Rejection {
        match order(changes) {
            Err(Refused::Parameter(rejection)) => rejection,
            other => panic!("{changes:?}: {other:?}"),
        }
    }

    #[test]
    fn an_order_as_in_the_vendors_example() {
        let order = order(&[]).unwrap();
        assert_eq!(order.limits, Limits { topics: 50, partitions: 1100, groups: 100 });
        assert_eq!(order.id_prefix, "alikafka_post-cn-");
        assert_eq!(order.expires_ms, 1_893_581_019_000, "ten years later to the second");
        let details: Details = serde_json::from_value(order.details).unwrap();
        assert_eq!((details.io_max_spec.as_str(), details.topic_quota), ("alikafka.hw.2xlarge", 50));
    }

    #[test]
    fn partitions_win_over_topics() {
        let order = order(&[("PartitionNum", "50"), ("SpecType", "professional")]).unwrap();
        assert_eq!(order.limits, Limits { topics: 1050, partitions: 1050, groups: 2100 });
        let details: Details = serde_json::from_value(order.details).unwrap();
        assert_eq!((details.topic_quota, details.partition_num), (0, 50));
    }

    #[test]
    fn conditional_requirements() {
        assert_eq!(rejection(&[("TopicQuota", "")]), Rejection::Missing("TopicQuota"));
        assert_eq!(rejection(&[("IoMax", "")]), Rejection::Missing("IoMaxSpec"));
        for eip in ["", "0"] {
            assert_eq!(rejection(&[("DeployType", "4"), ("EipMax", eip)]), Rejection::Missing("EipMax"));
        }
        let public = order(&[("DeployType", "4"), ("EipMax", "160")]).unwrap();
        assert_eq!(serde_json::from_value::<Details>(public.details).unwrap().eip_max, 160);
        let private = order(&[("EipMax", "40")]).unwrap();
        assert_eq!(serde_json::from_value::<Details>(private.details).unwrap().eip_max, 0);
    }

    #[test]
    fn values_out_of_range_name_their_parameter() {
        for (name, value) in [
            ("TopicQuota", "49"),
            ("TopicQuota", "451"),
            ("DiskType", "2"),
            ("DiskSize", "400"),
            ("DiskSize", "6200"),
            ("DiskSize", "501"),
            ("DeployType", "6"),
            ("IoMax", "21"),
            ("SpecType", "Normal"),
            ("PartitionNum", "10001"),
            ("PartitionNum", "-1"),
            ("PaidType", "0"),
        ] {
            assert!(
                matches!(rejection(&[(name, value)]), Rejection::Rule { name: named, .. } if named == name),
                "{name}={value}"
            );
        }
        assert_eq!(rejection(&[("DiskSize", "5e2")]), Rejection::Type("DiskSize"));
        assert!(matches!(order(&[("PaidType", "3")]), Err(Refused::NotSupported(_))));
    }
}
