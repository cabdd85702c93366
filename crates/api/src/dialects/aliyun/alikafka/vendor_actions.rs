//! Every action that the vendor's API has, as its current SDK knows it, and why one of them is not offered here.
//! The coverage page and the answer to a call of such an action are made from this.

use std::fmt;

/// The SDK that the list was read from.
#[cfg(test)]
pub(crate) const SOURCE: &str = "alibabacloud_alikafka20190916 2.16.0";

/// Why an action is not offered: one sentence, true as long as it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// There is nothing here that it could mean.
    NoMeaning {
        /// In English.
        english: &'static str,
        /// In Chinese.
        chinese: &'static str,
    },
    /// It would mean something, and nobody has built it.
    NotBuilt,
}

impl Reason {
    /// In Chinese.
    #[cfg(test)]
    pub(crate) fn chinese(self) -> &'static str {
        match self {
            Self::NoMeaning { chinese, .. } => chinese,
            Self::NotBuilt => "尚未实现。",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoMeaning { english, .. } => english,
            Self::NotBuilt => "It is not built yet.",
        })
    }
}

const SECURITY_GROUPS: Reason = Reason::NoMeaning {
    english: "Security groups are records here and filter no packets.",
    chinese: "安全组在这里只是记录，不过滤流量。",
};

const FAILOVER: Reason = Reason::NoMeaning {
    english: "An instance has one broker here, so there is none that could take over.",
    chinese: "这里每个实例只有一个 Broker，没有可以接管的节点。",
};

const RISKS: Reason = Reason::NoMeaning {
    english: "The inspections whose findings it lists are of the vendor's machines and not published.",
    chinese: "它列出的是云厂商对其自有机器的巡检结果，巡检规则未公开。",
};

/// The names, sorted. A reason counts only while nothing of the name is offered, so one that is built later
/// needs no change here, unless it was thought to have no meaning.
pub(crate) const VENDOR_ACTIONS: &[(&str, Reason)] = &[
    ("AddUserDefinedSg", SECURITY_GROUPS),
    ("BatchDeleteTopics", Reason::NotBuilt),
    ("ChangeResourceGroup", Reason::NotBuilt),
    ("ConvertPostPayOrder", Reason::NotBuilt),
    ("CreateAcl", Reason::NotBuilt),
    ("CreateConsumerGroup", Reason::NotBuilt),
    ("CreatePostPayInstance", Reason::NotBuilt),
    ("CreatePostPayOrder", Reason::NotBuilt),
    ("CreatePrePayInstance", Reason::NotBuilt),
    ("CreatePrePayOrder", Reason::NotBuilt),
    ("CreateSaslUser", Reason::NotBuilt),
    ("CreateScheduledScalingRule", Reason::NotBuilt),
    ("CreateTopic", Reason::NotBuilt),
    ("DeleteAcl", Reason::NotBuilt),
    ("DeleteConsumerGroup", Reason::NotBuilt),
    ("DeleteInstance", Reason::NotBuilt),
    ("DeleteSaslUser", Reason::NotBuilt),
    ("DeleteScheduledScalingRule", Reason::NotBuilt),
    ("DeleteTopic", Reason::NotBuilt),
    ("DeleteUserDefinedSg", SECURITY_GROUPS),
    ("DescribeAclResourceName", Reason::NotBuilt),
    ("DescribeAcls", Reason::NotBuilt),
    ("DescribeSaslUsers", Reason::NotBuilt),
    ("DowngradePostPayOrder", Reason::NotBuilt),
    ("DowngradePrePayOrder", Reason::NotBuilt),
    ("EnableAutoGroupCreation", Reason::NotBuilt),
    ("EnableAutoTopicCreation", Reason::NotBuilt),
    ("FailoverTest", FAILOVER),
    ("GetAllInstanceIdList", Reason::NotBuilt),
    ("GetAllowedIpList", Reason::NotBuilt),
    ("GetAutoScalingConfiguration", Reason::NotBuilt),
    ("GetConsumerList", Reason::NotBuilt),
    ("GetConsumerProgress", Reason::NotBuilt),
    ("GetInstanceList", Reason::NotBuilt),
    ("GetKafkaClientIp", Reason::NotBuilt),
    ("GetQuotaTip", Reason::NotBuilt),
    ("GetRiskList", RISKS),
    ("GetTopicList", Reason::NotBuilt),
    ("GetTopicStatus", Reason::NotBuilt),
    ("GetTopicSubscribeStatus", Reason::NotBuilt),
    ("ListRebalanceInfo", Reason::NotBuilt),
    ("ListTagResources", Reason::NotBuilt),
    ("ModifyInstanceName", Reason::NotBuilt),
    ("ModifyPartitionNum", Reason::NotBuilt),
    ("ModifyScheduledScalingRule", Reason::NotBuilt),
    ("ModifyTopicRemark", Reason::NotBuilt),
    ("ModifyUserDefinedSg", SECURITY_GROUPS),
    ("QueryMessage", Reason::NotBuilt),
    ("ReleaseInstance", Reason::NotBuilt),
    ("ReopenInstance", Reason::NotBuilt),
    ("StartInstance", Reason::NotBuilt),
    ("StopInstance", Reason::NotBuilt),
    ("TagResources", Reason::NotBuilt),
    ("UntagResources", Reason::NotBuilt),
    ("UpdateAllowedIp", Reason::NotBuilt),
    ("UpdateConsumerOffset", Reason::NotBuilt),
    ("UpdateInstanceConfig", Reason::NotBuilt),
    ("UpdateTopicConfig", Reason::NotBuilt),
    ("UpgradeInstanceVersion", Reason::NotBuilt),
    ("UpgradePostPayOrder", Reason::NotBuilt),
    ("UpgradePrePayOrder", Reason::NotBuilt),
];

/// Why an action of the vendor's is not offered, for one that nothing offers; none when the vendor has no such
/// action either.
pub(crate) fn reason(name: &str) -> Option<Reason> {
    VENDOR_ACTIONS.iter().find(|(known, _)| *known == name).map(|(_, reason)| *reason)
}
