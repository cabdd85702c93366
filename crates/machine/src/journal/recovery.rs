//! Opening a journal after whatever happened to it.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::format::{ALIGNMENT, HEADER_LEN, Header, RECORD_HEADER_LEN, RecordHeader};
use super::{Draft, JournalError, State, path_of, remove_if_there};
use crate::disk::{Disk, File, OpenMode};

/// Bytes read at a time.
const WINDOW: usize = 1 << 18;

/// Opens the journal, or makes it; whether it was made.
pub(super) fn open(
    disk: &dyn Disk,
    folder: &Path,
    name: &str,
    replay: &mut dyn FnMut(&[u8]) -> Result<(), String>,
) -> Result<(State, bool), JournalError> {
    let fail = |source| JournalError::Io { attempt: "open a journal in", file: folder.to_owned(), source };
    let (generations, drafts) = match generations(disk, folder, name) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            disk.create_dir_all(folder).map_err(fail)?;
            (Vec::new(), Vec::new())
        }
        other => other.map_err(fail)?,
    };
    // The names found may not be durable: whoever made them may have died before syncing. Nothing is built on
    // a name, and no older generation removed, before that is certain.
    disk.sync_dir(folder).map_err(fail)?;
    for draft in drafts {
        remove_if_there(disk, &folder.join(draft)).map_err(fail)?;
    }
    let Some((newest, older)) = generations.split_last() else {
        let draft = Draft::write(disk, folder, name, 1, |_snapshot| Ok(()))?;
        return Ok((draft.publish(disk).map_err(fail)?, true));
    };
    let state = recover(disk, &path_of(folder, name, *newest), *newest, replay)?;
    // The newest took its name only when it was durable and whole, so the older ones have served.
    for generation in older {
        remove_if_there(disk, &path_of(folder, name, *generation)).map_err(fail)?;
    }
    Ok((state, false))
}

/// Generations that have files, ascending, and the names of drafts that never became one.
fn generations(disk: &dyn Disk, folder: &Path, name: &str) -> io::Result<(Vec<u64>, Vec<String>)> {
    let (mut generations, mut drafts) = (Vec::new(), Vec::new());
    for entry in disk.list(folder)? {
        let Some(rest) = entry.name.strip_prefix(name).and_then(|rest| rest.strip_prefix('-')) else {
            continue;
        };
        if let Some(Ok(generation)) = rest.strip_suffix(".journal").map(str::parse::<u64>) {
            generations.push(generation);
        } else if let Some(Ok(_)) = rest.strip_suffix(".journal.tmp").map(str::parse::<u64>) {
            drafts.push(entry.name);
        }
    }
    generations.sort_unstable();
    Ok((generations, drafts))
}

/// Replays the journal without changing anything; false when there is none.
pub(super) fn inspect(
    disk: &dyn Disk,
    folder: &Path,
    name: &str,
    replay: &mut dyn FnMut(&[u8]) -> Result<(), String>,
) -> Result<bool, JournalError> {
    let fail = |source| JournalError::Io { attempt: "read a journal in", file: folder.to_owned(), source };
    let (generations, _drafts) = generations(disk, folder, name).map_err(fail)?;
    let Some(newest) = generations.last() else { return Ok(false) };
    let path = path_of(folder, name, *newest);
    let file = disk.open(&path, OpenMode::Read).map_err(fail)?;
    walk(&*file, &path, *newest, replay)?;
    Ok(true)
}

fn recover(
    disk: &dyn Disk,
    path: &Path,
    generation: u64,
    replay: &mut dyn FnMut(&[u8]) -> Result<(), String>,
) -> Result<State, JournalError> {
    let fail = |source| JournalError::Io { attempt: "recover", file: path.to_owned(), source };
    let file = disk.open(path, OpenMode::Write).map_err(fail)?;
    file.evict();
    let Walked { snapshot_end, mut synced, end, data_end, len } = walk(&*file, path, generation, replay)?;
    if end < len {
        tracing::warn!(file = %path.display(), offset = end, bytes = len - end, "cut a torn tail");
        file.set_len(end).map_err(fail)?;
    }
    // The owner acts on what was replayed, so it must not un-happen; and a tail that was cut must not come
    // back behind later records.
    if end < len || synced < data_end {
        file.sync_data().map_err(fail)?;
        synced = end;
    }
    Ok(State { file, generation, snapshot_end, end, synced, appended: 0, begun: 0, buffer: Vec::new() })
}

/// How far a journal reads.
struct Walked {
    snapshot_end: u64,
    synced: u64,
    /// End of the last whole group, and of the last one that is more than a mark.
    end: u64,
    data_end: u64,
    /// Of the file.
    len: u64,
}

fn walk(
    file: &dyn File,
    path: &Path,
    generation: u64,
    replay: &mut dyn FnMut(&[u8]) -> Result<(), String>,
) -> Result<Walked, JournalError> {
    let fail = |source| JournalError::Io { attempt: "read", file: path.to_owned(), source };
    let len = file.len().map_err(fail)?;
    let damaged = |offset, what| JournalError::Damaged { file: path.to_owned(), offset, what };
    let mut reader = Reader { file, len, window: Vec::new(), start: 0, generation };

    let head = reader.bytes(0, usize::try_from(HEADER_LEN.min(len)).unwrap_or(0)).map_err(fail)?;
    let header = Header::decode(head).map_err(|what| damaged(0, what))?;
    if header.generation != generation {
        return Err(damaged(0, "it belongs to another generation"));
    }

    let mut synced = header.snapshot_end;
    let (mut end, mut data_end) = (HEADER_LEN, HEADER_LEN);
    let mut position = HEADER_LEN;
    let mut group: Vec<(u64, Vec<u8>)> = Vec::new();
    while let Some((record, payload)) = reader.record(position).map_err(fail)? {
        synced = synced.max(record.synced);
        if !record.mark {
            group.push((position, payload.to_vec()));
        }
        position += record.record_len() as u64;
        if !record.more {
            end = position;
            if !record.mark {
                data_end = end;
            }
            for (offset, payload) in group.drain(..) {
                replay(&payload).map_err(|reason| JournalError::Refused {
                    file: path.to_owned(),
                    offset,
                    reason,
                })?;
            }
        }
    }

    if end < header.snapshot_end {
        return Err(damaged(position, "the snapshot does not read to its end"));
    }
    if end < len && reader.newest_mark_after(position).map_err(fail)? > position {
        return Err(damaged(position, "what stands here was durable and does not read"));
    }
    Ok(Walked { snapshot_end: header.snapshot_end, synced, end, data_end, len })
}

/// Reads through a window, so that memory does not grow with the file.
struct Reader<'a> {
    file: &'a dyn File,
    len: u64,
    window: Vec<u8>,
    start: u64,
    generation: u64,
}

impl Reader<'_> {
    /// `count` bytes at `position`, which the file has.
    fn bytes(&mut self, position: u64, count: usize) -> io::Result<&[u8]> {
        let held = self.start..self.start + self.window.len() as u64;
        if position < held.start || position + count as u64 > held.end {
            let rest = usize::try_from(self.len - position).unwrap_or(usize::MAX);
            self.window.resize(count.max(WINDOW).min(rest), 0);
            let got = self.file.read_at(&mut self.window, position)?;
            self.window.truncate(got);
            self.start = position;
            if got < count {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        let from = usize::try_from(position - self.start).unwrap_or(usize::MAX);
        Ok(&self.window[from..from + count])
    }

    /// The record at `position`; none at the end, or when there is no whole and right one.
    fn record(&mut self, position: u64) -> io::Result<Option<(RecordHeader, &[u8])>> {
        if position + RECORD_HEADER_LEN as u64 > self.len {
            return Ok(None);
        }
        let header = RecordHeader::decode(self.bytes(position, RECORD_HEADER_LEN)?);
        let Some(header) = header.filter(|header| position + header.record_len() as u64 <= self.len) else {
            return Ok(None);
        };
        let generation = self.generation;
        let payload = &self.bytes(position, header.record_len())?[RECORD_HEADER_LEN..][..header.len];
        Ok(header.fits(payload, generation, position).then_some((header, payload)))
    }

    /// The furthest point that any record after `position` knows to be durable; zero when there is none.
    fn newest_mark_after(&mut self, position: u64) -> io::Result<u64> {
        let mut newest = 0;
        let mut at = position + ALIGNMENT as u64;
        while at < self.len {
            at += match self.record(at)? {
                Some((record, _payload)) => {
                    newest = newest.max(record.synced);
                    record.record_len() as u64
                }
                None => ALIGNMENT as u64,
            };
        }
        Ok(newest)
    }
}
