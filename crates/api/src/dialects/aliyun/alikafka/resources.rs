//! Instances, topics and groups as the tag actions name them.

use control::ids::{GroupName, InstanceId, Region, TopicName};
use control::tag::{Resource, ResourceKind};

use super::PRODUCT;
use crate::dialects::aliyun::action::Context;
use crate::dialects::aliyun::mentions::{Mentions, Named};
use crate::dialects::aliyun::params::{Decoding, Field, Kind, Rejection, Scalar};

/// A kind of resource, read in any case and also in the spelling that replies have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ResourceType(pub(crate) ResourceKind);

/// What replies put before the kind.
const NAMESPACE: &str = "ALIYUN::ALIKAFKA::";

const KINDS: [(&str, ResourceKind); 3] = [
    ("INSTANCE", ResourceKind::Instance),
    ("TOPIC", ResourceKind::Topic),
    ("CONSUMERGROUP", ResourceKind::Group),
];

impl Scalar for ResourceType {
    const KIND: Kind = Kind::String;
    const CHOICES: &'static [&'static str] = &[KINDS[0].0, KINDS[1].0, KINDS[2].0];
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.to_ascii_uppercase())
    }

    fn check(field: &Field, read: String, _: &Decoding<'_>) -> Result<Self, Rejection> {
        let word = read.strip_prefix(NAMESPACE).unwrap_or(&read);
        match KINDS.iter().find(|(known, _)| *known == word) {
            Some((_, kind)) => Ok(Self(*kind)),
            None => Err(Rejection::rule(field.name, format!("must be one of {}", Self::CHOICES.join(", ")))),
        }
    }
}

impl ResourceType {
    /// As replies spell it.
    pub(crate) fn spelled(self) -> String {
        let known = KINDS.iter().find(|(_, kind)| *kind == self.0);
        format!("{NAMESPACE}{}", known.map_or("", |(word, _)| word))
    }

    /// The resources of these ids.
    pub(crate) fn resources(self, ids: &[String]) -> Result<Vec<Resource>, Rejection> {
        ids.iter().map(|id| self.resource(id)).collect()
    }

    fn resource(self, id: &str) -> Result<Resource, Rejection> {
        if self.0 == ResourceKind::Instance {
            return Ok(Resource::Instance(InstanceId::new(id)));
        }
        let (instance, name) = parse_inner(id).ok_or_else(|| {
            Rejection::rule("ResourceId", "must be Kafka_INSTANCE_NAME for a topic or a consumer group")
        })?;
        Ok(match self.0 {
            ResourceKind::Group => Resource::Group(instance, GroupName::new(name)),
            _ => Resource::Topic(instance, TopicName::new(name)),
        })
    }
}

/// Takes `Kafka_<instance>_<name>` apart. An instance's id ends in letters and digits, so the next underscore ends
/// it. The document's text, but no example of it, has `alikafka_` twice; that is understood too.
fn parse_inner(id: &str) -> Option<(InstanceId, &str)> {
    let rest = id.strip_prefix("Kafka_")?;
    let rest = match rest.strip_prefix("alikafka_") {
        Some(inner) if inner.starts_with("alikafka_") => inner,
        _ => rest,
    };
    let (suffix, name) = rest.strip_prefix("alikafka_")?.split_once('_')?;
    let mut parts = suffix.split('-');
    let (kind, place, random) = (parts.next()?, parts.next()?, parts.next()?);
    let letters = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_random = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let well_formed = letters(kind)
        && letters(place)
        && !random.is_empty()
        && random.bytes().all(is_random)
        && parts.next().is_none()
        && !name.is_empty();
    well_formed.then(|| (InstanceId::new(format!("alikafka_{suffix}")), name))
}

/// An instance as policies name it.
pub(crate) fn resource_name(context: &Context, region: &Region, id: &InstanceId) -> String {
    context.own(PRODUCT.name, region.as_str(), id.as_str())
}

/// The instances that a call is about, also those whose topics and groups it names.
pub(crate) fn mentioned(call: &Mentions<'_>) -> Vec<Named> {
    let of_resource = |id: String| match parse_inner(&id) {
        Some((instance, _)) => instance.into_string(),
        None => id,
    };
    let of_resources = call.texts("ResourceId").into_iter().map(of_resource);
    call.texts("InstanceId").into_iter().chain(of_resources).map(Named::own).collect()
}

/// A resource's id as replies have it.
pub(crate) fn resource_id(resource: &Resource) -> String {
    match resource {
        Resource::Instance(id) => id.to_string(),
        Resource::Topic(id, name) => format!("Kafka_{id}_{name}"),
        Resource::Group(id, name) => format!("Kafka_{id}_{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_topics_and_groups() {
        let parsed =
            |id: &str| parse_inner(id).map(|(instance, name)| (instance.into_string(), name.to_owned()));
        let of = |instance: &str, name: &str| Some((instance.to_owned(), name.to_owned()));
        assert_eq!(
            parsed("Kafka_alikafka_pre-cn-v0h15tjmo003_orders_2022"),
            of("alikafka_pre-cn-v0h15tjmo003", "orders_2022")
        );
        assert_eq!(
            parsed("Kafka_alikafka_alikafka_post-cn-mp91gnw0p003_a"),
            of("alikafka_post-cn-mp91gnw0p003", "a")
        );
        for bad in [
            "",
            "alikafka_pre-cn-a_t",
            "Kafka_alikafka_pre-cn-a",
            "Kafka_alikafka_pre-cn-a_",
            "Kafka_x_t",
            "Kafka_alikafka_pre-cn-A_t",
        ] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_id_leaves_as_it_came() {
        let id = "Kafka_alikafka_pre-cn-v0h15tjmo003_orders";
        for kind in [ResourceKind::Topic, ResourceKind::Group] {
            assert_eq!(resource_id(&ResourceType(kind).resource(id).unwrap()), id);
        }
        let instance = "alikafka_pre-cn-v0h15tjmo003";
        let kind = ResourceType(ResourceKind::Instance);
        assert_eq!(resource_id(&kind.resource(instance).unwrap()), instance);
        assert_eq!(kind.spelled(), "ALIYUN::ALIKAFKA::INSTANCE");
    }
}
