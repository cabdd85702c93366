//! Committing, reading and deleting offsets.

use std::sync::Arc;

use uuid::Uuid;

use super::GroupError;
use super::groups::{GROUP_NAME_MAX, Groups, Live};
use super::request::{Claim, Commit, Fetched};
use crate::meta::{Committed, GroupFacts, Offset, Position, Record, StoreError, Topics, commit_records};
use crate::now::Now;

impl Groups {
    /// Remembers offsets. One answer each, in order; a success means that the offset is durable.
    pub async fn commit(
        &self,
        group: &Arc<str>,
        claim: Claim<'_>,
        commits: Vec<Commit>,
    ) -> Vec<Result<(), GroupError>> {
        let append = |live: &mut Live, now, commits| {
            live.state.commit_check(claim, now)?;
            let records = commit_records(group, commits);
            self.store.append(records).map_err(|error| unavailable(group, &error))
        };
        self.commit_by(group, claim, commits, append).await
    }

    /// As [`Self::commit`], of offsets that `keep` holds back until a transaction ends. Whoever refuses them is told
    /// apart by the error.
    pub(crate) async fn commit_with<E: From<GroupError> + Copy>(
        &self,
        group: &Arc<str>,
        claim: Claim<'_>,
        commits: Vec<Commit>,
        keep: impl FnOnce(Vec<Committed>) -> Result<Position, E>,
    ) -> Vec<Result<(), E>> {
        let append = |live: &mut Live, now, commits| {
            live.state.transactional_commit_check(claim, now)?;
            keep(commits)
        };
        self.commit_by(group, claim, commits, append).await
    }

    async fn commit_by<E: From<GroupError> + Copy>(
        &self,
        group: &Arc<str>,
        claim: Claim<'_>,
        commits: Vec<Commit>,
        append: impl FnOnce(&mut Live, Now, Vec<Committed>) -> Result<Position, E>,
    ) -> Vec<Result<(), E>> {
        let topics = self.store.topics();
        let mut answers: Vec<Result<(), E>> =
            commits.iter().map(|commit| Ok(self.commit_fits(&topics, commit)?)).collect();
        let now_ms = self.clock.now_ms();
        let fitting: Vec<_> = commits
            .into_iter()
            .zip(&answers)
            .filter(|(_, answer)| answer.is_ok())
            .map(|(commit, _)| committed(commit, now_ms))
            .collect();
        if !fitting.is_empty()
            && let Err(error) = self.commit_group(group, claim, fitting, append).await
        {
            answers.iter_mut().filter(|answer| answer.is_ok()).for_each(|answer| *answer = Err(error));
        }
        answers
    }

    async fn commit_group<E: From<GroupError>>(
        &self,
        group: &Arc<str>,
        claim: Claim<'_>,
        commits: Vec<Committed>,
        append: impl FnOnce(&mut Live, Now, Vec<Committed>) -> Result<Position, E>,
    ) -> Result<(), E> {
        if group.len() > GROUP_NAME_MAX {
            return Err(GroupError::InvalidGroupId.into());
        }
        let event = |live: &mut Live, now| {
            // Appended under the group's lock: a commit that was decided before a rebalance cannot come
            // after one that was decided behind it.
            let position = append(live, now, commits)?;
            live.appended = position;
            Ok::<_, E>(position)
        };
        let position = if claim.generation < 0 {
            // A consumer without members needs no group beforehand.
            self.at_made(group, event).unwrap_or_else(|| Err(GroupError::CoordinatorNotAvailable.into()))
        } else {
            self.at(group, event).unwrap_or_else(|| Err(GroupError::IllegalGeneration.into()))
        };
        Ok(self.durable(group, position?).await?)
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
            let facts = state.group(group);
            let told = |(topic, partition): (Uuid, i32)| Fetched {
                topic,
                partition,
                offset: facts.and_then(|facts| facts.offsets.get(topic, partition)).cloned(),
                is_unstable: facts.is_some_and(|facts| facts.is_unstable(topic, partition)),
            };
            match wanted {
                Some(wanted) => wanted.iter().copied().map(told).collect(),
                None => facts.into_iter().flat_map(GroupFacts::partitions).map(told).collect(),
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
