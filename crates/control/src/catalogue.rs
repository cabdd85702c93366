//! The topics of one instance, from store and engine at one time.
//!
//! The engine has the topics; the store remembers things about some of them, and intents for topics to come. A
//! topic belongs together by its id: a row whose id the engine does not have is either younger than the
//! engine's answer or speaks of a topic that has vanished. Which of the two is known because the rows were
//! read before the engine was asked.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use uuid::Uuid;

use crate::Fault;
use crate::engine::EngineTopic;
use crate::ids::TopicName;
use crate::shared::Shared;
use crate::store::instances::InstanceKey;
use crate::store::topics::{self, TopicRow};

/// Topics as they were when the engine was asked.
pub(crate) struct Catalogue {
    rows: HashMap<TopicName, TopicRow>,
    engine: Arc<[EngineTopic]>,
}

/// How many topics and partitions there are, for limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holdings {
    pub(crate) topics: u64,
    pub(crate) partitions: u64,
}

impl Catalogue {
    pub(crate) async fn read(shared: &Shared, key: &InstanceKey) -> Result<Self, Fault> {
        let rows = {
            let mut reader = shared.store.read().await?;
            topics::list(&mut reader, key).await?
        };
        let engine = shared.engine.topic_list(&key.id).await?;
        Ok(Self::new(rows, engine))
    }

    pub(crate) fn new(rows: Vec<TopicRow>, engine: Arc<[EngineTopic]>) -> Self {
        Self { rows: rows.into_iter().map(|row| (row.name.clone(), row)).collect(), engine }
    }

    /// Rows of topics that the engine had once and has no longer.
    pub(crate) fn vanished(&self) -> impl Iterator<Item = &TopicRow> {
        let present = self.ids();
        self.rows.values().filter(move |row| row.active && !present.contains(&row.id))
    }

    /// The engine's topic of this name.
    pub(crate) fn engine_topic(&self, name: &TopicName) -> Option<&EngineTopic> {
        self.engine.iter().find(|topic| topic.name == *name)
    }

    /// What is held when `rows` are in the store now: all of the engine's topics, and of the rows those that
    /// are on their way or younger than the engine's answer. A topic whose row has more partitions than the
    /// engine is about to have them.
    pub(crate) fn holdings(&self, rows: &[TopicRow]) -> Holdings {
        let present = self.ids();
        let vanished: HashSet<Uuid> = self.vanished().map(|row| row.id).collect();
        let intended: HashMap<Uuid, u32> = rows.iter().map(|row| (row.id, row.partitions)).collect();
        let mut holdings = Holdings::default();
        for topic in self.engine.iter() {
            let intended = intended.get(&topic.id).copied().unwrap_or(0);
            holdings.topics += 1;
            holdings.partitions += u64::from(topic.partitions.max(intended));
        }
        for row in rows.iter().filter(|row| !present.contains(&row.id) && !vanished.contains(&row.id)) {
            holdings.topics += 1;
            holdings.partitions += u64::from(row.partitions);
        }
        holdings
    }

    fn ids(&self) -> HashSet<Uuid> {
        self.engine.iter().map(|topic| topic.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, id: u128, active: bool, partitions: u32) -> TopicRow {
        TopicRow {
            name: TopicName::new(name),
            id: Uuid::from_u128(id),
            active,
            partitions,
            remark: String::new(),
            local: false,
            compact: false,
            config: "{}".into(),
            automatic: false,
            created_ms: 0,
        }
    }

    fn topic(name: &str, id: u128, partitions: u32) -> EngineTopic {
        EngineTopic {
            name: TopicName::new(name),
            id: Uuid::from_u128(id),
            partitions,
            created_ms: 0,
            config: Default::default(),
        }
    }

    #[test]
    fn a_row_belongs_to_a_topic_by_its_id() {
        let catalogue = Catalogue::new(
            vec![
                row("kept", 1, true, 1),
                row("remade", 2, true, 1),
                row("gone", 3, true, 1),
                row("new", 4, false, 1),
            ],
            [topic("by-client", 9, 1), topic("kept", 1, 1), topic("remade", 8, 1)].into(),
        );
        let mut vanished: Vec<_> = catalogue.vanished().map(|row| row.name.as_str()).collect();
        vanished.sort_unstable();
        assert_eq!(vanished, ["gone", "remade"]);
    }

    #[test]
    fn holdings_count_partitions_that_are_to_come() {
        let catalogue = Catalogue::new(Vec::new(), [topic("grows", 1, 4), topic("remade", 9, 1)].into());
        let now = [row("grows", 1, true, 10), row("remade", 8, true, 50)];
        // The second row speaks of another topic, which is younger than the engine's answer.
        assert_eq!(catalogue.holdings(&now), Holdings { topics: 3, partitions: 10 + 1 + 50 });
    }

    #[test]
    fn holdings_count_what_is_there_or_on_its_way_once() {
        let before = vec![row("a", 1, true, 3), row("gone", 2, true, 50)];
        let catalogue = Catalogue::new(before.clone(), [topic("a", 1, 4), topic("by-client", 9, 2)].into());
        let mut now = before;
        now.push(row("coming", 3, false, 6));
        now.push(row("just-made", 4, true, 1));
        // a has grown to 4 in the engine; gone is gone; the client's counts too.
        assert_eq!(catalogue.holdings(&now), Holdings { topics: 4, partitions: 4 + 2 + 6 + 1 });
    }
}
