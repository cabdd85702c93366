//! Looking at all logs of a data directory that nobody has open. Changes nothing.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use machine::disk::{Disk, OpenMode};

use super::compaction::{self, Pending};
use super::context::io;
use super::digests::{Beside, Digests, Owner};
use super::error::LogError;
use super::examination::{Examination, Expected};
use super::ledger::{Facts, Key, Ledger};
use super::segment::segment_path;
use super::{digests, metadata, snapshot, summary};

/// Bytes examined at a time.
const STEP: u32 = 1 << 20;

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// In which file.
    pub file: PathBuf,
    /// At which byte.
    pub offset: u64,
    /// What is wrong.
    pub kind: String,
}

impl Finding {
    /// One place.
    pub fn new(file: &Path, offset: u64, kind: impl Into<String>) -> Self {
        Self { file: file.to_owned(), offset, kind: kind.into() }
    }
}

/// Adds what is wrong with the logs in `folder`.
pub fn check(disk: &dyn Disk, folder: &Path, findings: &mut Vec<Finding>) -> Result<(), LogError> {
    let facts = Ledger::inspect(disk, folder)?;
    for entry in disk.list(folder).map_err(io("list", folder))? {
        let partition = entry.name.rsplit_once('-').and_then(|(_, number)| number.parse::<i32>().ok());
        let Some(partition) = partition.filter(|_| entry.is_dir) else { continue };
        let folder = folder.join(&entry.name);
        let metadata::Found::Topic(topic) = metadata::read(disk, &folder).map_err(io("read", &folder))?
        else {
            findings.push(Finding::new(
                &folder.join("partition.metadata"),
                0,
                "does not say which topic it is",
            ));
            continue;
        };
        // A log that was never synced has no facts, and nothing in it was promised to anybody.
        if let Some(facts) = facts.get(&(topic, partition)) {
            let log = Log { disk, folder: folder.clone().into(), key: (topic, partition), facts };
            log.check(findings).map_err(io("read", &folder))?;
        }
    }
    Ok(())
}

struct Log<'a> {
    disk: &'a dyn Disk,
    folder: Arc<Path>,
    key: Key,
    facts: &'a Facts,
}

impl Log<'_> {
    fn check(&self, findings: &mut Vec<Finding>) -> std::io::Result<()> {
        let names = self.disk.list(&self.folder)?;
        let numbers = |extension: &str| {
            let numbers = names.iter().filter_map(|entry| entry.name.strip_suffix(extension)?.parse().ok());
            numbers.collect::<Vec<i64>>()
        };
        let durable = self.facts.recovery;
        // The next start puts it in the place of what it was made of, of which some may be gone.
        let swaps = compaction::pending(self.disk, &self.folder, &names)?;
        let mut bases = numbers(".log");
        bases.retain(|base| !swaps.iter().any(|swap| (swap.base..swap.end).contains(base)));
        bases.extend(swaps.iter().map(|swap| swap.base));
        bases.sort_unstable();
        // What lies behind the recovery point was promised to nobody: recovery judges it.
        bases.retain(|base| *base <= durable.segment);
        if bases.first().is_none_or(|base| *base > self.facts.start) && durable.offset > self.facts.start {
            let path = segment_path(&self.folder, self.facts.start);
            findings.push(Finding::new(&path, 0, "what the log begins with is missing"));
        }
        for (index, base) in bases.iter().enumerate() {
            let end = bases.get(index + 1).copied();
            // Everything of it may be below the start already, and its removal be under way.
            if end.is_none_or(|end| end > self.facts.start) {
                let swap = swaps.iter().find(|swap| swap.base == *base);
                self.check_segment(*base, end, swap, findings)?;
            }
        }
        for offset in numbers(".snapshot").into_iter().filter(|offset| *offset <= durable.offset) {
            if snapshot::read(self.disk, &self.folder, offset)?.is_none() {
                let path = snapshot::path_of(&self.folder, offset);
                findings.push(Finding::new(&path, 0, "the snapshot of producers does not read"));
            }
        }
        Ok(())
    }

    fn check_segment(
        &self,
        base: i64,
        end: Option<i64>,
        swap: Option<&Pending>,
        findings: &mut Vec<Finding>,
    ) -> std::io::Result<()> {
        let path = swap.map_or_else(|| segment_path(&self.folder, base), |swap| swap.path.clone());
        let file = self.disk.open(&path, OpenMode::Read)?;
        let len = u32::try_from(file.len()?).map_err(|_| ErrorKind::FileTooLarge)?;
        let durable = self.facts.recovery;
        let is_last = base == durable.segment;
        let size = if is_last { len.min(durable.position) } else { len };
        let end = end.or(Some(durable.offset));
        let expected = Expected { epochs: self.facts.epochs.clone(), start: self.facts.start, end };
        let owner = Owner { key: self.key, base };
        let mut examination = match swap {
            // What is beside it is of the segment before it.
            Some(_) => Examination::begin_alone(owner, (file, size), expected),
            None => Examination::begin(self.disk, &self.folder, owner, (file, size), expected)?,
        };
        while !examination.step(STEP, |_, _| {})? {}
        let spots = examination.finish().spots;
        findings.extend(spots.iter().map(|spot| Finding::new(&path, u64::from(spot.position), spot.what)));
        if swap.is_some() {
            return Ok(());
        }
        if Digests::read(self.disk, &self.folder, owner, size)? == Beside::Damaged {
            let path = digests::path_of(&self.folder, base);
            findings.push(Finding::new(&path, 0, "the digests do not read; they are taken again"));
        }
        self.check_index(base, size, is_last, findings)
    }

    /// The summary vouches for the index files. The last segment's is left behind when the log grows.
    fn check_index(
        &self,
        base: i64,
        size: u32,
        is_last: bool,
        findings: &mut Vec<Finding>,
    ) -> std::io::Result<()> {
        let path = summary::path_of(&self.folder, base);
        let has_summary = match self.disk.open(&path, OpenMode::Read) {
            Ok(_) => true,
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(error),
        };
        if has_summary && !is_last {
            let found = summary::read(self.disk, &self.folder, base, size)?;
            let lists = found.and_then(|summary| summary.decided);
            let is_whole = match lists {
                Some(decided) => decided.read(self.disk, &self.folder, base)?.is_some(),
                None => found.is_some(),
            };
            if !is_whole {
                let kind = "the indexes are not those the summary was written with; they are built again";
                findings.push(Finding::new(&path, 0, kind));
            }
        }
        Ok(())
    }
}
