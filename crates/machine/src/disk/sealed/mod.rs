//! A folder whose files are sealed: encrypted with AES-256 in counter mode by position, under keys of a [`KeyRing`].
//! Whoever has the device, or a copy of it, and not the keys learns names, lengths and when what was written.
//!
//! A file begins with a header of 4096 bytes ([`table`]); its bytes follow, each where it would be but for that. The
//! header lists epochs: from which position on which key and nonce hold.
//!
//! # Invariants
//!
//! - **No byte of keystream is used for two bytes.** What counts is what may have reached the device, and not what the
//!   file has: a position that may have been written is only written again in a new epoch, that is, under a new random
//!   nonce. Which positions have been is known for as long as the process lives ([`sheet`]). Of a file that an earlier one
//!   has written, anything may: the first write to it begins an epoch.
//! - **What was durable stays so.** A new epoch goes to a place of the header of its own, and into the same file as the
//!   bytes that it is for, so that one sync covers both. Without the other, each is worth nothing and harms nothing: it
//!   is about bytes that were not durable.
//! - Bytes that no epoch covers were never durable and read as zeros, which is also what a file without a header is.
//! - A file that is not sealed is not read, and nor is one whose key is not there.
//!
//! Nothing is authenticated: who can write to the device can change bytes, as on any encrypted disk.

mod file;
mod keys;
mod sheet;
mod sheets;
mod table;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;

pub use self::keys::KeyRing;

use self::file::SealedFile;
use self::sheet::Sheet;
use self::sheets::Sheets;
use super::{DirEntry, Disk, File, Filesystem, Lock, OpenMode, Space};
use crate::random::Random;

/// Another disk, with every file sealed that is opened through it. Whoever opens a file in another way meets sealed bytes.
///
/// There may be one at a time for a folder: it remembers what was written.
pub struct SealedDisk {
    inner: Arc<dyn Disk>,
    ring: Arc<KeyRing>,
    random: Random,
    /// Held while a name changes its meaning.
    sheets: Mutex<Sheets>,
}

impl SealedDisk {
    /// Seals what is written to `inner` with the newest key of `ring`.
    pub fn new(inner: Arc<dyn Disk>, ring: Arc<KeyRing>, random: Random) -> Self {
        Self { inner, ring, random, sheets: Mutex::default() }
    }
}

impl fmt::Debug for SealedDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedDisk({:?} on {:?})", self.ring, self.inner)
    }
}

impl Disk for SealedDisk {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Arc<dyn File>> {
        let mut sheets = self.sheets.lock();
        let inner = self.inner.open(path, mode)?;
        let sheet = match sheets.find(path) {
            Some(sheet) => sheet,
            None => {
                let loaded = Sheet::load(&*inner, self.ring.clone(), self.random.clone());
                let named =
                    |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
                sheets.put(path, loaded.map_err(named)?)
            }
        };
        Ok(Arc::new(SealedFile { inner, sheet }))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.inner.create_dir(path)
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.inner.create_dir_all(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        self.inner.list(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut sheets = self.sheets.lock();
        self.inner.rename(from, to)?;
        sheets.rename(from, to);
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut sheets = self.sheets.lock();
        self.inner.remove_file(path)?;
        sheets.remove(path);
        Ok(())
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        let mut sheets = self.sheets.lock();
        // Some of it may be gone after an error, too. What is not begins an epoch more than it has to.
        sheets.remove(path);
        self.inner.remove_dir_all(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.inner.sync_dir(path)
    }

    fn filesystem(&self, path: &Path) -> io::Result<Box<dyn Filesystem>> {
        self.inner.filesystem(path)
    }

    fn space(&self, path: &Path) -> io::Result<Space> {
        self.inner.space(path)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>> {
        self.inner.lock(path)
    }
}

#[cfg(test)]
mod tests;
