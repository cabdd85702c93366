//! What the machine itself takes for the least that makes something durable.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};
use tokio::time::Instant;

const RUNS: usize = 200;
const APPEND_BYTES: usize = 4096;

/// One-row transactions in a database set up like ours.
pub(crate) async fn sqlite_commits(directory: &Path) -> Result<Vec<Duration>, sqlx::Error> {
    let url = format!("sqlite://{}", directory.join("floor.db").display());
    let mut database = SqliteConnectOptions::from_str(&url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .connect()
        .await?;
    sqlx::query("CREATE TABLE row (number INTEGER PRIMARY KEY, text TEXT NOT NULL)")
        .execute(&mut database)
        .await?;
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let begun = Instant::now();
        sqlx::query("INSERT INTO row (text) VALUES ('one row')").execute(&mut database).await?;
        times.push(begun.elapsed());
    }
    database.close().await?;
    Ok(times)
}

/// Appends to a file, each synced.
pub(crate) fn syncs(directory: &Path) -> io::Result<Vec<Duration>> {
    let mut file = File::create(directory.join("floor.log"))?;
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let begun = Instant::now();
        file.write_all(&[0x5a; APPEND_BYTES])?;
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    Ok(times)
}
