//! What only the cloud knows, in a database: one writer, a few readers, SQL by noun.
//!
//! # Rules
//!
//! - Whatever a caller can name is looked up by account and region. Statements that span accounts belong to
//!   Weir itself (start-up, reconcilers, figures) and say so in their name: `…_everywhere`.
//! - All changes go through [`Store::write`]; a reader's connection refuses to write.
//! - A commit that was not answered is unknown, never repeated: see [`writer`].

pub(crate) mod access_keys;
pub(crate) mod access_rules;
pub(crate) mod accounts;
pub(crate) mod allowed_addresses;
pub(crate) mod cipher_aliases;
pub(crate) mod cipher_keys;
pub(crate) mod client_tokens;
pub(crate) mod disk_keys;
pub(crate) mod fault;
pub(crate) mod groups;
pub(crate) mod instances;
pub(crate) mod memo;
pub(crate) mod network_tags;
pub(crate) mod networks;
pub(crate) mod operations;
pub(crate) mod permissions;
pub(crate) mod placements;
pub(crate) mod policies;
pub(crate) mod policy_attachments;
pub(crate) mod resource_groups;
pub(crate) mod seal;
pub(crate) mod security_groups;
pub(crate) mod sub_users;
pub(crate) mod subnets;
pub(crate) mod tags;
pub(crate) mod topic_records;
pub(crate) mod topics;
pub(crate) mod users;

mod open;
pub(crate) mod text;
mod writer;

use std::path::Path;

use machine::disk::Disk;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Transaction};

use crate::account::Caller;
use crate::config::OpenError;
use crate::fail::FailPoints;
use crate::ids::{AccountId, Region};
use crate::{Committed, Fault};

pub(crate) use open::connect_reader;
pub(crate) use writer::{Change, Tx};

/// Whose records, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) account: AccountId,
    pub(crate) region: Region,
}

impl Scope {
    /// What a caller can see of a region.
    pub(crate) fn of(caller: &Caller, region: &Region) -> Self {
        Self { account: caller.account.clone(), region: region.clone() }
    }
}

/// A statement about one record met one row: it was found under the same key in the same transaction.
fn one(rows: u64, what: &str) -> Result<(), Fault> {
    if rows == 1 {
        Ok(())
    } else {
        Err(Fault::bug(format!("{rows} records of a {what} instead of one were met")))
    }
}

/// An open store.
pub(crate) struct Store {
    writer: writer::Writer,
    readers: AnyPool,
}

impl Store {
    /// Opens the database, making it and bringing its tables up to date as needed.
    pub(crate) async fn open(
        database: &Path,
        disk: &dyn Disk,
        fail_points: FailPoints,
    ) -> Result<Self, OpenError> {
        let open::Connections { writer, readers } = open::open(database, disk).await?;
        Ok(Self { writer: writer::Writer::start(writer, fail_points), readers })
    }

    /// Runs `work` in a transaction of its own and commits it when it succeeds.
    ///
    /// The transaction runs to its end even when the caller goes away.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<Committed<T>, Fault>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Change<'t, T> + Send + 'static,
    {
        self.writer.write(work).await
    }

    /// A connection that can only read.
    pub(crate) async fn read(&self) -> Result<PoolConnection<Any>, Fault> {
        Ok(self.readers.acquire().await?)
    }

    /// The store as it is at one moment, however much is read of it: several statements that belong together.
    pub(crate) async fn snapshot(&self) -> Result<Transaction<'static, Any>, Fault> {
        Ok(self.readers.begin().await?)
    }

    /// Transactions committed since the store was opened.
    pub(crate) fn commits(&self) -> u64 {
        self.writer.commits()
    }

    /// Changes of the database since it was opened, those included of which nobody knows whether they happened.
    /// Moves before whoever asked for a change has an answer.
    pub(crate) fn changes(&self) -> u64 {
        self.writer.changes()
    }

    /// Whether the writer has stopped because it does not know whether a commit happened.
    pub(crate) fn failed(&self) -> bool {
        self.writer.failed()
    }

    /// Ends the transactions that are waiting, then closes the database.
    pub(crate) async fn close(&self) {
        // The writer goes last: the connection that closes last folds the log into the database, and that
        // has to be one that may write.
        self.readers.close().await;
        self.writer.close().await;
    }
}
