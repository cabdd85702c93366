//! Which topics and groups are there, for rules that name one of them as a whole.

use std::collections::{HashMap, HashSet};

use crate::Fault;
use crate::engine::EngineError;
use crate::fault::Absent;
use crate::ids::{GroupName, TopicName};
use crate::rule::{Rule, RuleNames, RuleResource};
use crate::shared::Shared;
use crate::store::groups;
use crate::store::instances::InstanceKey;

/// What is known of an instance's topics and groups; each is looked up once.
pub(super) struct Presence<'a> {
    shared: &'a Shared,
    key: &'a InstanceKey,
    topics: HashMap<String, bool>,
    groups: HashMap<String, bool>,
    /// Those that the engine has.
    engine_groups: Option<HashSet<GroupName>>,
}

impl<'a> Presence<'a> {
    pub(super) fn new(shared: &'a Shared, key: &'a InstanceKey) -> Self {
        Self { shared, key, topics: HashMap::new(), groups: HashMap::new(), engine_groups: None }
    }

    /// What a rule is about and is not there. A rule about several things, or about such as come and go with their
    /// users, is about nothing in particular.
    pub(super) async fn missing(&mut self, rule: &Rule) -> Result<Option<Absent>, Fault> {
        let RuleNames::Equal(name) = &rule.names else { return Ok(None) };
        let absent = match rule.resource {
            RuleResource::Topic if !self.has_topic(name).await? => Absent::Topic(name.clone()),
            RuleResource::Group if !self.has_group(name).await? => Absent::Group(name.clone()),
            _ => return Ok(None),
        };
        Ok(Some(absent))
    }

    async fn has_topic(&mut self, name: &str) -> Result<bool, Fault> {
        if let Some(known) = self.topics.get(name) {
            return Ok(*known);
        }
        self.shared.clusters.ensure_serving(&self.key.id)?;
        let found = match self.shared.engine.topic_find(&self.key.id, &TopicName::new(name)).await {
            Ok(_) => true,
            Err(EngineError::Absent(_)) => false,
            Err(error) => return Err(error.into()),
        };
        self.topics.insert(name.to_owned(), found);
        Ok(found)
    }

    /// Registered, or made by consumers.
    async fn has_group(&mut self, name: &str) -> Result<bool, Fault> {
        if let Some(known) = self.groups.get(name) {
            return Ok(*known);
        }
        let group = GroupName::new(name);
        let registered = {
            let mut reader = self.shared.store.read().await?;
            groups::find(&mut reader, self.key, &group).await?.is_some()
        };
        let found = registered || self.engine_groups().await?.contains(&group);
        self.groups.insert(name.to_owned(), found);
        Ok(found)
    }

    async fn engine_groups(&mut self) -> Result<&HashSet<GroupName>, Fault> {
        let groups = match self.engine_groups.take() {
            Some(groups) => groups,
            None => {
                self.shared.clusters.ensure_serving(&self.key.id)?;
                self.shared.engine.group_list(&self.key.id).await?.into_iter().collect()
            }
        };
        Ok(self.engine_groups.insert(groups))
    }
}
