//! What compaction reads: the batches of a segment, each verified, and what their records are.

use kafka_wire::records::{Batch, RecordMark, RecordVisitor};
use machine::disk::File;
use sha2::{Digest, Sha256};

use super::keys::{KeyHash, hash_of};
use super::unreadable;
use crate::log::batch::BatchInfo;
use crate::log::context::io;
use crate::log::error::LogError;
use crate::log::partition::PartitionLog;
use crate::log::scan::Scanner;
use crate::log::segment::{Segment, SegmentError};

/// The batches of a segment, verified.
pub(super) struct Source<'a> {
    log: &'a PartitionLog,
    segment: &'a Segment,
    scanner: Scanner<'a>,
    expected: i64,
}

impl<'a> Source<'a> {
    pub(super) fn new(log: &'a PartitionLog, segment: &'a Segment, file: &'a dyn File) -> Self {
        let scanner = Scanner::bytes(file, 0, segment.size());
        Self { log, segment, scanner, expected: segment.base() }
    }

    pub(super) fn next(&mut self) -> Result<Option<(BatchInfo, Vec<u8>)>, LogError> {
        let failed = |error| io("read", &self.segment.path())(error);
        let position = self.scanner.position();
        let what = match self.scanner.next_verified(self.expected).map_err(failed)? {
            Ok(None) => return Ok(None),
            Ok(Some(info))
                if self.log.epoch_of(info.base_offset) == Some(info.leader_epoch)
                    || info.base_offset < self.log.log_start() =>
            {
                let bytes = self.scanner.batch(&info).map_err(failed)?;
                self.scanner.skip(&info);
                self.expected = info.next_offset();
                return Ok(Some((info, bytes)));
            }
            Ok(Some(_)) => "the leader epoch is wrong",
            Err(bad) => bad.what(),
        };
        let damage = SegmentError::Damaged { position, offset: self.expected, what };
        Err(unreadable(self.log.read_error(self.segment, damage)))
    }
}

/// What the records of a batch are, and the hashes of their keys.
#[derive(Default)]
pub(super) struct Marks {
    hasher: Sha256,
    pub(super) list: Vec<(KeyHash, RecordMark)>,
}

impl Marks {
    pub(super) fn of(bytes: &[u8]) -> Result<Self, LogError> {
        let mut marks = Self::default();
        let visited = parse(bytes)?.visit(usize::MAX, &mut marks);
        visited.map_err(|error| LogError::Compaction(error.to_string()))?;
        Ok(marks)
    }
}

impl RecordVisitor for Marks {
    fn key(&mut self, piece: &[u8]) {
        self.hasher.update(piece);
    }

    fn record(&mut self, record: &RecordMark) {
        self.list.push((hash_of(&mut self.hasher), *record));
    }
}

pub(super) fn parse(bytes: &[u8]) -> Result<Batch<'_>, LogError> {
    let parsed = Batch::parse(bytes).map_err(|error| LogError::Compaction(error.to_string()))?;
    Ok(parsed.0)
}
