//! Walking the batches of a segment, headers only or checksums too.

use std::io;

use machine::disk::File;

use super::batch::{BatchInfo, CRC_START, HEADER_LEN};

const HEADER_LEN_U32: u32 = 61;
const _: () = assert!(HEADER_LEN_U32 as usize == HEADER_LEN);

/// Bytes read at a time when only headers are wanted: about what lies between two index entries.
const HEADERS_WINDOW: u32 = 8 << 10;
/// Bytes read at a time when everything is.
const BYTES_WINDOW: u32 = 128 << 10;

/// How far behind damage a batch is looked for: further than the longest usual batch reaches.
const SEARCH: u32 = 16 << 20;

/// Why there is no batch where one should begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    /// One begins, but does not end before the limit.
    CutOff,
    /// Something else stands there.
    Wrong(&'static str),
}

impl Bad {
    pub(super) fn what(self) -> &'static str {
        match self {
            Self::CutOff => "the file ends inside a batch",
            Self::Wrong(what) => what,
        }
    }
}

/// What a scanner finds: a batch, the end, or neither.
pub(super) type Found = Result<Option<BatchInfo>, Bad>;

/// Walks a part of a segment, one batch after the other.
pub(super) struct Scanner<'a> {
    file: &'a dyn File,
    position: u32,
    limit: u32,
    window: Vec<u8>,
    window_start: u32,
    window_len: u32,
}

impl<'a> Scanner<'a> {
    /// Reads headers from `position`, where a batch begins, to `limit`.
    pub(super) fn headers(file: &'a dyn File, position: u32, limit: u32) -> Self {
        Self::new(file, position, limit, HEADERS_WINDOW)
    }

    /// As [`Self::headers`], about to read everything.
    pub(super) fn bytes(file: &'a dyn File, position: u32, limit: u32) -> Self {
        Self::new(file, position, limit, BYTES_WINDOW)
    }

    fn new(file: &'a dyn File, position: u32, limit: u32, window_len: u32) -> Self {
        Self { file, position, limit, window: Vec::new(), window_start: position, window_len }
    }

    /// Where the next batch begins.
    pub(super) fn position(&self) -> u32 {
        self.position
    }

    /// Goes to another place.
    pub(super) fn go_to(&mut self, position: u32) {
        self.position = position;
    }

    /// The header of the next batch, which lies wholly before the limit; none when the limit is reached.
    pub(super) fn next(&mut self) -> io::Result<Found> {
        if self.position >= self.limit {
            return Ok(Ok(None));
        }
        let rest = self.limit - self.position;
        if rest < HEADER_LEN_U32 {
            return Ok(Err(Bad::CutOff));
        }
        let Some(bytes) = self.fill(self.position, HEADER_LEN_U32)? else {
            return Ok(Err(Bad::CutOff));
        };
        let zeros = bytes.iter().all(|byte| *byte == 0);
        Ok(match BatchInfo::read(bytes) {
            Some(info) if info.size > rest => Err(Bad::CutOff),
            Some(info) => Ok(Some(info)),
            None if zeros => Err(Bad::Wrong("zeros")),
            None => Err(Bad::Wrong("not a batch header")),
        })
    }

    /// As [`Self::next`], a batch that has its place: it begins with `offset`, and its checksum is right.
    pub(super) fn next_verified(&mut self, offset: i64) -> io::Result<Found> {
        let info = match self.next()? {
            Ok(Some(info)) => info,
            other => return Ok(other),
        };
        if info.base_offset != offset {
            return Ok(Err(Bad::Wrong("a batch of another offset")));
        }
        if !self.checksum_fits(&info)? {
            return Ok(Err(Bad::Wrong("the checksum is wrong")));
        }
        Ok(Ok(Some(info)))
    }

    /// The next place from here on, but not here, where a whole batch begins whose offset is among `offsets`:
    /// how a walk goes on behind damage. Steps there.
    pub(super) fn search(&mut self, offsets: std::ops::RangeInclusive<i64>) -> io::Result<Option<BatchInfo>> {
        let end = self.limit.min(self.position.saturating_add(SEARCH));
        for at in self.position.saturating_add(1)..end.saturating_sub(HEADER_LEN_U32) {
            let info = match self.fill(at, HEADER_LEN_U32)? {
                Some(bytes) => BatchInfo::read(bytes),
                None => return Ok(None),
            };
            let Some(info) = info.filter(|info| offsets.contains(&info.base_offset)) else {
                continue;
            };
            let back = std::mem::replace(&mut self.position, at);
            if info.size <= self.limit - at && self.checksum_fits(&info)? {
                return Ok(Some(info));
            }
            self.position = back;
        }
        Ok(None)
    }

    /// Steps over the batch that `next` has shown.
    pub(super) fn skip(&mut self, info: &BatchInfo) {
        self.position += info.size;
    }

    /// The whole batch that `next` has shown.
    pub(super) fn batch(&mut self, info: &BatchInfo) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; info.size as usize];
        let got = self.file.read_at(&mut bytes, u64::from(self.position))?;
        if got < bytes.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(bytes)
    }

    fn checksum_fits(&mut self, info: &BatchInfo) -> io::Result<bool> {
        let end = self.position + info.size;
        let mut at = self.position + CRC_START;
        let mut crc = 0;
        while at < end {
            let count = (end - at).min(self.window_len);
            let Some(bytes) = self.fill(at, count)? else {
                return Ok(false);
            };
            crc = crc32c::crc32c_append(crc, bytes);
            at += count;
        }
        Ok(crc == info.crc)
    }

    /// `count` bytes at `at`; none when the file ends before.
    fn fill(&mut self, at: u32, count: u32) -> io::Result<Option<&[u8]>> {
        let count = count as usize;
        let held = at.checked_sub(self.window_start).map(|from| from as usize);
        let from = match held {
            Some(from) if from + count <= self.window.len() => from,
            _ => {
                let wanted = (self.window_len as usize).max(count).min((self.limit - at) as usize);
                self.window.resize(wanted, 0);
                let got = self.file.read_at(&mut self.window, u64::from(at))?;
                self.window.truncate(got);
                self.window_start = at;
                0
            }
        };
        Ok(self.window.get(from..from + count))
    }
}
