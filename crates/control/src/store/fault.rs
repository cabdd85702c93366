//! What the database says when it cannot, in the control plane's words.

use crate::Fault;
use crate::fault::{EngineTrouble, Internal};

/// SQLite: no room on the disk.
const SQLITE_FULL: i32 = 13;
/// SQLite: somebody else holds a lock.
const SQLITE_BUSY: i32 = 5;
/// SQLite: a rule of the tables is broken.
const SQLITE_CONSTRAINT: i32 = 19;

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        match code(&error) {
            Some(SQLITE_FULL) => Self::Engine(EngineTrouble::StorageFull(Internal::new(error.to_string()))),
            // All rules are looked at before they can be broken, so breaking one is a mistake here.
            Some(SQLITE_CONSTRAINT) => Self::bug(error.to_string()),
            _ => Self::Engine(EngineTrouble::Store(Internal::new(error.to_string()))),
        }
    }
}

/// Whether a COMMIT that failed like this may have happened all the same.
pub(super) fn leaves_commit_unknown(error: &sqlx::Error) -> bool {
    !matches!(code(error), Some(SQLITE_FULL | SQLITE_BUSY | SQLITE_CONSTRAINT))
}

/// The store was closed.
pub(super) fn closed() -> Fault {
    Fault::Engine(EngineTrouble::Store(Internal::new("the store is closed")))
}

/// The writer has stopped over a commit without an answer.
pub(super) fn stopped() -> Fault {
    Fault::Engine(EngineTrouble::Store(Internal::new("a commit was not answered; nothing more is written")))
}

/// SQLite's primary result code; the extended ones say more in the upper bits.
fn code(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}
