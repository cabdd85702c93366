//! All that the store knows about the topics of one instance, as lists need it.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use sqlx::AnyConnection;

use super::Store;
use super::instances::{self, InstanceRow};
use super::memo::{Memo, Weight};
use super::tags::{self, Tagged};
use super::topics::{self, TopicRow};
use crate::Fault;
use crate::engine::EngineTopic;
use crate::ids::{AccountId, InstanceId, Region, TopicName};
use crate::tag::Tag;
use crate::topic::TopicList;

/// An instance, the rows of its topics, and their tags.
pub(crate) struct TopicRecords {
    pub(crate) instance: InstanceRow,
    pub(crate) topics: HashMap<TopicName, TopicRow>,
    /// By the topic's name, each list by key.
    pub(crate) tags: HashMap<String, Vec<Tag>>,
    /// The last list made of these.
    listed: Mutex<Option<Listed>>,
}

/// A list, and the engine's topics that it was made of.
struct Listed {
    of: Arc<[EngineTopic]>,
    list: Arc<TopicList>,
}

impl TopicRecords {
    /// The list of the engine's topics with what these records know of them: `join` makes it, unless it was made of
    /// the same topics before.
    pub(crate) fn listed(
        &self,
        topics: &Arc<[EngineTopic]>,
        join: impl FnOnce(&[EngineTopic]) -> TopicList,
    ) -> Arc<TopicList> {
        let mut listed = self.listed.lock();
        if let Some(Listed { of, list }) = &*listed
            && Arc::ptr_eq(of, topics)
        {
            return list.clone();
        }
        let list = Arc::new(join(topics));
        *listed = Some(Listed { of: topics.clone(), list: list.clone() });
        list
    }
}

/// Which instance: the account's, in this region when one is given.
#[derive(PartialEq, Eq, Hash)]
struct Which {
    account: AccountId,
    region: Option<Region>,
    id: InstanceId,
}

/// Records of instances that were asked for since the last commit.
#[derive(Default)]
pub(crate) struct TopicRecordsMemo(Memo<Which, TopicRecords>);

impl TopicRecordsMemo {
    /// Those of the account's instance.
    pub(crate) async fn find(
        &self,
        store: &Store,
        account: &AccountId,
        region: Option<&Region>,
        id: &InstanceId,
    ) -> Result<Arc<TopicRecords>, Fault> {
        let which = Which { account: account.clone(), region: region.cloned(), id: id.clone() };
        self.0.get(store, which, read).await
    }
}

async fn read(reader: &mut AnyConnection, which: &Which) -> Result<TopicRecords, Fault> {
    let Which { account, region, id } = which;
    let instance = instances::find(reader, account, region.as_ref(), id).await?;
    let rows = topics::list(reader, &instance.key).await?;
    let tags = tags::of_resources(reader, &instance.key, Tagged::Topic, None).await?;
    let topics = rows.into_iter().map(|row| (row.name.clone(), row)).collect();
    Ok(TopicRecords { instance, topics, tags, listed: Mutex::default() })
}

impl Weight for TopicRecords {
    fn weight(&self) -> usize {
        1 + self.topics.len() + self.tags.values().map(Vec::len).sum::<usize>()
    }
}
