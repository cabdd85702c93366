//! One handle of a sealed file.

use std::fmt;
use std::io::{self, IoSlice};
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use super::sheet::Sheet;
use super::table::HEADER_LEN;
use crate::disk::File;

pub(super) struct SealedFile {
    pub(super) inner: Arc<dyn File>,
    /// Shared with the file's other handles.
    pub(super) sheet: Arc<Sheet>,
}

impl File for SealedFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.inner.len()?.saturating_sub(HEADER_LEN as u64))
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        self.sheet.read(&*self.inner, into, offset)
    }

    fn write_all_at(&self, parts: &[IoSlice<'_>], offset: u64) -> io::Result<()> {
        self.sheet.write(&*self.inner, parts, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.sheet.set_len(&*self.inner, len)
    }

    fn allocate(&self, offset: u64, len: u64) -> io::Result<()> {
        self.inner.allocate(offset.saturating_add(HEADER_LEN as u64), len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.inner.sync_data()
    }

    fn evict(&self) {
        self.inner.evict();
    }

    fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        // What the kernel would send is sealed.
        None
    }

    fn is_worn(&self) -> bool {
        self.sheet.is_worn()
    }
}

impl fmt::Debug for SealedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedFile({:?})", self.inner)
    }
}
