//! What the orders for an instance have in common, however they are paid.

use control::ids::{OrderId, Region, ResourceGroupId};
use control::instance::{Billing, InstanceOrder, InstanceOrdered};
use control::tag::Tag;
use control::term::months_later;
use control::{Committed, Fault};
use serde::Serialize;

use super::catalog::{self, Included, Purchase, Spec, SpecType};
use super::details::{DeployType, Details, DiskType};
use super::scaling::Scaling;
use super::settings;
use crate::dialects::aliyun::action::Refused;
use crate::dialects::aliyun::params::{Decoding, Field, Kind, Rejection, Scalar, parse_integer};

/// An instance as an order describes it, before the rules between parameters were applied.
pub(crate) struct Wanted {
    pub(crate) region: Region,
    pub(crate) topic_quota: Option<u32>,
    pub(crate) disk_type: DiskType,
    pub(crate) disk_size: u32,
    pub(crate) deploy_type: DeployType,
    pub(crate) io_max: Option<u32>,
    pub(crate) eip_max: Option<u32>,
    pub(crate) spec_type: SpecType,
    pub(crate) io_max_spec: Option<String>,
    pub(crate) partition_num: u32,
    pub(crate) resource_group_id: String,
    pub(crate) tags: Vec<Tag>,
}

/// What is paid for, and until when.
pub(crate) struct Terms {
    pub(crate) billing: Billing,
    /// Milliseconds since 1970.
    pub(crate) expires_ms: i64,
}

impl Terms {
    /// By use. The vendor shows an end ten years ahead for instances which have none.
    pub(crate) fn by_use(now_ms: i64) -> Self {
        Self { billing: Billing::Postpaid, expires_ms: months_later(now_ms, 10 * 12) }
    }

    /// For so many months.
    pub(crate) fn for_term(now_ms: i64, term: Term) -> Self {
        Self { billing: Billing::Prepaid, expires_ms: months_later(now_ms, i32::from(term.months)) }
    }

    /// What ids of such instances begin with.
    fn id_prefix(&self) -> &'static str {
        match self.billing {
            Billing::Postpaid => "alikafka_post-cn-",
            Billing::Prepaid => "alikafka_pre-cn-",
        }
    }
}

impl Wanted {
    /// Applies the rules between parameters.
    pub(crate) fn order(self, terms: &Terms) -> Result<InstanceOrder, Refused> {
        let topic_quota = match (self.partition_num, self.topic_quota) {
            (0, None) => return Err(Rejection::Missing("TopicQuota").into()),
            (0, Some(quota)) => quota,
            _ => 0,
        };
        if self.spec_type == SpecType::Basic {
            return Err(
                Rejection::rule("SpecType", "must not be basic for any but a serverless instance").into()
            );
        }
        let spec = Spec::find(self.spec_type, self.io_max_spec.as_deref(), self.io_max)?;
        let eip_max = match self.deploy_type {
            DeployType::Private => 0,
            DeployType::Public => {
                self.eip_max.filter(|bandwidth| *bandwidth > 0).ok_or(Rejection::Missing("EipMax"))?
            }
        };
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
            resource_group_id: self.resource_group_id,
            deployment: None,
            serverless: None,
            scaling: Scaling::default(),
        };
        let resource_group = Some(details.resource_group_id.clone()).filter(|named| !named.is_empty());
        Ok(InstanceOrder {
            resource_group: resource_group.map(ResourceGroupId::new),
            region: self.region,
            id_prefix: terms.id_prefix().into(),
            billing: terms.billing,
            expires_ms: terms.expires_ms,
            limits: catalog::limits(self.spec_type, included, purchase, details.resources()),
            settings: settings::defaults(),
            tags: self.tags,
            details: details.to_json(),
        })
    }
}

/// How many months are paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    months: u8,
}

/// The terms that are sold, in months.
const TERMS: [(u8, &str); 14] = [
    (1, "1"),
    (2, "2"),
    (3, "3"),
    (4, "4"),
    (5, "5"),
    (6, "6"),
    (7, "7"),
    (8, "8"),
    (9, "9"),
    (10, "10"),
    (11, "11"),
    (12, "12"),
    (24, "24"),
    (36, "36"),
];

impl Scalar for Term {
    const KIND: Kind = Kind::Integer;
    const CHOICES: &'static [&'static str] = &{
        let mut texts = [""; TERMS.len()];
        let mut at = 0;
        while at < TERMS.len() {
            texts[at] = TERMS[at].1;
            at += 1;
        }
        texts
    };
    type Read = i64;

    fn parse(text: &str) -> Option<i64> {
        parse_integer(text)
    }

    fn check(field: &Field, read: i64, _: &Decoding<'_>) -> Result<Self, Rejection> {
        match TERMS.iter().find(|(months, _)| i64::from(*months) == read) {
            Some((months, _)) => Ok(Self { months: *months }),
            None => Err(Rejection::rule(field.name, "must be 1 to 12, 24 or 36 months")),
        }
    }
}

/// The reply to an order that names the instance too.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Bought {
    data: BoughtData,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BoughtData {
    instance_id: String,
    /// A number here, and a text in every other reply.
    order_id: u64,
}

impl TryFrom<Committed<InstanceOrdered>> for Bought {
    type Error = Fault;

    fn try_from(ordered: Committed<InstanceOrdered>) -> Result<Self, Fault> {
        let InstanceOrdered { order_id, instance_id } = ordered.into_inner();
        let number = order_id.as_str().parse();
        let order_id = number.map_err(|_| Fault::bug(format!("the order {order_id} has no number")))?;
        Ok(Self { data: BoughtData { instance_id: instance_id.into_string(), order_id } })
    }
}

/// The reply to an order.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Ordered {
    order_id: String,
}

impl From<Committed<InstanceOrdered>> for Ordered {
    fn from(ordered: Committed<InstanceOrdered>) -> Self {
        Self { order_id: ordered.into_inner().order_id.into_string() }
    }
}

impl From<Committed<OrderId>> for Ordered {
    fn from(order_id: Committed<OrderId>) -> Self {
        Self { order_id: order_id.into_inner().into_string() }
    }
}
