//! Access rules as the ACL actions name them: their words, and what they come to.
//!
//! The vendor spells types and operations in two ways, `TransactionalId` and `TRANSACTIONAL_ID`. Both are understood,
//! and a rule is shown with the words it was made with: clients compare them.

use std::net::IpAddr;

use control::Fault;
use control::rule::{Rule, RuleOperation, RulePattern, RulePermission, RuleResource, RuleUser, WrittenRule};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::dialects::aliyun::params::{Decoding, Field, Kind, Rejection, Scalar, choice};

choice! {
    /// A kind of thing that there are rules about.
    pub(crate) enum ResourceType: String {
        /// A topic.
        Topic = "Topic",
        /// A consumer group.
        Group = "Group",
        /// The instance.
        Cluster = "Cluster",
        /// The id of a transactional producer.
        TransactionalId = "TransactionalId",
    }
}

choice! {
    /// What is done to it.
    pub(crate) enum OperationType: String {
        /// Writing.
        Write = "Write",
        /// Reading.
        Read = "Read",
        /// Seeing that it is there.
        Describe = "Describe",
        /// Seeing its settings.
        DescribeConfigs = "DescribeConfigs",
        /// Writing idempotently.
        IdempotentWrite = "IdempotentWrite",
    }
}

choice! {
    /// How a rule says which things it is about.
    pub(crate) enum PatternType: String {
        /// By name.
        Literal = "LITERAL",
        /// By the beginning of the name.
        Prefixed = "PREFIXED",
    }
}

choice! {
    /// Whether a rule lets users do it.
    pub(crate) enum PermissionType: String {
        /// It does.
        Allow = "ALLOW",
        /// It forbids it.
        Deny = "DENY",
    }
}

impl From<ResourceType> for RuleResource {
    fn from(kind: ResourceType) -> Self {
        match kind {
            ResourceType::Topic => Self::Topic,
            ResourceType::Group => Self::Group,
            ResourceType::Cluster => Self::Cluster,
            ResourceType::TransactionalId => Self::TransactionalId,
        }
    }
}

impl From<OperationType> for RuleOperation {
    fn from(operation: OperationType) -> Self {
        match operation {
            OperationType::Write => Self::Write,
            OperationType::Read => Self::Read,
            OperationType::Describe => Self::Describe,
            OperationType::DescribeConfigs => Self::DescribeSettings,
            OperationType::IdempotentWrite => Self::IdempotentWrite,
        }
    }
}

impl From<PatternType> for RulePattern {
    fn from(pattern: PatternType) -> Self {
        match pattern {
            PatternType::Literal => Self::Literal,
            PatternType::Prefixed => Self::Prefixed,
        }
    }
}

impl From<RulePattern> for PatternType {
    fn from(pattern: RulePattern) -> Self {
        match pattern {
            RulePattern::Literal => Self::Literal,
            RulePattern::Prefixed => Self::Prefixed,
        }
    }
}

impl From<PermissionType> for RulePermission {
    fn from(permission: PermissionType) -> Self {
        match permission {
            PermissionType::Allow => Self::Allow,
            PermissionType::Deny => Self::Deny,
        }
    }
}

/// A choice in one of the vendor's two spellings, with the one that was sent.
#[derive(Clone, Debug)]
pub(crate) struct Spelled<T> {
    pub(crate) value: T,
    pub(crate) text: String,
}

impl<T: Scalar<Read = String>> Scalar for Spelled<T> {
    const KIND: Kind = T::KIND;
    const CHOICES: &'static [&'static str] = T::CHOICES;
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        T::parse(text)
    }

    fn check(field: &Field, read: String, decoding: &Decoding<'_>) -> Result<Self, Rejection> {
        let plain = |text: &str| text.replace('_', "").to_ascii_lowercase();
        let known = T::CHOICES.iter().find(|choice| plain(choice) == plain(&read));
        let value = T::check(field, known.map_or_else(|| read.clone(), ToString::to_string), decoding)?;
        Ok(Self { value, text: read })
    }
}

/// Several operations, between commas.
#[derive(Clone, Debug)]
pub(crate) struct Operations(pub(crate) Vec<Spelled<OperationType>>);

impl Scalar for Operations {
    const KIND: Kind = Kind::String;
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn check(field: &Field, read: String, decoding: &Decoding<'_>) -> Result<Self, Rejection> {
        let mut operations: Vec<Spelled<OperationType>> = Vec::new();
        for word in read.split(',') {
            let operation = Spelled::<OperationType>::check(field, word.trim().to_owned(), decoding)?;
            if operations.iter().any(|known| known.value == operation.value) {
                return Err(Rejection::rule(field.name, "must not name an operation twice"));
            }
            operations.push(operation);
        }
        Ok(Self(operations))
    }
}

/// Whom a rule is about: a user's name, or `*` for every user. The user need not be there.
#[derive(Clone, Debug)]
pub(crate) struct UserName(pub(crate) RuleUser);

impl Scalar for UserName {
    const KIND: Kind = Kind::String;
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn check(field: &Field, read: String, _: &Decoding<'_>) -> Result<Self, Rejection> {
        let is_name = (1..=64).contains(&read.len())
            && read.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        match RuleUser::new(read) {
            RuleUser::Named(_) if !is_name => Err(Rejection::rule(
                field.name,
                "must be 1 to 64 letters, digits, underscores and hyphens, or *",
            )),
            user => Ok(Self(user)),
        }
    }
}

/// Where users come from: an address, or `*` for anywhere; as it was sent.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub(crate) address: Option<IpAddr>,
    pub(crate) text: String,
}

impl Scalar for Host {
    const KIND: Kind = Kind::String;
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn check(field: &Field, text: String, _: &Decoding<'_>) -> Result<Self, Rejection> {
        if text == "*" {
            return Ok(Self { address: None, text });
        }
        match text.parse::<IpAddr>() {
            // An IPv4 client is one, however its address is written.
            Ok(address) => Ok(Self { address: Some(address.to_canonical()), text }),
            Err(_) => Err(Rejection::rule(field.name, "must be an IP address or *")),
        }
    }
}

/// The words of a rule that clients get back as they sent them.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Words {
    pub(crate) resource: String,
    pub(crate) operation: String,
    pub(crate) host: String,
}

impl Words {
    /// The words of a rule.
    pub(crate) fn of(written: &WrittenRule) -> Result<Self, Fault> {
        if written.spelling.is_null() {
            return Ok(Self::for_rule(&written.rule));
        }
        Self::deserialize(&written.spelling)
            .map_err(|error| Fault::bug(format!("the words of a stored rule are damaged: {error}")))
    }

    /// Those of a rule that was made through Kafka. Some operations there have no word in the vendor's document; they
    /// are named in its manner.
    pub(crate) fn for_rule(rule: &Rule) -> Self {
        let resource = match rule.resource {
            RuleResource::Topic => "Topic",
            RuleResource::Group => "Group",
            RuleResource::Cluster => "Cluster",
            RuleResource::TransactionalId => "TransactionalId",
        };
        let operation = match rule.operation {
            RuleOperation::Read => "Read",
            RuleOperation::Write => "Write",
            RuleOperation::Describe => "Describe",
            RuleOperation::DescribeSettings => "DescribeConfigs",
            RuleOperation::IdempotentWrite => "IdempotentWrite",
            RuleOperation::All => "All",
            RuleOperation::Create => "Create",
            RuleOperation::Delete => "Delete",
            RuleOperation::Alter => "Alter",
            RuleOperation::AlterSettings => "AlterConfigs",
            RuleOperation::ClusterAction => "ClusterAction",
        };
        let host = rule.host.map_or_else(|| "*".to_owned(), |host| host.to_string());
        Self { resource: resource.to_owned(), operation: operation.to_owned(), host }
    }

    /// As they are stored with the rule.
    pub(crate) fn kept(&self) -> Json {
        json!(self)
    }
}
