//! How a log becomes durable: it asks the committer for rounds, shows what they have covered, and goes offline
//! when one fails.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use machine::commit::{Round, SyncFailed, Syncable};

use super::partition::PartitionLog;
use super::state::{Grown, Standing, State};

impl PartitionLog {
    /// Waits until everything that recovery found is durable, and so visible.
    pub async fn settled(&self) -> Result<(), SyncFailed> {
        let end = self.log_end();
        self.synced.wait(mark(end)).await
    }

    /// Waits until the record of this offset is as durable as the topic demands, and so visible: what
    /// `acks=all` waits for. Any number may wait.
    pub async fn wait_durable(&self, offset: i64) -> Result<(), SyncFailed> {
        self.high.wait(mark(offset + 1)).await
    }

    /// Makes everything appended so far durable, whatever the topic demands.
    pub async fn flush(self: &Arc<Self>) -> Result<(), SyncFailed> {
        let end = self.log_end();
        self.submit()?;
        self.synced.wait(mark(end)).await
    }

    /// Asks for a sync of what was written.
    pub(super) fn submit(self: &Arc<Self>) -> Result<(), SyncFailed> {
        self.context.committer.submit(self.clone()).inspect_err(|failed| self.fail(failed))
    }

    /// Nothing can become durable any more.
    pub(super) fn fail(&self, failed: &SyncFailed) {
        self.take_offline(&mut self.lock(), failed);
        self.high.fail(failed);
        self.synced.fail(failed);
        self.waiters.wake_all();
    }

    pub(super) fn take_offline(&self, state: &mut State, reason: &dyn fmt::Display) {
        if state.standing == Standing::Open {
            tracing::error!(log = ?self, %reason, "the log takes nothing any more");
            state.standing = Standing::Offline(reason.to_string());
        }
    }

    /// Tells who waits that more can be read.
    pub(super) fn announce(&self, grown: &Grown) {
        self.high.advance(mark(grown.high_watermark));
        self.waiters.advance(grown.bytes, grown.stable);
    }
}

impl Syncable for PartitionLog {
    fn queued(&self) -> &AtomicBool {
        &self.queued
    }

    fn begin(&self, round: &mut Round) -> u64 {
        let mut state = self.lock();
        if state.durable != state.end
            && let Some(segment) = state.segments.last()
        {
            match segment.file(self.disk()) {
                Ok(file) => round.file(file),
                Err(error) => {
                    // What cannot be opened cannot be synced: nothing new can be promised.
                    let reached = mark(state.begun.offset);
                    drop(state);
                    self.fail(&SyncFailed::new(error));
                    return reached;
                }
            }
        }
        state.unsynced.drain(..).for_each(|file| round.file(file));
        if std::mem::take(&mut state.names_changed) {
            round.folder(&self.folder);
        }
        if std::mem::take(&mut state.folder_is_new) {
            round.folder(&self.context.folder);
        }
        state.begun = state.end;
        state.appended_begun = state.appended;
        state.unflushed = 0;
        state.unflushed_since_ms = None;
        mark(state.end.offset)
    }

    fn end(&self, outcome: Result<u64, SyncFailed>) {
        let synced = match outcome {
            Ok(synced) => synced,
            Err(failed) => return self.fail(&failed),
        };
        let grown = {
            let mut state = self.lock();
            if state.durable != state.begun {
                state.durable = state.begun;
                // It says from where the next start has to read; without it, that start reads more.
                if let Err(error) = self.context.ledger.note_recovery(self.key, state.durable) {
                    tracing::warn!(log = ?self, %error, "the recovery point is not noted");
                }
            }
            (state.visible.offset < state.durable.offset).then(|| state.show_synced())
        };
        self.synced.advance(synced);
        if let Some(grown) = grown {
            self.announce(&grown);
        }
    }
}

/// Offsets are never negative; the marks that are waited for count from zero.
pub(super) fn mark(offset: i64) -> u64 {
    u64::try_from(offset).unwrap_or(0)
}
