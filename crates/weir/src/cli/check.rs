//! `weir check`: look at everything in a data directory without changing it.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use control::audit::{DamageKind, integrity, verify};
use control::engine::DiskKey;
use control::ids::InstanceId;
use kafka_broker::Finding;
use machine::disk::sealed::SealedDisk;
use machine::disk::{Disk, RealDisk};
use machine::journal::{Journal, JournalError};
use machine::random::Random;
use rustix::fs::{FlockOperation, Mode, OFlags};
use serde_json::json;

use super::Failure;
use crate::config::Config;
use crate::engine::key_ring;
use crate::progress::Steps;
use crate::{format, serve, terminal};

/// Files that only their owner may read.
const SECRETS: [&str; 4] = ["master.key", "credentials.json", "ca.key", "weir.db"];
/// The records of used nonces.
const NONCES: [&str; 2] = ["nonces-even", "nonces-odd"];

/// Look for damage in the data directory of a server that is stopped. Only reads. Exit status: 0 clean, 1 damage
/// found, 2 could not look, at all or at an encrypted instance whose key is not to be used.
#[derive(Args, Debug)]
pub(super) struct Check {
    /// Print one JSON object instead of lines
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(self, config: &Config) -> ExitCode {
        let Looked { findings, unread } = match self.look(&config.data_dir) {
            Ok(looked) => looked,
            Err(error) => {
                if self.json {
                    terminal::print(json!({ "looked": false, "error": error.to_string() })).ok();
                }
                terminal::remark(format_args!("weir: cannot check: {error}"));
                return ExitCode::from(2);
            }
        };
        for (instance, reason) in &unread {
            terminal::remark(format_args!("weir: cannot check the instance {instance}: {reason}"));
        }
        let told = if self.json { tell_json(&findings, &unread) } else { tell(&findings, unread.is_empty()) };
        match told {
            Ok(()) if !findings.is_empty() => ExitCode::FAILURE,
            Ok(()) if unread.is_empty() => ExitCode::SUCCESS,
            _ => ExitCode::from(2),
        }
    }

    fn look(&self, data: &Path) -> Result<Looked, Failure> {
        let _lock = lock(data)?;
        format::verify(&RealDisk, data)?;
        let steps = if self.json { Steps::quiet() } else { Steps::new() };
        let mut findings = Vec::new();
        let step = steps.begin("database and audit record");
        let (found, keys) = database(data)?;
        findings.extend(found);
        step.done("read");
        let step = steps.begin("journals and secrets");
        for name in NONCES {
            match Journal::inspect(&RealDisk, data, name, |_| Ok(())) {
                Ok(_) => {}
                Err(JournalError::Damaged { file, offset, what }) => {
                    findings.push(Finding::new(&file, offset, what));
                }
                Err(error) => return Err(error.into()),
            }
        }
        findings.extend(modes(data)?);
        step.done("read");
        let step = steps.begin("logs");
        let plain: Arc<dyn Disk> = Arc::new(RealDisk);
        let through = |name: &str| match keys.get(&InstanceId::new(name)) {
            Some(Err(_)) => None,
            Some(Ok(keys)) => {
                let ring = key_ring(keys)?;
                let sealed = SealedDisk::new(plain.clone(), ring, Random::system());
                Some(Arc::new(sealed) as Arc<dyn Disk>)
            }
            None => Some(plain.clone()),
        };
        findings.extend(kafka_broker::check(&RealDisk, &data.join("kafka"), through)?);
        step.done("read");
        let unread = keys.into_iter().filter_map(|(id, keys)| Some((id, keys.err()?))).collect();
        Ok(Looked { findings, unread })
    }
}

/// What a look has found.
struct Looked {
    findings: Vec<Finding>,
    /// Instances that could not be looked at, each with the reason.
    unread: Vec<(InstanceId, String)>,
}

/// The keys of sealed instances, or why they cannot be had.
type Keys = BTreeMap<InstanceId, Result<Vec<DiskKey>, String>>;

/// Takes the data directory as far as can be without writing, so that no server begins meanwhile.
fn lock(data: &Path) -> Result<Option<OwnedFd>, Failure> {
    if !data.is_dir() {
        return Err(format!("there is no data directory {}", data.display()).into());
    }
    let path = data.join("lock");
    let lock = match rustix::fs::open(&path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) {
        Ok(lock) => lock,
        // A copy need not have one.
        Err(rustix::io::Errno::NOENT) => return Ok(None),
        Err(error) => return Err(format!("{}: {error}", path.display()).into()),
    };
    match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(lock)),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(format!(
            "a server uses {}; stop it first. While it runs it looks itself: see weir_kafka_partitions_damaged in /metrics",
            data.display()
        )
        .into()),
        Err(error) => Err(format!("{}: {error}", path.display()).into()),
    }
}

/// What is wrong with the database, and the keys that are in it. A log that was left by a crash is read in a copy: SQLite
/// would change files.
fn database(data: &Path) -> Result<(Vec<Finding>, Keys), Failure> {
    let path = &data.join("weir.db");
    if !path.exists() {
        return Ok((vec![Finding::new(path, 0, "the database is missing")], Keys::new()));
    }
    let master_key = serve::master_key_read(data)?;
    let log = path.with_extension("db-wal");
    let has_log = std::fs::metadata(&log).is_ok_and(|log| log.len() > 0);
    let copy = has_log.then(|| Copy::of(path, &log)).transpose()?;
    let read = copy.as_ref().map_or(path, |copy| &copy.database);
    let found = serve::block_on(async {
        let mut findings = Vec::new();
        match integrity(read, &RealDisk).await {
            Ok(told) => findings.extend(told.iter().map(|line| Finding::new(path, 0, line.as_str()))),
            Err(error) => findings.push(Finding::new(path, 0, serve::chain(&error))),
        }
        match verify(read, &RealDisk).await {
            Ok(report) => findings.extend(report.damage.iter().map(|damage| {
                let what = match damage.kind {
                    DamageKind::Edited => "is not as it was written",
                    DamageKind::Unlinked => "does not follow the one before",
                    DamageKind::EndMoved => "is not where the record ended",
                };
                Finding::new(path, 0, format!("audit record {} {what}", damage.sequence))
            })),
            Err(error) => findings.push(Finding::new(path, 0, serve::chain(&error))),
        }
        let keys = control::disk_keys(read, &RealDisk, master_key.as_ref()).await;
        (findings, keys)
    });
    match found {
        (findings, Ok(keys)) => Ok((findings, keys)),
        // Without it nobody can say which instances are sealed.
        (findings, Err(_)) if !findings.is_empty() => Ok((findings, Keys::new())),
        (_, Err(error)) => Err(serve::chain(&error).into()),
    }
}

/// A database with its log in a folder of its own, removed in the end.
struct Copy {
    folder: std::path::PathBuf,
    database: std::path::PathBuf,
}

impl Copy {
    fn of(path: &Path, log: &Path) -> io::Result<Self> {
        let folder =
            std::env::temp_dir().join(format!("weir-check-{}", machine::random::Random::system().uuid()));
        std::fs::create_dir(&folder)?;
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700))?;
        let copy = Self { database: folder.join("weir.db"), folder };
        std::fs::copy(path, &copy.database)?;
        std::fs::copy(log, copy.folder.join("weir.db-wal"))?;
        Ok(copy)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

/// Secrets that others than their owner can read.
fn modes(data: &Path) -> io::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for name in SECRETS {
        let path = data.join(name);
        match std::fs::metadata(&path) {
            Ok(found) if found.permissions().mode() & 0o077 != 0 => {
                let mode = found.permissions().mode() & 0o777;
                findings.push(Finding::new(&path, 0, format!("mode {mode:o}: others can read a secret")));
            }
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(findings)
}

fn tell(findings: &[Finding], is_all: bool) -> io::Result<()> {
    for Finding { file, offset, kind } in findings {
        terminal::print(format_args!("{} at byte {offset}: {kind}", file.display()))?;
    }
    if findings.is_empty() && is_all {
        terminal::print("clean")?;
    }
    Ok(())
}

fn tell_json(findings: &[Finding], unread: &[(InstanceId, String)]) -> io::Result<()> {
    let list: Vec<_> = findings
        .iter()
        .map(|Finding { file, offset, kind }| json!({ "file": file, "offset": offset, "kind": kind }))
        .collect();
    let unread: Vec<_> =
        unread.iter().map(|(instance, reason)| json!({ "instance": instance, "reason": reason })).collect();
    let mut told = json!({ "looked": true, "damage": list });
    if !unread.is_empty() {
        told["unread"] = unread.into();
    }
    terminal::print(format_args!("{told:#}"))
}
