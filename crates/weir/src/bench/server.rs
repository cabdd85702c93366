//! A server of our own binary in a temporary directory, seen from outside.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use machine::random::Random;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::api_client::{ApiClient, CallError};
use crate::credentials::{Credentials, CredentialsError};
use crate::terminal;

/// A running server; killed when dropped.
pub(crate) struct BenchServer {
    child: Child,
    directory: PathBuf,
    endpoint: SocketAddr,
    api: ApiClient,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    #[error("the server under test: {0}")]
    Io(#[from] io::Error),
    #[error("the server under test ended before it was ready")]
    NotReady,
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    #[error(transparent)]
    Call(#[from] CallError),
}

impl BenchServer {
    /// Starts one and waits until it is ready.
    pub(crate) async fn start(parent: &Path) -> Result<Self, BenchError> {
        let directory = parent.join(format!("weir-bench-{:016x}", Random::system().u64()));
        std::fs::create_dir(&directory)?;
        let endpoint = free_port()?;
        let config = directory.join("weir.toml");
        // The rates of the vendor and of what is bought would be what is measured.
        std::fs::write(&config, "[aliyun]\nrate_limits = false\n\n[kafka]\ntraffic_limits = \"off\"\n")?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg("serve")
            .args(["--listen", &endpoint.to_string(), "--kafka-port-base", "20092"])
            .arg("--data-dir")
            .arg(directory.join("data"))
            .arg("--config")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .env("WEIR_LOG", "error")
            .kill_on_drop(true)
            .spawn()?;
        let stderr = child.stderr.take().expect("stderr is piped above");
        let mut lines = BufReader::new(stderr).lines();
        loop {
            match lines.next_line().await? {
                Some(line) if line == "Ready." => break,
                Some(line) => terminal::remark(line),
                None => return Err(BenchError::NotReady),
            }
        }
        // Its log goes on to ours: a pipe that nobody reads would stop it.
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                terminal::remark(line);
            }
        });
        let credentials = Credentials::find(&directory.join("data"))?;
        let api = ApiClient::new(&format!("http://{endpoint}"), credentials)?;
        Ok(Self { child, directory, endpoint, api })
    }

    pub(crate) fn api(&self) -> &ApiClient {
        &self.api
    }

    pub(crate) fn endpoint(&self) -> SocketAddr {
        self.endpoint
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Memory it has in RAM now, in KiB.
    pub(crate) fn resident_kib(&self) -> io::Result<u32> {
        let id = self.child.id().ok_or(ErrorKind::NotFound)?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok())
            .ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "no VmRSS in the process's status"))
    }

    /// Stops it as an operator would, and removes what it left.
    pub(crate) async fn stop(mut self) -> Result<(), BenchError> {
        let pid = self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(pid) = pid {
            kill_process(pid, Signal::TERM).map_err(io::Error::from)?;
        }
        self.child.wait().await?;
        Ok(std::fs::remove_dir_all(&self.directory)?)
    }
}

/// A port that was free a moment ago.
fn free_port() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
