//! Appending a batch: judged, placed, written, remembered, and shown or handed to the committer.

use std::io::IoSlice;
use std::sync::Arc;

use super::aborted::Aborted;
use super::batch::{BatchInfo, EndMarker, HEADER_LEN, StoredHeader};
use super::config::{LogConfig, TimestampType};
use super::error::AppendError;
use super::partition::PartitionLog;
use super::producers::Verdict;

/// Who appends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A producer.
    Client,
    /// A producer that has another epoch in each transaction (KIP-890): the first batch of one has sequence 0.
    RenewingClient,
    /// The broker itself: markers, and whatever it stores for itself.
    Broker,
}

/// Where a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Offset of its first record.
    pub base_offset: i64,
    /// Offset of its last record.
    pub last_offset: i64,
    /// When the broker stamped it; none where the producer's stamps count.
    pub log_append_time: Option<i64>,
    /// First offset of the log.
    pub log_start: i64,
    /// Whether it was there before: nothing was appended.
    pub duplicate: bool,
}

impl PartitionLog {
    /// Appends one batch, which the caller has checked: structure, checksum, records, permission.
    ///
    /// The bytes stay the client's, except for the offset and epoch that the log gives them, and the stamp
    /// when the topic wants the broker's. It is in the page cache when this returns; who promised more waits
    /// with [`Self::wait_durable`].
    pub fn append(self: &Arc<Self>, batch: &[u8], origin: Origin) -> Result<Appended, AppendError> {
        let mut info = BatchInfo::read(batch)
            .filter(|info| info.size as usize == batch.len())
            .ok_or(AppendError::Malformed)?;
        let marker = match info.is_control() {
            true => Some(EndMarker::read(batch).ok_or(AppendError::Malformed)?),
            false => None,
        };
        if let Some(failed) =
            self.context.committer.has_failed().then(|| self.context.committer.failed()).flatten()
        {
            // After a failed sync nothing is acknowledged any more, to whom it promised nothing either.
            self.fail(&failed);
        }
        let now_ms = self.context.clock.now_ms();
        let mut state = self.lock();
        state.writable()?;
        let config = state.config.clone();
        let stamps = config.timestamp_type == TimestampType::LogAppendTime && marker.is_none();
        check_size(&info, &config, origin)?;
        let begins_at_zero = origin == Origin::RenewingClient;
        if let Verdict::Duplicate(taken) = state.producers.check(&info, marker, begins_at_zero)? {
            return Ok(Appended {
                base_offset: taken.base_offset(),
                last_offset: taken.last_offset,
                log_append_time: stamps.then_some(taken.appended_ms),
                log_start: state.start,
                duplicate: true,
            });
        }
        // What the broker writes ends transactions: it may use what is kept in reserve.
        if origin != Origin::Broker
            && !self.context.room.admits(
                u64::from(info.size),
                self.disk(),
                &self.context.folder,
                &self.context.clock,
            )
        {
            return Err(AppendError::DiskFull);
        }

        let base_offset = state.end.offset;
        let mut header =
            StoredHeader::placed(batch, base_offset, self.leader_epoch).ok_or(AppendError::Malformed)?;
        let records = &batch[HEADER_LEN..];
        info.base_offset = base_offset;
        info.leader_epoch = self.leader_epoch;
        if stamps {
            header.stamp(now_ms, records);
            info.max_timestamp = now_ms;
        }
        let segment = self.prepare(&mut state, &info, now_ms)?;
        let parts = [IoSlice::new(&header.0), IoSlice::new(records)];
        if let Err(error) = segment.append(self.disk(), &parts, &info) {
            return Err(self.undo(&mut state, &segment, &error));
        }
        let place = state.end;
        state.is_clean = false;
        state.end.offset = info.next_offset();
        state.end.position += info.size;
        state.appended += u64::from(info.size);
        let ended = state.producers.record(&info, marker, place, now_ms);
        state.aborted.extend(ended.as_ref().and_then(Aborted::of));
        self.keep_derived(&mut state, &info, place.position);

        let grown = if config.is_synced() { None } else { Some(state.show_to_end()) };
        let must_sync = state.count_unflushed(i64::from(info.last_offset_delta) + 1, now_ms);
        let log_start = state.start;
        drop(state);
        self.context.growth.add(u64::from(info.size));
        if let Some(grown) = grown {
            self.announce(&grown);
        }
        if must_sync {
            self.submit().map_err(|failed| AppendError::Offline(failed.to_string()))?;
        }
        Ok(Appended {
            base_offset,
            last_offset: info.last_offset(),
            log_append_time: stamps.then_some(now_ms),
            log_start,
            duplicate: false,
        })
    }
}

fn check_size(info: &BatchInfo, config: &LogConfig, origin: Origin) -> Result<(), AppendError> {
    let limit = match origin {
        Origin::Client | Origin::RenewingClient => config.max_message_bytes.min(config.segment_bytes),
        Origin::Broker => config.segment_bytes,
    };
    if info.size > limit { Err(AppendError::TooLarge { size: info.size, limit }) } else { Ok(()) }
}
