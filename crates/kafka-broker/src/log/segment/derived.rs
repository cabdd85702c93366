//! The index files of a segment: whether they may be used, what they tell, and building them again.

use std::io;
use std::sync::Arc;

use machine::disk::Disk;

use super::{Segment, SegmentError};
use crate::log::aborted::Decisions;
use crate::log::batch::BatchInfo;
use crate::log::index::{IndexFile, IndexWriter, Newest, TimeEntry};
use crate::log::scan::Scanner;
use crate::log::summary::{self, Summary};

/// What is known of the index files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Index {
    /// Nobody has looked yet.
    #[default]
    Unknown,
    /// The segment is being written, and they with it.
    Growing,
    /// They fit this summary of the segment.
    Right(Summary),
    /// They led to a batch that is not there.
    Wrong,
    /// They are another segment's now, which has taken this one's place.
    Replaced(Option<Newest>),
}

impl Segment {
    /// The newest timestamp, of a segment that is not written any more; none when it is empty. Should the index
    /// have to be built for it, it gets an entry per `interval` bytes.
    pub(in crate::log) fn newest(
        &self,
        disk: &dyn Disk,
        interval: u32,
    ) -> Result<Option<Newest>, SegmentError> {
        if let Index::Replaced(newest) = self.known.lock().index {
            return Ok(newest);
        }
        if !self.index_is_right(disk)? {
            self.build_index(disk, interval)?;
        }
        match self.known.lock().index {
            Index::Right(summary) => Ok(summary.newest),
            Index::Unknown | Index::Growing | Index::Wrong | Index::Replaced(_) => Ok(None),
        }
    }

    /// The segment is written from now on, and its index with it.
    pub(in crate::log) fn growing(&self) {
        let mut known = self.known.lock();
        known.index = Index::Growing;
        known.decisions = None;
    }

    /// Another segment takes its place on the disk. Who reads it goes on with the file that is open, and with what
    /// is known of it.
    pub(in crate::log) fn replaced(
        &self,
        disk: &dyn Disk,
        newest: Option<Newest>,
        decisions: Arc<Decisions>,
    ) -> io::Result<()> {
        self.pin(disk)?;
        let mut known = self.known.lock();
        known.index = Index::Replaced(newest);
        known.decisions = Some(decisions);
        Ok(())
    }

    /// The segment is not written any more, and its index files are whole.
    pub(in crate::log) fn finished(&self, summary: Summary) {
        let mut known = self.known.lock();
        known.index = Index::Right(summary);
        known.decisions = None;
    }

    /// What its markers have decided, of a segment that is not written any more; none when nobody has looked, or
    /// the list is not the one that was written.
    pub(in crate::log) fn decisions(&self, disk: &dyn Disk) -> io::Result<Option<Arc<Decisions>>> {
        self.index_is_right(disk)?;
        let decided = {
            let known = self.known.lock();
            match (&known.decisions, known.index) {
                (Some(decisions), _) => return Ok(Some(decisions.clone())),
                (None, Index::Right(Summary { decided: Some(decided), .. })) => decided,
                _ => return Ok(None),
            }
        };
        let decisions = decided.read(disk, &self.folder, self.base)?.map(Arc::new);
        self.known.lock().decisions.clone_from(&decisions);
        Ok(decisions)
    }

    /// Takes down what its markers have decided. Should the index have to be built for it, it gets an entry per
    /// `interval` bytes.
    pub(in crate::log) fn decide(
        &self,
        disk: &dyn Disk,
        interval: u32,
        decisions: Decisions,
    ) -> Result<Arc<Decisions>, SegmentError> {
        let newest = self.newest(disk, interval)?;
        let (summary, _) =
            summary::write(disk, &self.folder, self.base, self.size(), newest, Some(&decisions))?;
        let decisions = Arc::new(decisions);
        let mut known = self.known.lock();
        known.index = Index::Right(summary);
        known.decisions = Some(decisions.clone());
        Ok(decisions)
    }

    /// Whether the index files may be used. Looks at the summary the first time.
    pub(super) fn index_is_right(&self, disk: &dyn Disk) -> io::Result<bool> {
        match self.known.lock().index {
            Index::Growing | Index::Right(_) => return Ok(true),
            Index::Wrong | Index::Replaced(_) => return Ok(false),
            Index::Unknown => {}
        }
        let found = summary::read(disk, &self.folder, self.base, self.size())?;
        let index = found.map_or(Index::Wrong, Index::Right);
        self.known.lock().index = index;
        Ok(found.is_some())
    }

    /// A batch before which nothing is as new as `timestamp`, by the time index; none when that does not help.
    pub(in crate::log) fn last_older(
        &self,
        disk: &dyn Disk,
        timestamp: i64,
        limit: u32,
        pending: Option<TimeEntry>,
    ) -> Result<Option<(BatchInfo, u32)>, SegmentError> {
        let entry = match pending {
            Some(entry) => Some(entry),
            None if !self.index_is_right(disk)? => None,
            None => IndexFile::<TimeEntry>::open(disk, &self.folder, self.base)?
                .map(|index| index.last_where(|entry| entry.timestamp < timestamp))
                .transpose()?
                .flatten()
                .map(|(_, entry)| entry),
        };
        let Some(entry) = entry else {
            return Ok(None);
        };
        let offset = self.base + i64::from(entry.relative);
        match self.locate(disk, offset, limit, None) {
            Ok((info, position)) => {
                let confirmed = info.last_offset() == offset && info.max_timestamp == entry.timestamp;
                Ok(confirmed.then_some((info, position)))
            }
            // Beyond the limit, or a wrong index.
            Err(SegmentError::Damaged { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether its index files were found wrong.
    pub(in crate::log) fn index_is_wrong(&self) -> bool {
        self.known.lock().index == Index::Wrong
    }

    /// Where the batch that has this newest timestamp begins, if the log has it there before `limit`.
    pub(in crate::log) fn position_confirmed(
        &self,
        disk: &dyn Disk,
        newest: Newest,
        limit: u32,
    ) -> io::Result<Option<u32>> {
        match self.locate(disk, newest.offset, limit, None) {
            Ok((info, position)) => {
                let fits = info.last_offset() == newest.offset && info.max_timestamp == newest.timestamp;
                Ok(fits.then_some(position))
            }
            Err(SegmentError::Damaged { .. }) => Ok(None),
            Err(SegmentError::Io(error)) => Err(error),
        }
    }

    /// Builds the index files anew from the headers in the log.
    pub(in crate::log) fn build_index(&self, disk: &dyn Disk, interval: u32) -> Result<(), SegmentError> {
        let file = self.file(disk)?;
        let mut writer = IndexWriter::empty(self.base);
        let mut scanner = Scanner::headers(&*file, 0, self.size());
        while let Ok(Some(info)) = scanner.next()? {
            if writer.add(&info, scanner.position(), interval) {
                writer.write(disk, &self.folder)?;
            }
            scanner.skip(&info);
        }
        let (summary, _) = writer.finish(disk, &self.folder, self.size(), None)?;
        self.finished(summary);
        Ok(())
    }
}
