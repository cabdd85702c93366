//! A cluster in figures, for dashboards: where partitions begin and end, and how far groups have read. Memory alone is
//! looked at, never the disk.

use std::sync::Arc;

use super::Cluster;

/// A topic's partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicFigures {
    /// Its name.
    pub topic: Arc<str>,
    /// By partition number: the first offset there is, and one past the last that consumers can see.
    pub ends: Vec<(i64, i64)>,
}

/// A group's members and commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupFigures {
    /// Its name.
    pub group: Arc<str>,
    /// Members now.
    pub members: usize,
    /// Its commits, by topic name and partition.
    pub commits: Vec<CommitFigures>,
}

/// How far a group has read in a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitFigures {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The next offset it will read.
    pub committed: i64,
    /// One past the last that consumers can see.
    pub end: i64,
}

impl CommitFigures {
    /// How many offsets are ahead of the group; none when what it committed lies behind the end.
    pub fn lag(&self) -> i64 {
        self.end.saturating_sub(self.committed).max(0)
    }
}

impl Cluster {
    /// Its topics, but for the broker's own, by name. Each takes from `room` as many as it has partitions, and is left
    /// out, and counted, when that is more than is left.
    pub fn topic_figures(&self, room: &mut usize) -> (Vec<TopicFigures>, usize) {
        let mut omitted = 0;
        let mut figures = Vec::new();
        for topic in self.topics.all().into_iter().filter(|topic| !topic.facts.internal) {
            match room.checked_sub(topic.partitions.len()) {
                None => omitted += 1,
                Some(left) => {
                    *room = left;
                    let ends = |log: &Arc<crate::log::PartitionLog>| (log.log_start(), log.high_watermark());
                    let ends = topic.partitions.iter().map(ends).collect();
                    figures.push(TopicFigures { topic: topic.facts.name.clone(), ends });
                }
            }
        }
        (figures, omitted)
    }

    /// Its groups, by name. Each takes from `room` one and as many as it has commits, and is left out, and counted,
    /// when that is more than is left.
    pub fn group_figures(&self, room: &mut usize) -> (Vec<GroupFigures>, usize) {
        let mut omitted = 0;
        let mut figures = Vec::new();
        for (group, members) in self.groups.sizes() {
            if *room == 0 {
                omitted += 1;
                continue;
            }
            let commits = self.commit_figures(&group);
            match room.checked_sub(1 + commits.len()) {
                None => omitted += 1,
                Some(left) => {
                    *room = left;
                    figures.push(GroupFigures { group, members, commits });
                }
            }
        }
        (figures, omitted)
    }

    fn commit_figures(&self, group: &str) -> Vec<CommitFigures> {
        let figures = |fetched: crate::group::Fetched| {
            // A topic may have been deleted since, and its commits with it.
            let (offset, topic) = (fetched.offset?, self.topics.of_id(fetched.topic)?);
            let end = topic.partition(fetched.partition)?.high_watermark();
            let (topic, partition) = (topic.facts.name.clone(), fetched.partition);
            Some(CommitFigures { topic, partition, committed: offset.offset, end })
        };
        let mut commits: Vec<_> = self.groups.fetch(group, None).into_iter().filter_map(figures).collect();
        commits.sort_unstable_by(|a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
        commits
    }
}
