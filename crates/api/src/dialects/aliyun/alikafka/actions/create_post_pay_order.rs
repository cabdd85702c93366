//! CreatePostPayOrder: buys an instance that is paid by use.

use control::ids::Region;
use control::instance::InstanceOrder;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::catalog::SpecType;
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::details::{DeployType, DiskType};
use crate::dialects::aliyun::alikafka::needs;
use crate::dialects::aliyun::alikafka::orders::{Ordered, Terms, Wanted};
use crate::dialects::aliyun::alikafka::serverless::{Reservation, WantedServerless, only_serverless};
use crate::dialects::aliyun::params::{NewTags, Rejection, Text, choice, parameters};
use crate::refusal::Cause;

pub(crate) struct CreatePostPayOrder;

parameters! {
    /// What to buy.
    pub(crate) struct Input {
        /// The region in which the instance will be.
        region_id: Region = required("RegionId"),
        /// How many topics to buy. Required unless partitions are bought; the range depends on the traffic.
        topic_quota: Option<u32> = optional("TopicQuota").required_when(needs::topics),
        /// 0 for an efficient cloud disk, 1 for an SSD. Cannot change later. Required unless PaidType is 3.
        disk_type: Option<DiskType> = optional("DiskType").required_when(needs::specification),
        /// The disk's size in GB, in steps of 100; the range depends on the traffic. Required unless PaidType is 3.
        disk_size: Option<u32> = optional("DiskSize").required_when(needs::specification),
        /// 4 for an instance on the internet and in the VPC, 5 for one in the VPC alone.
        deploy_type: DeployType = required("DeployType"),
        /// The traffic peak in MB/s. Either this or IoMaxSpec is required.
        io_max: Option<u32> = optional("IoMax"),
        /// The bandwidth from the internet in Mbit/s. Required with DeployType 4, ignored with 5.
        eip_max: Option<u32> = optional("EipMax").required_when(needs::bandwidth),
        /// The edition; basic is one of serverless instances, professionalForHighRead is none.
        spec_type: SpecType = optional("SpecType").or("normal"),
        /// The name of the traffic specification; wins over IoMax.
        io_max_spec: Option<Text> = optional("IoMaxSpec").required_when(needs::specification_by_name),
        /// How many partitions to buy; when it is not 0 it wins over TopicQuota.
        partition_num: u32 = optional("PartitionNum").range(0, 10_000).or("0"),
        /// 1 for an instance that is bought by specification, 3 for a serverless one.
        paid_type: PaidType = optional("PaidType").or("1"),
        /// The resource group that the instance belongs to.
        resource_group_id: Option<Text> = optional("ResourceGroupId").range(1, 64),
        /// Tags for the instance.
        tags: NewTags = optional("Tag").range(1, 20),
        /// The traffic that is reserved for a serverless instance, in MB/s: at least 60 to publish and 20 to subscribe.
        serverless_config: Reservation = optional("ServerlessConfig").required_when(needs::reservation),
    }
}

choice! {
    /// How the order is paid.
    pub(crate) enum PaidType: Integer {
        /// By use.
        PostPaid = "1",
        /// By use and by what is reserved.
        Serverless = "3",
    }
}

impl Action for CreatePostPayOrder {
    const NAME: &'static str = "CreatePostPayOrder";
    const SUMMARY: &'static str = "Buys an instance that is paid by use.";
    const PERMISSION: &'static str = "alikafka:StartInstance";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::NOT_SUPPORTED];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("RegionId", "cn-hangzhou"),
        ("TopicQuota", "50"),
        ("DiskType", "0"),
        ("DiskSize", "500"),
        ("DeployType", "5"),
        ("IoMax", "20"),
    ];

    type Input = Input;
    type Output = Ordered;

    async fn run(input: Input, context: &Context) -> Result<Ordered, Refused> {
        let order = input.order(context.clock.now_ms())?;
        Ok(context.control.instance_order(&context.caller, order).await?.into())
    }
}

impl Input {
    fn order(self, now_ms: i64) -> Result<InstanceOrder, Refused> {
        let terms = Terms::by_use(now_ms);
        if self.paid_type == PaidType::Serverless {
            let wanted = WantedServerless {
                region: self.region_id,
                deploy_type: self.deploy_type,
                spec_type: self.spec_type,
                capacity: self.serverless_config.0,
                resource_group_id: self.resource_group_id.unwrap_or_default(),
                tags: self.tags.0,
            };
            return wanted.order(&terms);
        }
        only_serverless(self.serverless_config.0)?;
        let missing = |name| Refused::from(Rejection::Missing(name));
        let wanted = Wanted {
            region: self.region_id,
            topic_quota: self.topic_quota,
            disk_type: self.disk_type.ok_or_else(|| missing("DiskType"))?,
            disk_size: self.disk_size.ok_or_else(|| missing("DiskSize"))?,
            deploy_type: self.deploy_type,
            io_max: self.io_max,
            eip_max: self.eip_max,
            spec_type: self.spec_type,
            io_max_spec: self.io_max_spec,
            partition_num: self.partition_num,
            resource_group_id: self.resource_group_id.unwrap_or_default(),
            tags: self.tags.0,
        };
        wanted.order(&terms)
    }
}

#[cfg(test)]
mod tests {
    use control::instance::{Limits, Resources};

    use super::*;
    use crate::dialects::aliyun::alikafka::details::Details;
    use crate::dialects::aliyun::alikafka::details::tests_support::machine;
    use crate::dialects::aliyun::alikafka::serverless::Capacity;
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
        assert_eq!(
            order.limits,
            Limits { topics: 50, partitions: 1100, groups: 100, resources: machine(500, 20, 0) }
        );
        assert_eq!(order.id_prefix, "alikafka_post-cn-");
        assert_eq!(order.expires_ms, 1_893_581_019_000, "ten years later to the second");
        let details: Details = serde_json::from_value(order.details).unwrap();
        assert_eq!((details.io_max_spec.as_str(), details.topic_quota), ("alikafka.hw.2xlarge", 50));
    }

    #[test]
    fn partitions_win_over_topics() {
        let order = order(&[("PartitionNum", "50"), ("SpecType", "professional")]).unwrap();
        assert_eq!(
            order.limits,
            Limits { topics: 1050, partitions: 1050, groups: 2100, resources: machine(500, 20, 0) }
        );
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
    fn a_serverless_instance_is_bought_by_what_is_reserved() {
        const RESERVED: &str = "{\"ReservedPublishCapacity\":60,\"ReservedSubscribeCapacity\":20}";
        let serverless = |changes: &[(&'static str, &'static str)]| {
            let bare = ["TopicQuota", "DiskType", "DiskSize", "IoMax"].map(|name| (name, ""));
            [&bare[..], &[("PaidType", "3"), ("ServerlessConfig", RESERVED)], changes].concat()
        };
        let bought = order(&serverless(&[("SpecType", "basic")])).unwrap();
        assert_eq!(bought.id_prefix, "alikafka_serverless-cn-");
        assert_eq!(
            bought.limits,
            Limits { topics: 1000, partitions: 1000, groups: 2000, resources: Resources::default() }
        );
        let details: Details = serde_json::from_value(bought.details).unwrap();
        assert_eq!(details.serverless, Some(Capacity { publish: 60, subscribe: 20 }));
        let apart = [
            ("ServerlessConfig", ""),
            ("ServerlessConfig.ReservedPublishCapacity", "60"),
            ("ServerlessConfig.ReservedSubscribeCapacity", "20"),
        ];
        let details = order(&serverless(&apart)).unwrap().details;
        assert_eq!(serde_json::from_value::<Details>(details).unwrap().serverless.unwrap().subscribe, 20);
        let half = rejection(&serverless(&apart[..2]));
        assert_eq!(half, Rejection::Type("ServerlessConfig"));
        assert_eq!(
            rejection(&serverless(&[("ServerlessConfig", "")])),
            Rejection::Missing("ServerlessConfig")
        );
        assert_eq!(
            rejection(&serverless(&[("ServerlessConfig", "{}")])),
            Rejection::Type("ServerlessConfig")
        );
        for (name, value) in [
            ("ServerlessConfig", "{\"ReservedPublishCapacity\":59,\"ReservedSubscribeCapacity\":20}"),
            ("ServerlessConfig", "{\"ReservedPublishCapacity\":60,\"ReservedSubscribeCapacity\":19}"),
            ("SpecType", "professionalForHighRead"),
        ] {
            let refused = rejection(&serverless(&[(name, value)]));
            assert!(matches!(refused, Rejection::Rule { name: named, .. } if named == name), "{value}");
        }
        // What is bought by specification has neither.
        assert!(matches!(rejection(&[("SpecType", "basic")]), Rejection::Rule { name: "SpecType", .. }));
        assert!(matches!(order(&[("ServerlessConfig", RESERVED)]), Err(Refused::NotSupported(_))));
        for name in ["DiskType", "DiskSize"] {
            assert_eq!(rejection(&[(name, "")]), Rejection::Missing(name));
        }
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
    }
}
