//! Partitions and groups enter a transaction.

use std::sync::Arc;

use uuid::Uuid;

use super::TransactionError;
use super::coordinator::{Live, Transactions};
use super::request::Claim;
use super::state;
use crate::meta::Record;

/// The names of the groups of one transaction may have so many bytes together.
const GROUPS_BYTES_MAX: usize = 1 << 20;

impl Transactions {
    /// Has partitions enter the producer's transaction, which the first of them begins; durably.
    pub(crate) async fn partitions_enter(
        &self,
        id: &str,
        claim: Claim,
        partitions: &[(Uuid, i32)],
    ) -> Result<(), TransactionError> {
        let position = self.at(id, |_, live, now| {
            self.enter(live, claim, partitions, None, now.wall_ms)?;
            Ok(live.appended)
        })?;
        self.durable(id, position).await
    }

    /// Has a group enter the producer's transaction, which it may begin; durably.
    pub(crate) async fn group_enter(
        &self,
        id: &str,
        claim: Claim,
        group: &Arc<str>,
    ) -> Result<(), TransactionError> {
        let position = self.at(id, |_, live, now| {
            self.enter(live, claim, &[], Some(group), now.wall_ms)?;
            Ok(live.appended)
        })?;
        self.durable(id, position).await
    }

    /// Has them enter, if they have not.
    pub(super) fn enter(
        &self,
        live: &mut Live,
        claim: Claim,
        partitions: &[(Uuid, i32)],
        group: Option<&Arc<str>>,
        now_ms: i64,
    ) -> Result<(), TransactionError> {
        let record = live.record.as_ref().ok_or(TransactionError::UnknownProducer)?;
        let is_open = state::check(record, claim)?;
        let partitions: Vec<_> =
            partitions.iter().filter(|partition| !record.partitions.contains(*partition)).copied().collect();
        let groups: Vec<_> =
            group.filter(|group| !record.groups.contains(*group)).cloned().into_iter().collect();
        if is_open && partitions.is_empty() && groups.is_empty() {
            return Ok(());
        }
        let bytes: usize = record.groups.iter().chain(&groups).map(|group| group.len()).sum();
        if bytes > GROUPS_BYTES_MAX {
            return Err(TransactionError::TooManyGroups);
        }
        let id = record.id.clone();
        let entered = Record::TransactionEntered {
            id: id.clone(),
            at_ms: now_ms,
            partitions: partitions.clone(),
            groups: groups.clone(),
        };
        self.append(live, &id, vec![entered])?;
        if !is_open {
            live.serial += 1;
        }
        if let Some(record) = &mut live.record {
            record.enter(now_ms, partitions, groups);
        }
        Ok(())
    }
}
