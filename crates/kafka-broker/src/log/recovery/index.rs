//! Going on with the index files of a segment, as far as the log confirms them.

use std::io;

use super::Found;
use crate::log::batch::BatchInfo;
use crate::log::index::{IndexFile, IndexWriter, Newest, OffsetEntry, TimeEntry};
use crate::log::scan::Scanner;
use crate::log::segment::Segment;
use crate::log::summary;

impl Found<'_> {
    /// Takes note of a batch.
    pub(super) fn index(&self, writer: &mut IndexWriter, info: &BatchInfo, position: u32) -> io::Result<()> {
        if writer.add(info, position, self.target.index_interval) {
            writer.write(&*self.target.context.disk, self.target.folder)?;
        }
        Ok(())
    }

    /// Goes on with the index files of a segment that is scanned from `position` on.
    pub(super) fn resume_index(&self, segment: &Segment, position: u32) -> io::Result<IndexWriter> {
        let (disk, folder, base) = (&*self.target.context.disk, self.target.folder, segment.base());
        let offsets = IndexFile::<OffsetEntry>::open(disk, folder, base)?;
        let times = IndexFile::<TimeEntry>::open(disk, folder, base)?;
        let (Some(offsets), Some(times)) = (offsets, times) else {
            return self.walked_index(IndexWriter::empty(base), segment, 0, position);
        };
        if let Some(summary) = summary::read(disk, folder, base, position)? {
            return Ok(IndexWriter::resume(base, offsets.count(), times.count(), summary.newest));
        }
        // The files may have lost entries, but up to a time entry that the log confirms, the newest timestamp
        // is known. From there on the headers tell.
        let last = offsets.last_where(|entry| entry.position < position)?;
        let time = match last {
            Some((_, last)) => times.last_where(|time| time.relative <= last.relative)?,
            None => None,
        };
        if let Some((number, time)) = time {
            let newest = Newest { timestamp: time.timestamp, offset: base + i64::from(time.relative) };
            if let Some(from) = segment.position_confirmed(disk, newest, position)? {
                let kept = offsets.last_where(|entry| entry.position <= from)?;
                let kept = kept.map_or(0, |(number, _)| number + 1);
                let writer = IndexWriter::resume(base, kept, number + 1, Some(newest));
                return self.walked_index(writer, segment, from, position);
            }
        }
        self.walked_index(IndexWriter::empty(base), segment, 0, position)
    }

    /// Adds what lies between there and the place from which the log is scanned.
    fn walked_index(
        &self,
        mut writer: IndexWriter,
        segment: &Segment,
        from: u32,
        to: u32,
    ) -> io::Result<IndexWriter> {
        let file = segment.file(&*self.target.context.disk)?;
        let mut scanner = Scanner::headers(&*file, from, to);
        while let Ok(Some(info)) = scanner.next()? {
            self.index(&mut writer, &info, scanner.position())?;
            scanner.skip(&info);
        }
        Ok(writer)
    }
}
