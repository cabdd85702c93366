//! Serverless instances: bought by the traffic that is reserved for them, without a specification or a disk.
//!
//! A reservation promises traffic and limits none. Here every instance may use all that the machine gives, so what is
//! reserved is recorded, shown and changed on schedule, and nothing is ever refused or slowed down for it.

use control::ids::{Region, ResourceGroupId};
use control::instance::{InstanceOrder, Limits, Resources};
use control::tag::Tag;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::catalog::{self, Included, Purchase, SpecType};
use super::details::{DeployType, Details, DiskType};
use super::orders::Terms;
use super::scaling::Scaling;
use super::settings;
use super::upgrades::network_without_bandwidth;
use crate::dialects::aliyun::action::Refused;
use crate::dialects::aliyun::params::{Decoding, Field, JsonObject, Kind, Rejection, Scalar, Value};
use crate::request::Parameters;

/// The version that clients of a serverless instance see, and of no other.
pub(crate) const VERSION: &str = "3.3.1";

/// What ids of such instances begin with.
const ID_PREFIX: &str = "alikafka_serverless-cn-";

/// Traffic that is reserved, in MB/s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Capacity {
    /// For what is published.
    pub(crate) publish: u32,
    /// For what is read.
    pub(crate) subscribe: u32,
}

/// Bounds of what is reserved to publish and to subscribe, for parameters of their own.
pub(crate) const PUBLISH_RANGE: (i64, i64) = (60, 2_147_483_647);
/// The other one.
pub(crate) const SUBSCRIBE_RANGE: (i64, i64) = (20, 2_147_483_647);

/// The least that is sold.
pub(crate) const CAPACITY_LEAST: Capacity = Capacity { publish: 60, subscribe: 20 };

/// The `ServerlessConfig` parameter, in either form that clients give a structure: as JSON,
/// `{"ReservedPublishCapacity":60,"ReservedSubscribeCapacity":60}`, or as `ServerlessConfig.ReservedPublishCapacity`
/// and its sibling.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reservation(pub(crate) Option<Capacity>);

const PUBLISH: &str = "ReservedPublishCapacity";
const SUBSCRIBE: &str = "ReservedSubscribeCapacity";

impl Value for Reservation {
    const KIND: Kind = Kind::Json;
    const MAY_BE_ABSENT: bool = true;
    type Read = Option<Capacity>;

    fn is_there(field: &Field, values: &Parameters) -> bool {
        field.text(values).is_some()
            || [PUBLISH, SUBSCRIBE].iter().any(|name| values.filled(&inner(field, name)).is_some())
    }

    fn read(field: &Field, decoding: &Decoding<'_>) -> Result<Option<Capacity>, Rejection> {
        if !Self::is_there(field, decoding.values) {
            return Ok(None);
        }
        let number = |name| decoding.values.filled(&inner(field, name)).and_then(|text| text.parse().ok());
        let capacity = match field.text(decoding.values) {
            Some(text) => Capacity::parse(text),
            None => match (number(PUBLISH), number(SUBSCRIBE)) {
                (Some(publish), Some(subscribe)) => Some(Capacity { publish, subscribe }),
                _ => None,
            },
        };
        capacity.map(Some).ok_or(Rejection::Type(field.name))
    }

    fn accept(field: &Field, read: Option<Capacity>, _: &Decoding<'_>) -> Result<Self, Rejection> {
        let Capacity { publish, subscribe } = CAPACITY_LEAST;
        match read {
            Some(wanted) if wanted.publish < publish || wanted.subscribe < subscribe => {
                let reason =
                    format!("must reserve at least {publish} MB/s to publish and {subscribe} to subscribe");
                Err(Rejection::rule(field.name, reason))
            }
            _ => Ok(Self(read)),
        }
    }
}

fn inner(field: &Field, name: &str) -> String {
    format!("{}.{name}", field.name)
}

impl Capacity {
    fn parse(text: &str) -> Option<Self> {
        let JsonObject { members, .. } = JsonObject::parse(text)?;
        Some(Self { publish: member(&members, PUBLISH)?, subscribe: member(&members, SUBSCRIBE)? })
    }
}

/// A whole number, as a number or as the text of one.
fn member(members: &Map<String, Json>, name: &str) -> Option<u32> {
    match members.get(name)? {
        Json::Number(number) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A serverless instance as an order describes it.
pub(crate) struct WantedServerless {
    pub(crate) region: Region,
    pub(crate) deploy_type: DeployType,
    pub(crate) spec_type: SpecType,
    pub(crate) capacity: Option<Capacity>,
    pub(crate) resource_group_id: String,
    pub(crate) tags: Vec<Tag>,
}

impl WantedServerless {
    /// Applies the rules between parameters.
    pub(crate) fn order(self, terms: &Terms) -> Result<InstanceOrder, Refused> {
        let capacity = self.capacity.ok_or(Rejection::Missing("ServerlessConfig"))?;
        if self.spec_type == SpecType::ProfessionalForHighRead {
            let reason = "must be basic, normal or professional for a serverless instance";
            return Err(Rejection::rule("SpecType", reason).into());
        }
        let resource_group = Some(self.resource_group_id.clone()).filter(|named| !named.is_empty());
        let details = Details {
            disk_type: DiskType::Efficient,
            disk_size: 0,
            deploy_type: self.deploy_type,
            io_max_spec: String::new(),
            spec_type: self.spec_type,
            eip_max: 0,
            topic_quota: 0,
            partition_num: 0,
            resource_group_id: self.resource_group_id,
            deployment: None,
            serverless: Some(capacity),
            scaling: Scaling::default(),
        };
        Ok(InstanceOrder {
            resource_group: resource_group.map(ResourceGroupId::new),
            region: self.region,
            id_prefix: ID_PREFIX.into(),
            billing: terms.billing,
            expires_ms: terms.expires_ms,
            limits: limits(details.spec_type),
            settings: settings::defaults(),
            tags: self.tags,
            details: details.to_json(),
        })
    }
}

/// What a serverless instance may hold: as much as any that is sold by partitions has before one is bought.
fn limits(spec_type: SpecType) -> Limits {
    catalog::limits(
        spec_type,
        Included { topics: 0, partitions: 0 },
        Purchase::Partitions(0),
        Resources::default(),
    )
}

/// What a change of a serverless instance asks for. What is absent stays as it is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Adapt {
    pub(crate) capacity: Option<Capacity>,
    pub(crate) spec_type: Option<SpecType>,
    pub(crate) eip_model: Option<bool>,
}

impl Adapt {
    /// The configuration after an order that raises it. Nothing becomes smaller.
    pub(crate) fn raise(self, now: Details, reserved: Capacity) -> Result<(Details, Limits), Refused> {
        let capacity = self.capacity.ok_or(Rejection::Missing("ServerlessConfig"))?;
        let Capacity { publish, subscribe } = reserved;
        if capacity.publish < publish || capacity.subscribe < subscribe {
            let reason = format!("must not reserve less than it does, {publish} and {subscribe} MB/s");
            return Err(Rejection::rule("ServerlessConfig", reason).into());
        }
        let spec_type = match self.spec_type.unwrap_or(now.spec_type) {
            wanted if wanted == now.spec_type => wanted,
            SpecType::Normal if now.spec_type == SpecType::Basic => SpecType::Normal,
            _ => {
                let reason = "A serverless instance goes from basic to normal, and to no other edition";
                return Err(Refused::NotSupported(reason.to_owned()));
            }
        };
        let deploy_type = network_without_bandwidth(&now, self.eip_model)?;
        Ok((Details { serverless: Some(capacity), spec_type, deploy_type, ..now }, limits(spec_type)))
    }

    /// The configuration after an order that lowers it: the reservation goes down, all else stays.
    pub(crate) fn lower(self, now: Details, reserved: Capacity) -> Result<(Details, Limits), Refused> {
        let capacity = self.capacity.ok_or(Rejection::Missing("ServerlessConfig"))?;
        let Capacity { publish, subscribe } = reserved;
        if capacity.publish > publish || capacity.subscribe > subscribe {
            let reason = format!("must not reserve more than it does, {publish} and {subscribe} MB/s");
            return Err(Rejection::rule("ServerlessConfig", reason).into());
        }
        if self.spec_type.is_some_and(|wanted| wanted != now.spec_type) {
            return Err(Rejection::rule("SpecType", "must stay what it is").into());
        }
        if self.eip_model.is_some_and(|public| public != (now.deploy_type == DeployType::Public)) {
            return Err(Rejection::rule("EipModel", "must stay what it is").into());
        }
        let limits = limits(now.spec_type);
        Ok((Details { serverless: Some(capacity), ..now }, limits))
    }
}

/// Refuses a reservation for an instance that was bought by specification.
pub(crate) fn only_serverless(capacity: Option<Capacity>) -> Result<(), Refused> {
    match capacity {
        None => Ok(()),
        Some(_) => Err(Refused::NotSupported("ServerlessConfig is for serverless instances alone".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(spec_type: SpecType) -> Details {
        let wanted = WantedServerless {
            region: Region::new("cn-hangzhou"),
            deploy_type: DeployType::Private,
            spec_type,
            capacity: Some(Capacity { publish: 100, subscribe: 50 }),
            resource_group_id: String::new(),
            tags: Vec::new(),
        };
        serde_json::from_value(wanted.order(&Terms::by_use(0)).unwrap().details).unwrap()
    }

    fn to(publish: u32, subscribe: u32) -> Adapt {
        Adapt { capacity: Some(Capacity { publish, subscribe }), ..Adapt::default() }
    }

    fn refused(result: Result<(Details, Limits), Refused>) -> &'static str {
        match result {
            Err(Refused::Parameter(Rejection::Rule { name, .. } | Rejection::Missing(name))) => name,
            Err(Refused::NotSupported(_)) => "not supported",
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_reservation_is_read_from_numbers_and_texts() {
        let read = Capacity { publish: 60, subscribe: 20 };
        for text in [
            r#"{"ReservedPublishCapacity":60,"ReservedSubscribeCapacity":20}"#,
            r#"{"ReservedPublishCapacity":"60","ReservedSubscribeCapacity":"20","other":1}"#,
        ] {
            assert_eq!(Capacity::parse(text), Some(read), "{text}");
        }
        for text in [
            "60",
            "{",
            r#"{"ReservedPublishCapacity":60}"#,
            r#"{"ReservedPublishCapacity":-60,"ReservedSubscribeCapacity":20}"#,
            r#"{"ReservedPublishCapacity":60.5,"ReservedSubscribeCapacity":20}"#,
        ] {
            assert_eq!(Capacity::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_reservation_goes_up_with_one_order_and_down_with_the_other() {
        let now = || of(SpecType::Normal);
        let reserved = now().serverless.unwrap();
        assert_eq!(to(101, 50).raise(now(), reserved).unwrap().0.serverless.unwrap().publish, 101);
        assert_eq!(to(100, 49).lower(now(), reserved).unwrap().0.serverless.unwrap().subscribe, 49);
        assert_eq!(to(100, 50).raise(now(), reserved).unwrap().0, now());
        assert_eq!(to(100, 50).lower(now(), reserved).unwrap().0, now());
        assert_eq!(refused(to(99, 60).raise(now(), reserved)), "ServerlessConfig");
        assert_eq!(refused(to(90, 51).lower(now(), reserved)), "ServerlessConfig");
        assert_eq!(refused(Adapt::default().raise(now(), reserved)), "ServerlessConfig");
        assert_eq!(refused(Adapt::default().lower(now(), reserved)), "ServerlessConfig");
    }

    #[test]
    fn editions_and_networks_of_serverless_instances() {
        let reserved = Capacity { publish: 100, subscribe: 50 };
        let edition = |spec_type| Adapt { spec_type: Some(spec_type), ..to(100, 50) };
        let basic = || of(SpecType::Basic);
        assert_eq!(edition(SpecType::Normal).raise(basic(), reserved).unwrap().0.spec_type, SpecType::Normal);
        assert_eq!(refused(edition(SpecType::Professional).raise(basic(), reserved)), "not supported");
        assert_eq!(refused(edition(SpecType::Basic).raise(of(SpecType::Normal), reserved)), "not supported");
        assert_eq!(refused(edition(SpecType::Normal).lower(basic(), reserved)), "SpecType");
        let public = |eip_model| Adapt { eip_model: Some(eip_model), ..to(100, 50) };
        let opened = public(true).raise(basic(), reserved).unwrap().0;
        assert_eq!((opened.deploy_type, opened.eip_max), (DeployType::Public, 0));
        assert_eq!(refused(public(false).raise(opened, reserved)), "not supported");
        assert_eq!(refused(public(true).lower(basic(), reserved)), "EipModel");
    }
}
