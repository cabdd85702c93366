//! What users may do in an instance, and what they may not.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{InstanceId, Region};

/// Lets users do something, or forbids it. In force while the instance enforces its rules
/// ([`Settings::acl_enabled`](crate::instance::Settings::acl_enabled)); then what no rule allows is forbidden.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rule {
    /// Whom it is about.
    pub user: RuleUser,
    /// The kind of things it is about.
    pub resource: RuleResource,
    /// Which of them.
    pub names: RuleNames,
    /// What is done to them.
    pub operation: RuleOperation,
    /// Whether that may be.
    pub permission: RulePermission,
    /// The address that users come from; none: any.
    pub host: Option<IpAddr>,
}

/// Whom a rule is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleUser {
    /// Every user.
    Everybody,
    /// The user of this name, who need not be there (yet, or any more).
    Named(String),
}

/// Which things of a kind a rule is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleNames {
    /// All of them.
    All,
    /// The one of this name.
    Equal(String),
    /// Those whose names begin so.
    Prefixed(String),
}

/// How a rule says which things it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RulePattern {
    /// By the whole name, or all of them.
    Literal,
    /// By the beginning of the name.
    Prefixed,
}

/// The kinds of things that there are rules about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleResource {
    /// Topics.
    Topic,
    /// Consumer groups.
    Group,
    /// The instance itself; there is one, whatever it is called in the rule.
    Cluster,
    /// Ids of transactional producers.
    TransactionalId,
}

/// What a rule lets users do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleOperation {
    /// Reading messages, or on behalf of a group.
    Read,
    /// Writing messages.
    Write,
    /// Seeing that it is there, and what it is like.
    Describe,
    /// Seeing its settings.
    DescribeSettings,
    /// Writing with an identity that keeps a message from being there twice.
    IdempotentWrite,
    /// Everything.
    All,
    /// Making it.
    Create,
    /// Removing it.
    Delete,
    /// Changing it.
    Alter,
    /// Changing its settings.
    AlterSettings,
    /// What brokers ask of each other.
    ClusterAction,
}

/// Whether what a rule is about may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RulePermission {
    /// It may, unless another rule forbids it.
    Allow,
    /// It may not, whatever other rules say.
    Deny,
}

/// A rule as it was written. Two are the same when they say the same, however they spell it.
#[derive(Clone, Debug)]
pub struct WrittenRule {
    /// What it says.
    pub rule: Rule,
    /// The dialect's own facts about how it was written: stored and given back, never read here. Null: no dialect wrote
    /// it, but an administrator through the engine.
    pub spelling: Value,
}

/// Makes rules: all of them or none.
#[derive(Clone, Debug)]
pub struct RulesGrant {
    /// Where the instance was bought.
    pub region: Region,
    /// Which instance.
    pub instance: InstanceId,
    /// None of them may be there.
    pub rules: Vec<WrittenRule>,
}

/// Takes rules away, all that the filters let through: each must let one through, or none goes.
#[derive(Clone, Debug)]
pub struct RulesWithdraw {
    /// Where the instance was bought.
    pub region: Region,
    /// Which instance.
    pub instance: InstanceId,
    /// Which of its rules, whether they mean something now or not.
    pub filters: Vec<RuleFilter>,
}

/// Changes rules for an administrator who came through the engine: all of it or nothing.
#[derive(Clone, Debug)]
pub struct RulesAdminister {
    /// Which instance, whosever it is: the engine knows whom it has let in.
    pub instance: InstanceId,
    /// Where the administrator is connected from, in text.
    pub address: String,
    /// Rules to make. Those that are there already are no mistake, nor is one about something that is not there.
    pub grant: Vec<Rule>,
    /// Rules to take away. Those that are not there are no mistake.
    pub withdraw: Vec<Rule>,
}

/// A question of who may do what in an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleQuestion {
    /// Who: a user, who need not be there.
    pub user: String,
    /// Where the user is; none: somewhere that no rule speaks of.
    pub host: Option<IpAddr>,
    /// What would be done.
    pub operation: RuleOperation,
    /// To what kind of thing.
    pub resource: RuleResource,
    /// Its name; of no meaning for the instance itself.
    pub name: String,
}

/// The engine's answer: what a request at that moment would have come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleAnswer {
    /// Whether it may be done.
    pub permitted: bool,
    /// Why.
    pub because: RuleBecause,
}

/// What decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleBecause {
    /// The instance does not enforce its rules.
    Unenforced,
    /// This rule; one that denies comes before all that allow.
    Rule(Rule),
    /// No rule speaks of it.
    NoRule,
}

/// Which rules; conditions are joined by AND.
#[derive(Clone, Debug, Default)]
pub struct RuleFilter {
    /// About this user; a rule about everybody is not one about a user.
    pub user: Option<RuleUser>,
    /// About this kind of things.
    pub resource: Option<RuleResource>,
    /// About this name, whether as a whole or as a beginning; `*` is all.
    pub name: Option<String>,
    /// Saying so in this way.
    pub pattern: Option<RulePattern>,
    /// About this operation.
    pub operation: Option<RuleOperation>,
    /// Saying this of it.
    pub permission: Option<RulePermission>,
    /// For users from this address, or from any.
    pub host: Option<Option<IpAddr>>,
    /// Whether to list those as well that mean nothing now: while rules are not enforced, or about a topic or group
    /// that is gone.
    pub dormant: bool,
}

impl RuleFilter {
    /// This rule and no other.
    pub fn exactly(rule: &Rule) -> Self {
        Self {
            user: Some(rule.user.clone()),
            resource: Some(rule.resource),
            name: Some(rule.names.as_str().to_owned()),
            pattern: Some(rule.names.pattern()),
            operation: Some(rule.operation),
            permission: Some(rule.permission),
            host: Some(rule.host),
            dormant: true,
        }
    }

    /// Those that say the same as this rule, but for whether it may be and from where.
    pub fn alike(rule: &Rule) -> Self {
        Self { permission: None, host: None, ..Self::exactly(rule) }
    }
}

/// What stands for everything in a rule.
const EVERYTHING: &str = "*";

impl RuleUser {
    /// `*` is everybody.
    pub fn new(text: impl Into<String>) -> Self {
        match text.into() {
            all if all == EVERYTHING => Self::Everybody,
            name => Self::Named(name),
        }
    }

    /// The name, or `*`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Everybody => EVERYTHING,
            Self::Named(name) => name,
        }
    }
}

impl RuleNames {
    /// `*` as a whole name is all of them.
    pub fn new(pattern: RulePattern, text: impl Into<String>) -> Self {
        match (pattern, text.into()) {
            (RulePattern::Literal, all) if all == EVERYTHING => Self::All,
            (RulePattern::Literal, name) => Self::Equal(name),
            (RulePattern::Prefixed, prefix) => Self::Prefixed(prefix),
        }
    }

    /// How it says which.
    pub fn pattern(&self) -> RulePattern {
        match self {
            Self::All | Self::Equal(_) => RulePattern::Literal,
            Self::Prefixed(_) => RulePattern::Prefixed,
        }
    }

    /// The name, its beginning, or `*`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::All => EVERYTHING,
            Self::Equal(name) | Self::Prefixed(name) => name,
        }
    }
}
