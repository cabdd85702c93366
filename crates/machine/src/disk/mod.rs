//! The file layer: the only way to a file. [`RealDisk`] asks the operating system, [`sim::SimDisk`] is a
//! disk in memory that loses, tears and fails on command.
//!
//! Rules the callers rely on (and the simulated disk enforces):
//!
//! - Bytes written are lost by a power cut until [`File::sync_data`] or [`Filesystem::sync`] returned.
//! - A new, renamed or removed name is lost by a power cut until [`Disk::sync_dir`] on its folder returned.
//! - A failed sync is final. The kernel may have dropped the pages, so a later "success" proves nothing.

mod real;
pub mod sealed;
pub mod sim;
mod whole;

use std::fmt;
use std::io::{self, IoSlice};
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::Arc;

pub use real::RealDisk;
pub use whole::{read, replace, replace_secret};

/// What to do about a file that is there, or is not, when opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// Existing, reading only.
    Read,
    /// Existing, reading and writing.
    Write,
    /// Made when missing, reading and writing.
    Create,
    /// Refused when existing, reading and writing.
    CreateNew,
    /// As `CreateNew`, readable by the owner only (mode 0600).
    CreateSecret,
}

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirEntry {
    /// The name without its folder. Names that are not UTF-8 are not Weir's and are left out.
    pub name: String,
    /// Whether it is a folder.
    pub is_dir: bool,
}

/// Room on the filesystem, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Whole size.
    pub total: u64,
    /// What an unprivileged process may still use.
    pub available: u64,
}

/// A lock on a data directory, held until dropped.
pub trait Lock: fmt::Debug + Send + Sync {}

/// The way to folders and files.
pub trait Disk: fmt::Debug + Send + Sync + 'static {
    /// Opens a file. A file that this call made is durable only after `sync_dir` on its folder.
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Arc<dyn File>>;
    /// Makes one folder (mode 0700). It is durable only after `sync_dir` on the folder above.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Makes a folder and those above it, and syncs every level it made. The level it found is synced too:
    /// whoever made that one may have died before doing so.
    fn create_dir_all(&self, path: &Path) -> io::Result<()>;
    /// The names in a folder, sorted.
    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>>;
    /// Renames within the filesystem, replacing what was there.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a folder and all below it.
    fn remove_dir_all(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a folder durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// The filesystem that holds the folder `path`, to be synced as a whole. Take it before writing: a
    /// writeback that fails earlier may be reported to nobody.
    fn filesystem(&self, path: &Path) -> io::Result<Box<dyn Filesystem>>;
    /// Room left on the filesystem that holds `path`.
    fn space(&self, path: &Path) -> io::Result<Space>;
    /// Takes the lock file at `path`, or fails at once with `WouldBlock` when another process has it.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>>;
}

/// A filesystem to be synced as a whole.
pub trait Filesystem: fmt::Debug + Send + Sync {
    /// Makes everything that anybody has written to it durable, names included.
    fn sync(&self) -> io::Result<()>;
}

/// An open file. All positions are explicit; there is no cursor.
pub trait File: fmt::Debug + Send + Sync {
    /// Its length in bytes.
    fn len(&self) -> io::Result<u64>;
    /// Whether it has no bytes.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
    /// Reads up to `into.len()` bytes at `offset`; fewer only at the end of the file.
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes all parts one after the other from `offset` on. On error some may have been written.
    fn write_all_at(&self, parts: &[IoSlice<'_>], offset: u64) -> io::Result<()>;
    /// Cuts or extends (with zeros).
    fn set_len(&self, len: u64) -> io::Result<()>;
    /// Reserves room without changing the length; best effort, so a filesystem that cannot is no error.
    fn allocate(&self, offset: u64, len: u64) -> io::Result<()>;
    /// Makes bytes and length durable.
    fn sync_data(&self) -> io::Result<()>;
    /// Forgets cached bytes that the kernel believes are on the device, so that the next read shows what
    /// really is. After a failed sync the cache can hold bytes that were never written; a recovery that
    /// believed them would build on sand. Best effort.
    fn evict(&self);
    /// The descriptor, for `sendfile`; none on a simulated disk, and of a sealed file.
    fn as_fd(&self) -> Option<BorrowedFd<'_>>;
    /// Whether it has been opened and written to so often that its owner should write it anew soon, or begin another.
    fn is_worn(&self) -> bool {
        false
    }
}

/// [`Disk::create_dir_all`], from the single steps.
fn create_each_level(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    let mut made = false;
    match disk.create_dir(path) {
        Ok(()) => made = true,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(above) = path.parent() {
                create_each_level(disk, above)?;
                return create_each_level(disk, path);
            }
            return Err(error);
        }
        Err(error) => return Err(error),
    }
    match path.parent() {
        // A relative path of one level has the empty path above it.
        Some(above) if above.as_os_str().is_empty() => disk.sync_dir(Path::new(".")),
        Some(above) => match disk.sync_dir(above) {
            // A level that was there may stand in a folder that only its owner can open.
            Err(error) if !made && error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            other => other,
        },
        None => Ok(()),
    }
}
