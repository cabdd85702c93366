//! What can go wrong with a cluster's durable state.

use std::io::ErrorKind;

use machine::commit::SyncFailed;
use machine::journal::JournalError;

/// A change did not become durable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No room on the disk. Nothing was changed; repeating helps once there is room.
    #[error("the disk is full: {0}")]
    Full(String),
    /// The change could not be written. Nothing was changed.
    #[error("{0}")]
    Refused(String),
    /// A sync failed. Nobody can say whether the change is there until a restart has read the journal.
    #[error(transparent)]
    Lost(#[from] SyncFailed),
}

impl From<JournalError> for StoreError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::SyncFailed(failed) => Self::Lost(failed),
            JournalError::Io { attempt, file, source }
                if matches!(source.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) =>
            {
                Self::Full(format!("cannot {attempt} {}: {source}", file.display()))
            }
            JournalError::Io { attempt, file, source } => {
                Self::Refused(format!("cannot {attempt} {}: {source}", file.display()))
            }
            other => Self::Refused(other.to_string()),
        }
    }
}

/// A cluster's state could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The journal is damaged, of a later version, or cannot be read.
    #[error("the cluster's journal cannot be opened")]
    Journal(#[from] JournalError),
    /// The start itself could not be recorded.
    #[error("the start of the broker cannot be recorded")]
    Start(#[from] StoreError),
    /// The reading was cut short by a panic or the end of the runtime.
    #[error("the cluster's journal was not read to its end")]
    Interrupted(#[from] tokio::task::JoinError),
    /// The journal has records but does not say whose it is.
    #[error("the journal does not begin with the cluster's identity")]
    NoIdentity,
}
