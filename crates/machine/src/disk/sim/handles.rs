//! What a process holds of a simulated disk: files, the filesystem, locks. All of it ends with its life.

use std::io::{self, ErrorKind, IoSlice};
use std::os::fd::BorrowedFd;
use std::path::PathBuf;

use super::fault::Extent;
use super::names::Inode;
use super::{Node, SimDisk, State};
use crate::disk::{File, Filesystem, Lock};

#[derive(Debug)]
pub(super) struct SimFilesystem {
    pub(super) disk: SimDisk,
    pub(super) life: u64,
}

impl Filesystem for SimFilesystem {
    fn sync(&self) -> io::Result<()> {
        self.disk.mutate(Some(self.life), |state, extent| {
            for node in state.nodes.values_mut() {
                match node {
                    Node::File(content) => content.sync(extent),
                    Node::Folder(names) => names.sync(extent),
                }
            }
            Ok(())
        })
    }
}

#[derive(Debug)]
pub(super) struct SimFile {
    pub(super) disk: SimDisk,
    pub(super) inode: Inode,
    pub(super) life: u64,
    pub(super) writable: bool,
}

impl SimFile {
    fn change<T>(&self, call: impl FnOnce(&mut State, Extent) -> io::Result<T>) -> io::Result<T> {
        if !self.writable {
            return Err(io::Error::new(ErrorKind::PermissionDenied, "opened for reading"));
        }
        self.disk.mutate(Some(self.life), call)
    }
}

impl File for SimFile {
    fn len(&self) -> io::Result<u64> {
        let mut state = self.disk.state.lock();
        state.check(Some(self.life))?;
        Ok(state.content(self.inode)?.len() as u64)
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.disk.state.lock();
        state.check(Some(self.life))?;
        let bytes = state.content(self.inode)?.bytes();
        let rest = bytes.get(index(offset)?..).unwrap_or_default();
        let got = rest.len().min(into.len());
        into[..got].copy_from_slice(&rest[..got]);
        Ok(got)
    }

    fn write_all_at(&self, parts: &[IoSlice<'_>], offset: u64) -> io::Result<()> {
        let bytes: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        self.change(|state, extent| {
            let wanted = extent.of(bytes.len());
            match state.write(self.inode, &bytes[..wanted], offset)? {
                true => Ok(()),
                false => Err(ErrorKind::StorageFull.into()),
            }
        })
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.change(|state, extent| {
            if extent.is_whole() {
                state.content(self.inode)?.set_len(index(len)?);
            }
            Ok(())
        })
    }

    fn allocate(&self, _offset: u64, _len: u64) -> io::Result<()> {
        self.change(|_state, _extent| Ok(()))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk.mutate(Some(self.life), |state, extent| {
            state.content(self.inode)?.sync(extent);
            Ok(())
        })
    }

    fn evict(&self) {
        let mut state = self.disk.state.lock();
        if state.check(Some(self.life)).is_ok()
            && let Ok(content) = state.content(self.inode)
        {
            content.evict();
        }
    }

    fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

pub(super) fn index(position: u64) -> io::Result<usize> {
    usize::try_from(position).map_err(|_| ErrorKind::FileTooLarge.into())
}

#[derive(Debug)]
pub(super) struct SimLock {
    pub(super) disk: SimDisk,
    pub(super) path: PathBuf,
    pub(super) life: u64,
}

impl Lock for SimLock {}

impl Drop for SimLock {
    fn drop(&mut self) {
        let mut state = self.disk.state.lock();
        // A restart has given all locks back; a new holder's must stay.
        if state.life == self.life {
            state.locks.remove(&self.path);
        }
    }
}
