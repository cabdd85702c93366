//! Looking at everything that closed clusters keep. Changes nothing.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use machine::disk::Disk;
use machine::journal::{Journal, JournalError};

use crate::broker::ERASED;
use crate::log::{self, Finding};
use crate::meta::Record;

/// What is wrong with the clusters in `folder`, which no server has open. `through` says on which disk a cluster of this
/// name is to be read, as one whose files are sealed; it is left out when there is none.
pub fn check(
    disk: &dyn Disk,
    folder: &Path,
    through: impl Fn(&str) -> Option<Arc<dyn Disk>>,
) -> io::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let clusters = match disk.list(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(findings),
        list => list?,
    };
    for cluster in clusters.iter().filter(|entry| entry.is_dir && !entry.name.ends_with(ERASED)) {
        let folder = folder.join(&cluster.name);
        let Some(disk) = through(&cluster.name) else { continue };
        let disk = &*disk;
        let meta = Journal::inspect(disk, &folder, "meta", |payload| {
            Record::decode(payload).map(drop).map_err(|error| error.to_string())
        });
        match meta {
            Ok(true) => {}
            Ok(false) => findings.push(Finding::new(&folder, 0, "the journal of the cluster is missing")),
            Err(error) => findings.push(journal(error)?),
        }
        match log::check(disk, &folder, &mut findings) {
            Ok(()) => {}
            Err(log::LogError::Ledger(error)) => findings.push(journal(error)?),
            Err(log::LogError::Io { path, source, .. }) => findings.push(unreadable(&path, source)?),
            Err(error) => return Err(io::Error::other(error)),
        }
    }
    Ok(findings)
}

/// Damage of a journal; an error when it could not be looked at.
fn journal(error: JournalError) -> io::Result<Finding> {
    match error {
        JournalError::Damaged { file, offset, what } => Ok(Finding::new(&file, offset, what)),
        JournalError::Refused { file, offset, reason } => Ok(Finding::new(&file, offset, reason)),
        JournalError::Io { file, source, .. } => unreadable(&file, source),
        other => Err(io::Error::other(other)),
    }
}

/// A file that is not sealed as it should be; an error when it could not be looked at.
fn unreadable(file: &Path, error: io::Error) -> io::Result<Finding> {
    match error.kind() {
        ErrorKind::InvalidData => Ok(Finding::new(file, 0, error.to_string())),
        _ => Err(error),
    }
}
