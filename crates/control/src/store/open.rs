//! Opening the database: the file, the connections and their settings, the tables.
//!
//! The only part of the store that knows which database it is; the statements elsewhere are of the kind that
//! SQLite and PostgreSQL share.

use std::io;
use std::path::Path;

use machine::disk::{Disk, OpenMode};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AnyConnection, AnyPool, ConnectOptions, Executor};

use crate::config::OpenError;

/// The oldest SQLite that does not damage a database in WAL mode when a reset of the log meets a reader.
const SQLITE_MIN: &str = "3.51.3";

/// Readers are short; a few are plenty, and each costs a thread and a cache.
const READERS_MAX: u32 = 3;

/// Cache sizes are in KiB (negative by SQLite's convention); the default of 2 MiB each would be most of what
/// an idle server needs.
const WRITER_SETTINGS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA busy_timeout = 5000;
    PRAGMA cache_size = -1024;
";
const READER_SETTINGS: &str = "
    PRAGMA query_only = ON;
    PRAGMA busy_timeout = 5000;
    PRAGMA cache_size = -512;
";

static MIGRATIONS: Migrator = sqlx::migrate!();

/// What an open database consists of.
pub(super) struct Connections {
    pub(super) writer: AnyConnection,
    pub(super) readers: AnyPool,
}

pub(super) async fn open(database: &Path, disk: &dyn Disk) -> Result<Connections, OpenError> {
    sqlx::any::install_default_drivers();
    make_file(database, disk).map_err(|source| OpenError::File { path: database.into(), source })?;
    let options = options(database, false)?;

    let mut writer = options.connect().await.map_err(OpenError::Database)?;
    check_library(&mut writer).await?;
    writer.execute(sqlx::raw_sql(WRITER_SETTINGS)).await.map_err(OpenError::Database)?;
    MIGRATIONS.run_direct(None, &mut writer, false).await.map_err(OpenError::Tables)?;

    let readers = AnyPoolOptions::new()
        .max_connections(READERS_MAX)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(sqlx::raw_sql(READER_SETTINGS)).await?;
                Ok(())
            })
        })
        .connect_lazy_with(options);
    Ok(Connections { writer, readers })
}

/// A connection to a database that nobody may have open, only for reading.
pub(crate) async fn connect_reader(database: &Path) -> Result<AnyConnection, OpenError> {
    sqlx::any::install_default_drivers();
    let mut reader = options(database, true)?.connect().await.map_err(OpenError::Database)?;
    check_library(&mut reader).await?;
    Ok(reader)
}

/// Makes the file before SQLite would: it holds secrets, and SQLite gives its log the same mode.
fn make_file(database: &Path, disk: &dyn Disk) -> io::Result<()> {
    match disk.open(database, OpenMode::CreateSecret) {
        Ok(file) => {
            file.sync_data()?;
            match database.parent() {
                Some(folder) if folder != Path::new("") => disk.sync_dir(folder),
                _ => disk.sync_dir(Path::new(".")),
            }
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn options(database: &Path, read_only: bool) -> Result<AnyConnectOptions, OpenError> {
    let file_error = |source| OpenError::File { path: database.into(), source };
    // The URL would read a relative path's first part as a host.
    let path = std::path::absolute(database).map_err(file_error)?;
    let text = path.to_str().ok_or_else(|| file_error(io::ErrorKind::InvalidFilename.into()))?;
    // The URL is made with everything escaped but the escape itself.
    let escaped = text.replace('%', "%25");
    let url = SqliteConnectOptions::new().filename(escaped).read_only(read_only).to_url_lossy();
    AnyConnectOptions::from_url(&url).map_err(OpenError::Database)
}

async fn check_library(connection: &mut AnyConnection) -> Result<(), OpenError> {
    let found: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(connection)
        .await
        .map_err(OpenError::Database)?;
    if numbers(&found) >= numbers(SQLITE_MIN) {
        Ok(())
    } else {
        Err(OpenError::LibraryTooOld { found, wanted: SQLITE_MIN })
    }
}

/// A version as numbers, so that 3.9 comes before 3.51.
fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(numbers("3.51.3") >= numbers(SQLITE_MIN));
        assert!(numbers("3.52.0") >= numbers(SQLITE_MIN));
        assert!(numbers("3.51.2") < numbers(SQLITE_MIN));
        assert!(numbers("3.9.9") < numbers(SQLITE_MIN));
    }
}
