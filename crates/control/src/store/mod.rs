//! What only the cloud knows, in a database: one writer, a few readers, SQL by noun.
//!
//! # Rules
//!
//! - Whatever a caller can name is looked up by account and region. Statements that span accounts belong to
//!   Weir itself (start-up, reconcilers, figures) and say so in their name: `…_everywhere`.
//! - All changes go through [`Store::write`]; a reader's connection refuses to write.
//! - A commit that was not answered is unknown, never repeated: see [`writer`].

pub(crate) mod accounts;
pub(crate) mod fault;
pub(crate) mod groups;
pub(crate) mod instances;
pub(crate) mod operations;
pub(crate) mod seal;
pub(crate) mod tags;
pub(crate) mod topics;

mod open;
mod text;
mod writer;

use std::path::Path;

use machine::disk::Disk;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool};

use crate::config::OpenError;
use crate::fail::FailPoints;
use crate::{Committed, Fault};

pub(crate) use open::connect_reader;
pub(crate) use writer::{Change, Tx};

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

    /// Transactions committed since the store was opened.
    pub(crate) fn commits(&self) -> u64 {
        self.writer.commits()
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
