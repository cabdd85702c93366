//! What opening a control plane takes, and what comes of it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use machine::clock::Clock;
use machine::disk::Disk;
use machine::random::Random;
use machine::secret::Secret;

use crate::engine::Engine;
use crate::fail::FailPoints;
use crate::policy::Language;
use crate::{AccessKey, Control, Fault};

/// Everything a control plane is opened with.
pub struct ControlConfig {
    /// The SQLite file; made, readable by its owner only, when it is missing. Its folder must exist.
    pub database: PathBuf,
    /// Where that file is.
    pub disk: Arc<dyn Disk>,
    /// Seals the secrets in the store. The same key must be given at every start.
    pub master_key: Secret<[u8; 32]>,
    /// All stamps come from it.
    pub clock: Clock,
    /// All ids and keys come from it.
    pub random: Random,
    /// What makes instances real.
    pub engine: Arc<dyn Engine>,
    /// An access key chosen by the operator: added to the first account, or its secret replaced.
    pub first_key: Option<FirstKey>,
    /// The rest, with defaults.
    pub options: Options,
}

/// An access key chosen by the operator.
#[derive(Clone, Debug)]
pub struct FirstKey {
    /// The public half.
    pub id: String,
    /// The half both sides sign with.
    pub secret: Secret<String>,
}

/// Settings with a default.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many instances may have ports at one time. Slots are numbered from 0.
    pub slots: u16,
    /// How long a call waits for an operation before it answers without its end.
    pub wait: Duration,
    /// When an operation tries again, and when it gives up.
    pub patience: Patience,
    /// How often the reconcilers run when nothing asks them to.
    pub reconcile_every: Duration,
    /// Whether a term that has ended is renewed by a month, again and again. Off: the instance stops with its term.
    pub renewal: bool,
    /// Whether groups that only consumers have made are listed.
    pub automatic_groups: bool,
    /// How many zones a region has, 1 to [`ZONES_MAX`](crate::zone::ZONES_MAX).
    pub zones: u8,
    /// What policies are written in, and which every account has.
    pub language: Language,
    /// Failures asked for by a test.
    pub fail_points: FailPoints,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            slots: 1_000,
            wait: Duration::from_secs(10),
            patience: Patience::default(),
            reconcile_every: Duration::from_secs(60),
            renewal: true,
            automatic_groups: false,
            zones: 3,
            language: Language::NONE,
            fail_points: FailPoints::none(),
        }
    }
}

/// When an operation tries again, and when it gives up.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Pause after the first failure; each further one doubles it.
    pub pause_first: Duration,
    /// The longest pause.
    pub pause_max: Duration,
    /// Failures of one step after which an operation that can be undone is undone. Others never give up.
    pub attempts: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self { pause_first: Duration::from_millis(50), pause_max: Duration::from_secs(30), attempts: 5 }
    }
}

impl Patience {
    /// The pause after `failures` failures in a row.
    pub(crate) fn pause(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(20);
        self.pause_first.saturating_mul(1 << doublings).min(self.pause_max)
    }
}

/// An open control plane and the key to call it with.
#[derive(Debug)]
pub struct Opened {
    /// The control plane, serving.
    pub control: Control,
    /// The operator's key when one was given, else the oldest key of the first account.
    pub first_key: AccessKey,
}

/// Why a control plane did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file could not be made or read.
    #[error("cannot open the database {}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// SQLite refused.
    #[error("the database does not answer")]
    Database(#[source] sqlx::Error),
    /// The SQLite library can damage databases in WAL mode.
    #[error("SQLite {found} is too old: {wanted} or later is needed, earlier ones can damage the database")]
    LibraryTooOld {
        /// The version that is linked.
        found: String,
        /// The oldest that will do.
        wanted: &'static str,
    },
    /// Commits would not survive a power cut.
    #[error(
        "the database cannot keep a write-ahead log here (journal {journal}, synchronous {synchronous}); \
         put the data directory on a local filesystem"
    )]
    NotDurable {
        /// The kind of journal SQLite uses instead.
        journal: String,
        /// How often it syncs.
        synchronous: i64,
    },
    /// The tables are not those of any version this build knows, or an upgrade of them failed.
    #[error("the database's tables do not fit this version of Weir (made by a later one?)")]
    Tables(#[source] sqlx::migrate::MigrateError),
    /// A stored secret does not open with this master key.
    #[error("the master key is not the one that the database's secrets were sealed with")]
    MasterKey,
    /// Something in the database cannot be, or a statement failed.
    #[error("the database could not be read or written: {0:?}")]
    Contents(Fault),
}

impl From<Fault> for OpenError {
    fn from(fault: Fault) -> Self {
        Self::Contents(fault)
    }
}

impl fmt::Debug for ControlConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ControlConfig")
            .field("database", &self.database)
            .field("first_key", &self.first_key)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let patience = Patience {
            pause_first: Duration::from_millis(10),
            pause_max: Duration::from_millis(35),
            attempts: 3,
        };
        let pauses: Vec<_> = (1..=4).map(|failures| patience.pause(failures).as_millis()).collect();
        assert_eq!(pauses, [10, 20, 35, 35]);
        assert_eq!(patience.pause(u32::MAX), patience.pause_max);
    }
}
