//! A server as a process: what it used, and its end.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::Failure;

/// A started process; killed when dropped.
pub(crate) struct Process(Child);

/// Processor time used and memory held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) cpu: Duration,
    /// In bytes.
    pub(crate) resident: u64,
}

impl Process {
    /// Starts it with its output in `log`.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Result<Self, Failure> {
        let out = std::fs::File::create(log)?;
        let error = out.try_clone()?;
        let child = command.stdin(Stdio::null()).stdout(out).stderr(error).spawn();
        Ok(Self(child.map_err(|error| format!("{}: {error}", command.get_program().display()))?))
    }

    /// Fails when it has ended.
    pub(crate) fn check(&mut self) -> Result<(), Failure> {
        match self.0.try_wait()? {
            None => Ok(()),
            Some(status) => Err(format!("a server ended with {status}").into()),
        }
    }

    pub(crate) fn usage(&self) -> Result<Usage, Failure> {
        let folder = Path::new("/proc").join(self.0.id().to_string());
        let stat = std::fs::read_to_string(folder.join("stat"))?;
        // The name before the last parenthesis may hold anything; time in user and system mode are the 12th and 13th
        // fields after it, in hundredths of a second.
        let after = stat.rsplit(')').next().unwrap_or_default();
        let ticks = after.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
        let ticks: u64 = ticks.collect::<Result<Vec<_>, _>>()?.iter().sum();
        let status = std::fs::read_to_string(folder.join("status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(Usage { cpu: Duration::from_millis(ticks * 10), resident: kibibytes * 1024 })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended by itself when this fails.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
