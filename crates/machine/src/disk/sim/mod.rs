//! A disk in memory that keeps the rules of [`super`] to the letter, and loses, tears and fails on command.
//!
//! It is stricter than real ones: every unsynced sector and every unsynced name is lost or kept on its own.
//! One seed gives one behaviour. Mutating calls are counted, so that a test can fail call 1, 2, 3 … until its
//! scenario finishes untouched ([`stop_at_each_call`]).

mod content;
mod fault;
mod handles;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use self::content::Content;
use self::fault::Extent;
use self::handles::{SimFile, SimFilesystem, SimLock, index};
use self::names::{Inode, Names};
use super::{DirEntry, Disk, File, Filesystem, Lock, OpenMode, Space};
use crate::random::Random;

pub use fault::{Effect, Loss, Moment, Plan, fault_at_each_call, stop_at_each_call};

const ROOT: Inode = 0;

/// A disk in memory; clones share it.
#[derive(Clone)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
}

struct State {
    random: Random,
    nodes: BTreeMap<Inode, Node>,
    next_inode: Inode,
    /// Handles and locks of an earlier life are dead.
    life: u64,
    locks: BTreeSet<PathBuf>,
    capacity: Option<u64>,
    calls: u64,
    plan: Option<Plan>,
    fired: bool,
    stopped: bool,
}

#[derive(Clone, Debug)]
enum Node {
    File(Content),
    Folder(Names),
}

impl SimDisk {
    /// An empty disk whose every arbitrary choice follows from `seed`.
    pub fn new(seed: u64) -> Self {
        let state = State {
            random: Random::seeded(seed),
            nodes: BTreeMap::from([(ROOT, Node::Folder(Names::default()))]),
            next_inode: ROOT + 1,
            life: 0,
            locks: BTreeSet::new(),
            capacity: None,
            calls: 0,
            plan: None,
            fired: false,
            stopped: false,
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// The process dies: open files and locks are gone, everything written stays.
    pub fn kill(&self) {
        let mut state = self.state.lock();
        state.life += 1;
        state.locks.clear();
        state.stopped = false;
    }

    /// The power fails: as [`Self::kill`], and what was not synced is lost.
    pub fn cut(&self, loss: Loss) {
        self.kill();
        self.state.lock().cut(loss);
    }

    /// Lets one later call fail. It takes the place of an earlier plan.
    pub fn plan(&self, plan: Plan) {
        let mut state = self.state.lock();
        state.plan = Some(Plan { call: state.calls + plan.call, ..plan });
        state.fired = false;
    }

    /// Whether the planned call was made.
    pub fn fired(&self) -> bool {
        self.state.lock().fired
    }

    /// Whether a plan with [`Effect::Stop`] fired and the disk was not restarted since.
    pub fn stopped(&self) -> bool {
        self.state.lock().stopped
    }

    /// Mutating calls made so far.
    pub fn calls(&self) -> u64 {
        self.state.lock().calls
    }

    /// Gives the disk a size: writes beyond it come short and fail with `StorageFull`. None: no bound.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.state.lock().capacity = bytes;
    }

    /// Bytes in files.
    pub fn used(&self) -> u64 {
        self.state.lock().used()
    }

    /// Flips the bits of `mask` in one byte, as rot on the device would.
    ///
    /// # Panics
    ///
    /// When there is no such byte.
    pub fn flip(&self, path: &Path, offset: usize, mask: u8) {
        let mut state = self.state.lock();
        let inode = state.find(path).expect("the file to damage exists");
        state.content(inode).expect("the path to damage is a file").flip(offset, mask);
    }

    /// A copy that goes its own way, with its own seed and no plan; open files stay with the original.
    pub fn fork(&self, seed: u64) -> Self {
        let state = self.state.lock();
        let fork = Self::new(seed);
        {
            let mut copy = fork.state.lock();
            copy.nodes.clone_from(&state.nodes);
            copy.next_inode = state.next_inode;
            copy.life = state.life + 1;
            copy.capacity = state.capacity;
        }
        fork
    }

    /// Makes one mutating call, or fails it as planned.
    fn mutate<T>(
        &self,
        life: Option<u64>,
        call: impl FnOnce(&mut State, Extent) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut state = self.state.lock();
        state.check(life)?;
        state.calls += 1;
        match state.plan {
            Some(plan) if plan.call == state.calls => {
                state.plan = None;
                state.fired = true;
                // What the call itself would have answered no longer matters.
                let _ = call(&mut state, plan.extent());
                state.stopped = plan.effect == Effect::Stop;
                Err(plan.effect.error())
            }
            _ => call(&mut state, Extent::Whole),
        }
    }
}

impl fmt::Debug for SimDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        write!(f, "SimDisk(call {}, plan {:?})", state.calls, state.plan)
    }
}

impl Disk for SimDisk {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Arc<dyn File>> {
        let existing = {
            let state = self.state.lock();
            state.check(None)?;
            state.find(path)
        };
        let inode = match (existing, mode) {
            (Ok(_), OpenMode::CreateNew | OpenMode::CreateSecret) => {
                return Err(ErrorKind::AlreadyExists.into());
            }
            (Ok(inode), _) => inode,
            (Err(error), OpenMode::Read | OpenMode::Write) => return Err(error),
            (Err(_), _) => {
                self.mutate(None, |state, extent| state.make(path, extent, Node::File(Content::default())))?
            }
        };
        let mut state = self.state.lock();
        state.content(inode)?;
        let (life, writable) = (state.life, mode != OpenMode::Read);
        Ok(Arc::new(SimFile { disk: self.clone(), inode, life, writable }))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.mutate(None, |state, extent| {
            state.make(path, extent, Node::Folder(Names::default())).map(|_inode| ())
        })
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        super::create_each_level(self, path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let mut state = self.state.lock();
        state.check(None)?;
        let inode = state.find(path)?;
        let names: Vec<_> = state.names(inode)?.live().iter().map(|(n, i)| (n.clone(), *i)).collect();
        let entry = |(name, inode)| DirEntry {
            name,
            is_dir: matches!(state.nodes.get(&inode), Some(Node::Folder(_))),
        };
        Ok(names.into_iter().map(entry).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.mutate(None, |state, extent| {
            let inode = state.find(from)?;
            let ((from_folder, from_name), (to_folder, to_name)) = (state.above(from)?, state.above(to)?);
            if !extent.is_whole() {
                return Ok(());
            }
            if from_folder == to_folder {
                state.names(from_folder)?.rename(&from_name, &to_name, inode);
            } else {
                state.names(to_folder)?.link(&to_name, inode);
                state.names(from_folder)?.unlink(&from_name);
            }
            Ok(())
        })
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.mutate(None, |state, extent| {
            let inode = state.find(path)?;
            state.content(inode)?;
            let (folder, name) = state.above(path)?;
            if extent.is_whole() {
                state.names(folder)?.unlink(&name);
            }
            Ok(())
        })
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        self.mutate(None, |state, extent| {
            let inode = state.find(path)?;
            let (folder, name) = state.above(path)?;
            let inside: Vec<_> = state.names(inode)?.live().keys().cloned().collect();
            if extent.is_whole() {
                state.names(folder)?.unlink(&name);
            } else {
                for name in &inside[..extent.of(inside.len())] {
                    state.names(inode)?.unlink(name);
                }
            }
            Ok(())
        })
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.mutate(None, |state, extent| {
            let inode = state.find(path)?;
            state.names(inode)?.sync(extent);
            Ok(())
        })
    }

    fn filesystem(&self, path: &Path) -> io::Result<Box<dyn Filesystem>> {
        let state = self.state.lock();
        state.check(None)?;
        state.find(path)?;
        Ok(Box::new(SimFilesystem { disk: self.clone(), life: state.life }))
    }

    fn space(&self, path: &Path) -> io::Result<Space> {
        let state = self.state.lock();
        state.check(None)?;
        state.find(path)?;
        let total = state.capacity.unwrap_or(1 << 50);
        Ok(Space { total, available: total.saturating_sub(state.used()) })
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>> {
        self.open(path, OpenMode::Create)?;
        let mut state = self.state.lock();
        if !state.locks.insert(path.to_owned()) {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(SimLock { disk: self.clone(), path: path.to_owned(), life: state.life }))
    }
}

impl State {
    /// A dead process, or a handle of one, gets nowhere.
    fn check(&self, life: Option<u64>) -> io::Result<()> {
        if self.stopped {
            return Err(Effect::Stop.error());
        }
        if life.is_some_and(|life| life != self.life) {
            return Err(io::Error::other("the file was opened before a restart"));
        }
        Ok(())
    }

    fn find(&self, path: &Path) -> io::Result<Inode> {
        let mut inode = ROOT;
        for component in path.components() {
            if let Component::Normal(name) = component {
                let Some(Node::Folder(names)) = self.nodes.get(&inode) else {
                    return Err(ErrorKind::NotADirectory.into());
                };
                let name = name.to_str().ok_or(ErrorKind::InvalidFilename)?;
                inode = names.get(name).ok_or(ErrorKind::NotFound)?;
            }
        }
        Ok(inode)
    }

    /// The folder that holds `path`, and the name in it.
    fn above(&self, path: &Path) -> io::Result<(Inode, String)> {
        let name = path.file_name().and_then(|name| name.to_str()).ok_or(ErrorKind::InvalidFilename)?;
        let folder = self.find(path.parent().ok_or(ErrorKind::InvalidFilename)?)?;
        Ok((folder, name.to_owned()))
    }

    fn make(&mut self, path: &Path, extent: Extent, node: Node) -> io::Result<Inode> {
        if self.find(path).is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let (folder, name) = self.above(path)?;
        let inode = self.next_inode;
        if extent.is_whole() {
            self.names(folder)?.link(&name, inode);
            self.next_inode += 1;
            self.nodes.insert(inode, node);
        }
        Ok(inode)
    }

    fn content(&mut self, inode: Inode) -> io::Result<&mut Content> {
        match self.nodes.get_mut(&inode) {
            Some(Node::File(content)) => Ok(content),
            Some(Node::Folder(_)) => Err(ErrorKind::IsADirectory.into()),
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    fn names(&mut self, inode: Inode) -> io::Result<&mut Names> {
        match self.nodes.get_mut(&inode) {
            Some(Node::Folder(names)) => Ok(names),
            Some(Node::File(_)) => Err(ErrorKind::NotADirectory.into()),
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    /// Everything that has a name.
    fn reachable(&self) -> BTreeSet<Inode> {
        let mut found = BTreeSet::new();
        let mut next = vec![ROOT];
        while let Some(inode) = next.pop() {
            if found.insert(inode)
                && let Some(Node::Folder(names)) = self.nodes.get(&inode)
            {
                next.extend(names.live().values());
            }
        }
        found
    }

    fn used(&self) -> u64 {
        let size = |inode| match self.nodes.get(inode) {
            Some(Node::File(content)) => content.len() as u64,
            _ => 0,
        };
        self.reachable().iter().map(size).sum()
    }

    fn cut(&mut self, loss: Loss) {
        for node in self.nodes.values_mut() {
            match node {
                Node::File(content) => content.cut(loss, &self.random),
                Node::Folder(names) => names.cut(loss, &self.random),
            }
        }
        let reachable = self.reachable();
        self.nodes.retain(|inode, _| reachable.contains(inode));
    }

    /// Writes as much as there is room for; whether that was all.
    fn write(&mut self, inode: Inode, bytes: &[u8], at: u64) -> io::Result<bool> {
        let mut fits = bytes.len();
        if let Some(capacity) = self.capacity {
            let room = capacity.saturating_sub(self.used());
            let end = self.content(inode)?.len() as u64 + room;
            fits = fits.min(index(end.saturating_sub(at))?);
        }
        self.content(inode)?.write(&bytes[..fits], index(at)?);
        Ok(fits == bytes.len())
    }
}

#[cfg(test)]
mod tests;
