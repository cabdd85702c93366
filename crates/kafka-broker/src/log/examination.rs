//! Looking at every byte of a segment that is finished, a piece at a time: batch by batch as recovery does, and by
//! the digests beside it. It changes nothing; whoever examines decides what follows from it.

use std::io;
use std::path::Path;
use std::sync::Arc;

use machine::disk::{Disk, File};

use super::batch::BatchInfo;
use super::digests::{BLOCK, Beside, Digests, Owner};
use super::epochs::Epochs;
use super::scan::Scanner;

/// What is said of bytes that are not those the digests were taken of, although every batch reads.
pub(super) const UNLIKE_DIGEST: &str = "the bytes are not those that were written here";

/// A place in a segment that is not as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) position: u32,
    /// Up to where it may reach.
    pub(super) end: u32,
    /// The offset that should be there.
    pub(super) offset: i64,
    pub(super) what: &'static str,
}

/// What every batch of the segment must agree with.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub(super) epochs: Epochs,
    /// Where the log begins: epochs that ended before are not known any more.
    pub(super) start: i64,
    /// The offset behind the segment; none when nothing tells.
    pub(super) end: Option<i64>,
}

impl Expected {
    fn epoch_fits(&self, info: &BatchInfo) -> bool {
        info.base_offset < self.start || self.epochs.at(info.base_offset) == Some(info.leader_epoch)
    }
}

/// A segment that is being examined.
#[derive(Debug)]
pub(super) struct Examination {
    file: Arc<dyn File>,
    size: u32,
    expected: Expected,
    offset: i64,
    position: u32,
    taken: Digests,
    kept: Beside,
    spots: Vec<Spot>,
    /// The offset of the batch in which each block begins.
    offsets: Vec<i64>,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Examined {
    /// In order; none when every byte is as it was written.
    pub(super) spots: Vec<Spot>,
    pub(super) taken: Digests,
    /// Whether the digests beside the segment are to be written: there are none, or they do not read.
    pub(super) is_unsealed: bool,
}

impl Examination {
    pub(super) fn begin(
        disk: &dyn Disk,
        folder: &Path,
        owner: Owner,
        (file, size): (Arc<dyn File>, u32),
        expected: Expected,
    ) -> io::Result<Self> {
        let kept = Digests::read(disk, folder, owner, size)?;
        Ok(Self { kept, ..Self::begin_alone(owner, (file, size), expected) })
    }

    /// As [`Self::begin`], of a segment that has no digests, whatever is beside it.
    pub(super) fn begin_alone(owner: Owner, (file, size): (Arc<dyn File>, u32), expected: Expected) -> Self {
        let (taken, kept) = (Digests::none(owner, size), Beside::Nothing);
        let (offset, position) = (owner.base, 0);
        let (spots, offsets) = (Vec::new(), Vec::new());
        Self { file, size, expected, offset, position, taken, kept, spots, offsets }
    }

    /// Whether there are digests to hold it against.
    pub(super) fn is_sealed(&self) -> bool {
        matches!(self.kept, Beside::Digests(_))
    }

    /// Looks at about `bytes` more, and tells of every batch that is right, with its position. Returns whether that
    /// was the last of the segment.
    pub(super) fn step(&mut self, bytes: u32, mut seen: impl FnMut(&BatchInfo, u32)) -> io::Result<bool> {
        let upto = self.position.saturating_add(bytes.max(1));
        let file = self.file.clone();
        let mut scanner = Scanner::bytes(&*file, self.position, self.size);
        while scanner.position() < upto {
            let at = scanner.position();
            let what = match scanner.next_verified(self.offset)? {
                Ok(None) => break,
                Ok(Some(info)) if self.expected.epoch_fits(&info) => {
                    seen(&info, at);
                    scanner.skip(&info);
                    self.passed(info.base_offset, scanner.position());
                    self.offset = info.next_offset();
                    continue;
                }
                Ok(Some(_)) => "the leader epoch is wrong",
                Err(bad) => bad.what(),
            };
            let offset = self.offset;
            self.go_on(&mut scanner)?;
            self.passed(offset, scanner.position());
            self.spots.push(Spot { position: at, end: scanner.position(), offset, what });
        }
        self.position = scanner.position();
        self.taken.take(&*self.file, self.position)?;
        Ok(self.position >= self.size)
    }

    /// What lies before `position` and was not passed before begins with this offset.
    fn passed(&mut self, offset: i64, position: u32) {
        while self.offsets.len() * (BLOCK as usize) < position as usize {
            self.offsets.push(offset);
        }
    }

    /// Steps behind a batch that does not read: where its header leads, or to the next one that does read, or to the
    /// end.
    fn go_on(&mut self, scanner: &mut Scanner<'_>) -> io::Result<()> {
        let at = scanner.position();
        let last = self.expected.end.unwrap_or(i64::MAX) - 1;
        if let Ok(Some(info)) = scanner.next()? {
            let next = self.offset.saturating_add(i64::from(info.last_offset_delta) + 1);
            scanner.skip(&info);
            let leads_on = match scanner.next()? {
                Ok(Some(following)) => following.base_offset == next,
                Ok(None) => self.expected.end.is_none_or(|end| end == next),
                Err(_) => false,
            };
            if leads_on {
                self.offset = next;
                return Ok(());
            }
        }
        scanner.go_to(at);
        match scanner.search(self.offset.saturating_add(1)..=last)? {
            Some(info) => self.offset = info.base_offset,
            None => {
                // What is not found is not there: the spot reaches to the end.
                self.offset = last.saturating_add(1);
                scanner.go_to(self.size);
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Examined {
        if let Some(end) = self.expected.end.filter(|end| *end != self.offset) {
            let what =
                if self.offset < end { "the end is missing" } else { "it reaches into the next segment" };
            self.spots.push(Spot { position: self.size, end: self.size, offset: self.offset.min(end), what });
        }
        if let Beside::Digests(kept) = &self.kept {
            for start in kept.differences(&self.taken) {
                let end = start.saturating_add(BLOCK).min(self.size);
                let is_known = |spot: &Spot| spot.position < end && start < spot.end;
                if !self.spots.iter().any(is_known) {
                    let offset = self.offsets.get((start / BLOCK) as usize).copied().unwrap_or(self.offset);
                    self.spots.push(Spot { position: start, end, offset, what: UNLIKE_DIGEST });
                }
            }
        }
        self.spots.sort_by_key(|spot| spot.position);
        let is_unsealed = !self.is_sealed();
        Examined { spots: self.spots, taken: self.taken, is_unsealed }
    }
}
