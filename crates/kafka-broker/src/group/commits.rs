//! Committing, reading and deleting offsets.

use std::sync::Arc;

use uuid::Uuid;

use super::GroupError;
use super::groups::{GROUP_NAME_MAX, Groups, Live};
use super::request::{Claim, Commit, Fetched};
use crate::meta::{Committed, Offset, Position, Record, StoreError, Topics, commit_records};

impl Groups {
    /// Remembers offsets. One answer each, in order; a success means that the offset is durable.
    pub async fn commit(
        &self,
        group: &Arc<str>,
        claim: Claim<'_>,
        commits: Vec<Commit>,
    ) -> Vec<Result<(), GroupError>> {
        let topics = self.store.topics();
        let mut answers: Vec<_> = commits.iter().map(|commit| self.commit_fits(&topics, commit)).collect();
        let now_ms = self.clock.now_ms();
        let fitting: Vec<_> = commits
            .into_iter()
            .zip(&answers)
            .filter(|(_, answer)| answer.is_ok())
            .map(|(commit, _)| committed(commit, now_ms))
            .collect();
        if !fitting.is_empty()
            && let Err(error) = self.commit_group(group, claim, fitting).await
        {
            answers.iter_mut().filter(|answer| answer.is_ok()).for_each(|answer| *answer = Err(error));
        }
        answers
    }

    async fn commit_group(
        &self,
        group: &Arc<str>,
        claim: Claim<'_>,
        commits: Vec<Committed>,
    ) -> Result<(), GroupError> {
        if group.len() > GROUP_NAME_MAX {
            return Err(GroupError::InvalidGroupId);
        }
        let records = commit_records(group, commits);
        let event = |live: &mut Live, now| {
            live.state.commit_check(claim, now)?;
            // Appended under the group's lock: a commit that was decided before a rebalance cannot come
            // after one that was decided behind it.
            let position = self.store.append(records).map_err(|error| unavailable(group, &error))?;
            live.appended = position;
            Ok(position)
        };
        let position = if claim.generation < 0 {
            // A consumer without members needs no group beforehand.
            self.at_made(group, event).unwrap_or(Err(GroupError::CoordinatorNotAvailable))
        } else {
            self.at(group, event).unwrap_or(Err(GroupError::IllegalGeneration))
        };
        self.durable(group, position?).await
    }

    fn commit_fits(&self, topics: &Topics, commit: &Commit) -> Result<(), GroupError> {
        if !topics.of_id(commit.topic).is_some_and(|topic| topic.has_partition(commit.partition)) {
            return Err(GroupError::UnknownTopicOrPartition);
        }
        if commit.metadata.as_ref().is_some_and(|note| note.len() > self.settings.offset_metadata_max) {
            return Err(GroupError::OffsetMetadataTooLarge);
        }
        Ok(())
    }

    /// The offsets of a group: those that are named, or all. Only what is durable is seen.
    pub fn fetch(&self, group: &str, wanted: Option<&[(Uuid, i32)]>) -> Vec<Fetched> {
        self.store.read(|state| {
            let offsets = state.group(group).map(|facts| &facts.offsets);
            match wanted {
                Some(wanted) => wanted
                    .iter()
                    .map(|&(topic, partition)| Fetched {
                        topic,
                        partition,
                        offset: offsets.and_then(|offsets| offsets.get(topic, partition)).cloned(),
                    })
                    .collect(),
                None => offsets
                    .into_iter()
                    .flat_map(|offsets| offsets.iter())
                    .map(|(topic, partition, offset)| Fetched {
                        topic,
                        partition,
                        offset: Some(offset.clone()),
                    })
                    .collect(),
            }
        })
    }

    /// Deletes single offsets, durably. One answer each, in order; the refusal of the whole is the group's.
    pub async fn offsets_delete(
        &self,
        group: &Arc<str>,
        partitions: &[(Uuid, i32)],
    ) -> Result<Vec<Result<(), GroupError>>, GroupError> {
        let topics = self.store.topics();
        let event = |live: &mut Live, _now| {
            live.state.offsets_delete_check()?;
            let check = |&(topic, partition): &(Uuid, i32)| match topics.of_id(topic) {
                Some(topic) if live.state.reads(&topic.name) => Err(GroupError::GroupSubscribedToTopic),
                Some(topic) if topic.has_partition(partition) => Ok(()),
                _ => Err(GroupError::UnknownTopicOrPartition),
            };
            let answers: Vec<_> = partitions.iter().map(check).collect();
            let mut deleted: Vec<_> = partitions
                .iter()
                .zip(&answers)
                .filter(|(_, answer)| answer.is_ok())
                .map(|(partition, _)| *partition)
                .collect();
            if deleted.is_empty() {
                return Ok((answers, Position::default()));
            }
            // However often they are named, a record has them once.
            deleted.sort_unstable();
            deleted.dedup();
            let record = Record::OffsetsDeleted { group: group.clone(), partitions: deleted };
            let position = self.store.append(vec![record]).map_err(|error| unavailable(group, &error))?;
            Ok((answers, position))
        };
        let (answers, position) = self.at(group, event).unwrap_or(Err(GroupError::GroupIdNotFound))?;
        self.durable(group, position).await?;
        Ok(answers)
    }

    pub(super) async fn durable(&self, group: &str, position: Position) -> Result<(), GroupError> {
        self.store.applied(position).await.map_err(|error| unavailable(group, &error))
    }
}

fn committed(commit: Commit, now_ms: i64) -> Committed {
    let expires_ms = commit
        .retention
        .map(|retention| now_ms.saturating_add(i64::try_from(retention.as_millis()).unwrap_or(i64::MAX)));
    Committed {
        topic: commit.topic,
        partition: commit.partition,
        offset: Offset {
            offset: commit.offset,
            leader_epoch: commit.leader_epoch,
            metadata: commit.metadata.filter(|note| !note.is_empty()),
            committed_ms: now_ms,
            expires_ms,
        },
    }
}

/// Clients ask again; whether that helps, the store knows, and says in the log.
pub(super) fn unavailable(group: &str, error: &StoreError) -> GroupError {
    tracing::warn!(group, %error, "a change of a group is not durable");
    GroupError::CoordinatorNotAvailable
}
