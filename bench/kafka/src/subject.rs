//! A server under measurement, whatever it is.

use std::time::Duration;

use tempfile::TempDir;

use crate::process::Process;

/// One that serves.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) bootstrap: String,
    pub(crate) process: Process,
    /// From its start to where clients can be told to connect.
    pub(crate) started: Duration,
    pub(crate) _directory: TempDir,
}

/// What an acknowledgement of `acks=all` promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// The kernel has it: Kafka's default.
    PageCache,
    /// The disk has it: Weir's default, `flush.messages=1` in Kafka.
    Synced,
}

impl Durability {
    /// The value of `flush.messages` that asks both servers for it.
    pub(crate) fn flush_messages(self) -> &'static str {
        match self {
            Self::PageCache => "9223372036854775807",
            Self::Synced => "1",
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::PageCache => "page cache",
            Self::Synced => "synced",
        }
    }
}

/// A port that is free now.
pub(crate) fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Tries until it succeeds, for a minute.
pub(crate) fn eventually<T>(
    mut attempt: impl FnMut() -> Result<T, crate::Failure>,
) -> Result<T, crate::Failure> {
    let began = std::time::Instant::now();
    loop {
        match attempt() {
            Ok(value) => return Ok(value),
            Err(error) if began.elapsed() > Duration::from_secs(60) => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}
