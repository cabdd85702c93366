//! Which transactions a reader of committed data must leave out.
//!
//! A segment that is finished has a list; the last one has it in memory. A list that is missing or wrong is made
//! again by reading the log from its start, because a transaction may have begun long before its marker.

use std::sync::Arc;

use super::aborted::{Aborted, Decisions};
use super::batch::EndMarker;
use super::error::ReadError;
use super::ledger::Place;
use super::partition::PartitionLog;
use super::producers::Producers;
use super::scan::Scanner;
use super::segment::{Segment, SegmentError};

impl PartitionLog {
    /// The aborted transactions that have records or their marker from `from` on and before `upto`, which must
    /// not be beyond the last stable offset; by their first record.
    pub fn aborted_between(&self, from: i64, upto: i64) -> Result<Vec<Aborted>, ReadError> {
        {
            let state = self.lock();
            state.readable()?;
            if from < state.start {
                // What was read may have been deleted since, and its list with it.
                let ends = state.ends();
                return Err(ReadError::OutOfRange {
                    offset: from,
                    log_start: ends.log_start,
                    log_end: ends.log_end,
                });
            }
        }
        self.aborted_among(from, upto)
    }

    /// As [`Self::aborted_between`], wherever the log begins.
    pub(super) fn aborted_among(&self, from: i64, upto: i64) -> Result<Vec<Aborted>, ReadError> {
        let (finished, last) = {
            let state = self.lock();
            let first = state.segments.partition_point(|segment| segment.base() <= from).saturating_sub(1);
            let finished = state.segments.split_last().map_or(&[][..], |(_, finished)| finished);
            let last = state.aborted.iter().filter(|aborted| aborted.overlaps(from, upto)).copied();
            (finished.get(first..).unwrap_or_default().to_vec(), last.collect::<Vec<_>>())
        };
        let mut found = last;
        let mut settled = false;
        for segment in &finished {
            if settled && segment.base() >= upto {
                break;
            }
            let decisions = self.decisions_of(segment)?;
            found.extend(decisions.aborted.iter().filter(|aborted| aborted.overlaps(from, upto)));
            settled = decisions.settle(upto);
        }
        found.sort_unstable_by_key(|aborted| aborted.first_offset);
        Ok(found)
    }

    pub(super) fn decisions_of(&self, segment: &Arc<Segment>) -> Result<Arc<Decisions>, ReadError> {
        match segment.decisions(self.disk()) {
            Ok(Some(decisions)) => Ok(decisions),
            Ok(None) => self.decisions_rebuild(segment),
            Err(error) => Err(ReadError::Failed(error.to_string())),
        }
    }

    /// Reads the log from its start to the end of a segment, and takes down what every segment on the way that
    /// has no list has decided.
    fn decisions_rebuild(&self, target: &Arc<Segment>) -> Result<Arc<Decisions>, ReadError> {
        tracing::warn!(file = %target.path().display(), "its transactions are not known: the log is read for them");
        let (segments, interval) = {
            let state = self.lock();
            let upto = state.segments.partition_point(|segment| segment.base() < target.base());
            (state.segments[..upto].to_vec(), state.config.index_interval_bytes)
        };
        let mut producers = Producers::default();
        let mut found = Arc::default();
        for segment in segments.iter().chain([target]) {
            let decisions = self.decide(segment, &mut producers);
            let decisions = decisions.map_err(|error| self.read_error(segment, error))?;
            let known = segment.decisions(self.disk()).ok().flatten();
            found = match known {
                Some(known) => known,
                None => segment
                    .decide(self.disk(), interval, decisions)
                    .map_err(|error| self.read_error(segment, error))?,
            };
        }
        Ok(found)
    }

    /// Walks the headers and markers of one segment.
    fn decide(&self, segment: &Segment, producers: &mut Producers) -> Result<Decisions, SegmentError> {
        let file = segment.file(self.disk())?;
        let mut scanner = Scanner::headers(&*file, 0, segment.size());
        let mut aborted = Vec::new();
        let mut offset = segment.base();
        loop {
            let position = scanner.position();
            let info = match scanner.next()? {
                Ok(Some(info)) if info.base_offset >= offset => info,
                Ok(None) => break,
                Ok(Some(_)) => {
                    return Err(SegmentError::Damaged {
                        position,
                        offset,
                        what: "a batch of another offset",
                    });
                }
                Err(bad) => return Err(SegmentError::Damaged { position, offset, what: bad.what() }),
            };
            let marker = match info.is_control() {
                true => EndMarker::read(&scanner.batch(&info)?),
                false => None,
            };
            let place = Place { offset: info.base_offset, segment: segment.base(), position };
            let ended = producers.record(&info, marker, place, 0);
            aborted.extend(ended.as_ref().and_then(Aborted::of));
            scanner.skip(&info);
            offset = info.next_offset();
        }
        Ok(Decisions { aborted, undecided_from: producers.first_open().map(|open| open.offset) })
    }
}
