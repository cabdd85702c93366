//! What tags can be put on: resources found for their owner, inside the transaction that changes their tags.

use std::collections::HashMap;

use crate::Fault;
use crate::account::Caller;
use crate::engine::{EngineError, EngineTopic};
use crate::fault::Absent;
use crate::ids::{InstanceId, Region, TopicName};
use crate::shared::Shared;
use crate::store::instances::{self, InstanceKey};
use crate::store::operations::{Subject, ensure_free};
use crate::store::tags::Tagged;
use crate::store::{Tx, groups, topics};
use crate::tag::Resource;

/// What the engine said about the topics among the resources, before the transaction began.
pub(super) struct Seen {
    topics: HashMap<(InstanceId, TopicName), Topic>,
}

enum Topic {
    There(EngineTopic),
    Gone,
    /// Its instance does not serve, so the store decides.
    Unknown,
}

/// A resource that is there.
pub(super) struct Found {
    pub(super) key: InstanceKey,
    pub(super) kind: Tagged,
    /// Its name within the instance; empty for the instance itself.
    pub(super) name: String,
    /// What the audit record calls it.
    pub(super) subject: String,
}

/// Asks the engine about the topics among `resources`, each of the caller's own.
pub(super) async fn look(
    shared: &Shared,
    caller: &Caller,
    region: &Region,
    resources: &[Resource],
) -> Result<Seen, Fault> {
    let mut topics = HashMap::new();
    for resource in resources {
        let Resource::Topic(instance, name) = resource else { continue };
        // Whose instance it is comes first, so that nothing is learnt about another account's topics.
        super::find(shared, caller, Some(region), instance).await?;
        let seen = match shared.clusters.ensure_serving(instance) {
            Err(_) => Topic::Unknown,
            Ok(()) => match shared.engine.topic_find(instance, name).await {
                Ok(topic) => Topic::There(topic),
                Err(EngineError::Absent(_)) => Topic::Gone,
                Err(error) => return Err(error.into()),
            },
        };
        topics.insert((instance.clone(), name.clone()), seen);
    }
    Ok(Seen { topics })
}

impl Seen {
    /// Finds a resource for the caller, or says what is not there. A change of it that is under way is in the
    /// way.
    pub(super) async fn find(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        region: &Region,
        resource: &Resource,
    ) -> Result<Found, Fault> {
        let instance = resource.instance();
        let key = instances::find(tx, &caller.account, Some(region), instance).await?.key;
        let (kind, name, subject) = match resource {
            Resource::Instance(_) => (Tagged::Instance, String::new(), key.id.to_string()),
            Resource::Topic(_, name) => {
                let subject = Subject::Topic(name.clone());
                ensure_free(tx, &key, &subject).await?;
                match self.topics.get(&(instance.clone(), name.clone())) {
                    Some(Topic::There(topic)) => topics::adopt(tx, &key, topic).await?,
                    Some(Topic::Unknown) if topics::find(tx, &key, name).await?.is_some() => {}
                    _ => return Err(Absent::Topic(name.to_string()).into()),
                }
                (Tagged::Topic, name.to_string(), subject.path(&key))
            }
            Resource::Group(_, name) => {
                let subject = Subject::Group(name.clone());
                ensure_free(tx, &key, &subject).await?;
                if groups::find(tx, &key, name).await?.is_none() {
                    return Err(Absent::Group(name.to_string()).into());
                }
                (Tagged::Group, name.to_string(), subject.path(&key))
            }
        };
        Ok(Found { key, kind, name, subject })
    }
}
