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

/// How SQLite answers when asked for `PRAGMA synchronous` and it is FULL.
const SYNCHRONOUS_FULL: i64 = 2;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// What an open database consists of.
pub(super) struct Connections {
    pub(super) writer: AnyConnection,
    pub(super) readers: AnyPool,
}

pub(super) async fn open(database: &Path, disk: &dyn Disk) -> Result<Connections, OpenError> {
    sqlx::any::install_default_drivers();
    make_file(database, disk).map_err(|source| OpenError::File { path: database.into(), source })?;
    let options = options(database, Access::ReadWrite)?;

    let mut writer = options.connect().await.map_err(OpenError::Database)?;
    check_library(&mut writer).await?;
    writer.execute(sqlx::raw_sql(WRITER_SETTINGS)).await.map_err(OpenError::Database)?;
    check_durable(&mut writer).await?;
    MIGRATIONS.run_direct(None, &mut writer, false).await.map_err(OpenError::Tables)?;

    let readers = AnyPoolOptions::new()
        .max_connections(READERS_MAX)
        // A file does not hang up.
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(sqlx::raw_sql(READER_SETTINGS)).await?;
                Ok(())
            })
        })
        .connect_lazy_with(options);
    Ok(Connections { writer, readers })
}

/// A connection to a database that nobody has open, only for reading. It leaves no trace beside the file.
pub(crate) async fn connect_reader(database: &Path, disk: &dyn Disk) -> Result<AnyConnection, OpenError> {
    sqlx::any::install_default_drivers();
    // After a crash the log holds commits and has to be read, with the files that are there for it. Without
    // one, SQLite would make an empty one and leave it, unless told that nothing can change.
    let settled =
        log_is_empty(database, disk).map_err(|source| OpenError::File { path: database.into(), source })?;
    let access = if settled { Access::Settled } else { Access::ReadOnly };
    let mut reader = options(database, access)?.connect().await.map_err(OpenError::Database)?;
    check_library(&mut reader).await?;
    Ok(reader)
}

fn log_is_empty(database: &Path, disk: &dyn Disk) -> io::Result<bool> {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    match disk.open(Path::new(&log), OpenMode::Read) {
        Ok(log) => log.is_empty(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
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

/// What a connection may rely on and do.
#[derive(Clone, Copy)]
enum Access {
    ReadWrite,
    ReadOnly,
    /// Read only, and nobody else can change the file meanwhile.
    Settled,
}

fn options(database: &Path, access: Access) -> Result<AnyConnectOptions, OpenError> {
    let file_error = |source| OpenError::File { path: database.into(), source };
    // The URL would read a relative path's first part as a host.
    let path = std::path::absolute(database).map_err(file_error)?;
    let text = path.to_str().ok_or_else(|| file_error(io::ErrorKind::InvalidFilename.into()))?;
    // The URL is made with everything escaped but the escape itself.
    let escaped = text.replace('%', "%25");
    let options = SqliteConnectOptions::new().filename(escaped);
    let options = match access {
        Access::ReadWrite => options,
        Access::ReadOnly => options.read_only(true),
        Access::Settled => options.read_only(true).immutable(true),
    };
    AnyConnectOptions::from_url(&options.to_url_lossy()).map_err(OpenError::Database)
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

/// SQLite keeps its old journal without an error where it cannot have a write-ahead log.
async fn check_durable(writer: &mut AnyConnection) -> Result<(), OpenError> {
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *writer)
        .await
        .map_err(OpenError::Database)?;
    let synchronous: i64 =
        sqlx::query_scalar("PRAGMA synchronous").fetch_one(writer).await.map_err(OpenError::Database)?;
    if journal == "wal" && synchronous == SYNCHRONOUS_FULL {
        Ok(())
    } else {
        Err(OpenError::NotDurable { journal, synchronous })
    }
}

/// A version as numbers, so that 3.9 comes before 3.51.
fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use machine::disk::RealDisk;

    use super::*;

    #[tokio::test]
    async fn connections_have_their_settings() {
        async fn setting(connection: &mut AnyConnection, question: &'static str) -> i64 {
            sqlx::query_scalar(question).fetch_one(connection).await.unwrap()
        }
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("weir.db");
        let Connections { mut writer, readers } = open(&database, &RealDisk).await.unwrap();
        assert_eq!(setting(&mut writer, "PRAGMA synchronous").await, SYNCHRONOUS_FULL);
        assert_eq!(setting(&mut writer, "PRAGMA foreign_keys").await, 1);
        assert_eq!(setting(&mut writer, "PRAGMA busy_timeout").await, 5_000);
        let mut reader = readers.acquire().await.unwrap();
        assert_eq!(setting(&mut reader, "PRAGMA query_only").await, 1);
        assert!(reader.execute("DELETE FROM audit_head").await.is_err());
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(numbers("3.51.3") >= numbers(SQLITE_MIN));
        assert!(numbers("3.52.0") >= numbers(SQLITE_MIN));
        assert!(numbers("3.51.2") < numbers(SQLITE_MIN));
        assert!(numbers("3.9.9") < numbers(SQLITE_MIN));
    }
}
