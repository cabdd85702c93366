//! The operating system's files, through ordinary libc calls so that faults can be injected from outside.

use std::fs;
use std::io::{self, ErrorKind, IoSlice};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{Advice, FallocateFlags, FlockOperation, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use super::{DirEntry, Disk, File, Filesystem, Lock, OpenMode, Space};

/// Most parts one `pwritev` takes on Linux.
const PARTS_AT_ONCE: usize = 1024;

/// The operating system's filesystem.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Arc<dyn File>> {
        let (flags, permissions) = match mode {
            OpenMode::Read => (OFlags::RDONLY, 0),
            OpenMode::Write => (OFlags::RDWR, 0),
            OpenMode::Create => (OFlags::RDWR | OFlags::CREATE, 0o640),
            OpenMode::CreateNew => (OFlags::RDWR | OFlags::CREATE | OFlags::EXCL, 0o640),
            OpenMode::CreateSecret => (OFlags::RDWR | OFlags::CREATE | OFlags::EXCL, 0o600),
        };
        Ok(Arc::new(RealFile { fd: open(path, flags, permissions)? }))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        Ok(rustix::fs::mkdir(path, Mode::from_raw_mode(0o700))?)
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        super::create_each_level(self, path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            if let Ok(name) = entry.file_name().into_string() {
                entries.push(DirEntry { name, is_dir: entry.file_type()?.is_dir() });
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let folder = open(path, OFlags::RDONLY | OFlags::DIRECTORY, 0)?;
        Ok(retry_on_intr(|| rustix::fs::fsync(&folder))?)
    }

    fn filesystem(&self, path: &Path) -> io::Result<Box<dyn Filesystem>> {
        Ok(Box::new(RealFilesystem { folder: open(path, OFlags::RDONLY | OFlags::DIRECTORY, 0)? }))
    }

    fn space(&self, path: &Path) -> io::Result<Space> {
        let found = rustix::fs::statvfs(path)?;
        Ok(Space {
            total: found.f_blocks.saturating_mul(found.f_frsize),
            available: found.f_bavail.saturating_mul(found.f_frsize),
        })
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>> {
        let fd = open(path, OFlags::RDWR | OFlags::CREATE, 0o600)?;
        retry_on_intr(|| rustix::fs::flock(&fd, FlockOperation::NonBlockingLockExclusive))?;
        Ok(Box::new(RealLock { _fd: fd }))
    }
}

fn open(path: &Path, flags: OFlags, permissions: u32) -> io::Result<OwnedFd> {
    let permissions = Mode::from_raw_mode(permissions);
    Ok(retry_on_intr(|| rustix::fs::open(path, flags | OFlags::CLOEXEC, permissions))?)
}

/// Its descriptor stays open: the kernel reports a failed writeback to the descriptors that were open when it
/// happened, so one opened anew for each sync could miss it.
#[derive(Debug)]
struct RealFilesystem {
    folder: OwnedFd,
}

impl Filesystem for RealFilesystem {
    fn sync(&self) -> io::Result<()> {
        Ok(retry_on_intr(|| rustix::fs::syncfs(&self.folder))?)
    }
}

/// Closing the descriptor gives the lock back, also when the process is killed.
#[derive(Debug)]
struct RealLock {
    _fd: OwnedFd,
}

impl Lock for RealLock {}

#[derive(Debug)]
struct RealFile {
    fd: OwnedFd,
}

impl File for RealFile {
    fn len(&self) -> io::Result<u64> {
        let found = rustix::fs::fstat(&self.fd)?;
        u64::try_from(found.st_size).map_err(|_| ErrorKind::InvalidData.into())
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut done = 0;
        while done < into.len() {
            match retry_on_intr(|| rustix::io::pread(&self.fd, &mut into[done..], offset + done as u64))? {
                0 => break,
                got => done += got,
            }
        }
        Ok(done)
    }

    fn write_all_at(&self, parts: &[IoSlice<'_>], mut offset: u64) -> io::Result<()> {
        for parts in parts.chunks(PARTS_AT_ONCE) {
            let wanted: usize = parts.iter().map(|part| part.len()).sum();
            let written = retry_on_intr(|| rustix::io::pwritev(&self.fd, parts, offset))?;
            if written < wanted {
                self.write_rest(parts, written, offset)?;
            }
            offset += wanted as u64;
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        Ok(retry_on_intr(|| rustix::fs::ftruncate(&self.fd, len))?)
    }

    fn allocate(&self, offset: u64, len: u64) -> io::Result<()> {
        match retry_on_intr(|| rustix::fs::fallocate(&self.fd, FallocateFlags::KEEP_SIZE, offset, len)) {
            // Some filesystems cannot reserve; writing works there all the same.
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
            other => Ok(other?),
        }
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(retry_on_intr(|| rustix::fs::fdatasync(&self.fd))?)
    }

    fn evict(&self) {
        // It is only advice; a kernel that does not take it leaves us no worse off.
        let _ = rustix::fs::fadvise(&self.fd, 0, None, Advice::DontNeed);
    }

    fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.fd.as_fd())
    }
}

impl RealFile {
    /// Goes on after a short write: the first `done` bytes of `parts` are at `offset` already.
    fn write_rest(&self, parts: &[IoSlice<'_>], mut done: usize, mut offset: u64) -> io::Result<()> {
        for part in parts {
            while done < part.len() {
                let rest = &part[done..];
                match retry_on_intr(|| rustix::io::pwrite(&self.fd, rest, offset + done as u64))? {
                    0 => return Err(ErrorKind::WriteZero.into()),
                    written => done += written,
                }
            }
            done -= part.len();
            offset += part.len() as u64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode_of(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn file_keeps_what_is_written_at_positions() {
        let folder = tempfile::tempdir().unwrap();
        let disk = RealDisk;
        let file = disk.open(&folder.path().join("a"), OpenMode::CreateNew).unwrap();
        file.allocate(0, 1 << 16).unwrap();
        file.write_all_at(&[IoSlice::new(b"one "), IoSlice::new(b""), IoSlice::new(b"two")], 2).unwrap();
        file.sync_data().unwrap();
        file.evict();
        let mut bytes = [0xff; 16];
        assert_eq!(file.read_at(&mut bytes, 0).unwrap(), 9);
        assert_eq!(&bytes[..9], b"\0\0one two");
        file.set_len(5).unwrap();
        assert_eq!(file.len().unwrap(), 5);
        assert_eq!(file.read_at(&mut bytes, 5).unwrap(), 0);
        assert!(file.as_fd().is_some());
    }

    #[test]
    fn more_parts_than_one_call_takes_are_written_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let file = RealDisk.open(&folder.path().join("a"), OpenMode::Create).unwrap();
        let bytes: Vec<u8> = (0..2500u32).flat_map(u32::to_be_bytes).collect();
        let parts: Vec<_> = bytes.chunks(4).map(IoSlice::new).collect();
        file.write_all_at(&parts, 0).unwrap();
        let mut found = vec![0; bytes.len()];
        assert_eq!(file.read_at(&mut found, 0).unwrap(), bytes.len());
        assert_eq!(found, bytes);
    }

    #[test]
    fn rest_of_a_short_write_lands_where_it_belongs() {
        let folder = tempfile::tempdir().unwrap();
        let fd = open(&folder.path().join("a"), OFlags::RDWR | OFlags::CREATE, 0o600).unwrap();
        let file = RealFile { fd };
        let parts = [IoSlice::new(b"abc"), IoSlice::new(b"de"), IoSlice::new(b"fgh")];
        for done in 0..=8 {
            file.set_len(0).unwrap();
            file.write_rest(&parts, done, 10).unwrap();
            let mut found = [0; 18];
            let len = file.read_at(&mut found, 0).unwrap();
            assert_eq!(len, if done == 8 { 0 } else { 18 });
            if len > 0 {
                assert_eq!(&found[10 + done..], &b"abcdefgh"[done..], "after {done} bytes");
            }
        }
    }

    #[test]
    fn folders_and_secrets_are_the_owners() {
        let folder = tempfile::tempdir().unwrap();
        let disk = RealDisk;
        let deep = folder.path().join("x/y/z");
        disk.create_dir_all(&deep).unwrap();
        disk.create_dir_all(&deep).unwrap();
        assert_eq!((mode_of(&folder.path().join("x")), mode_of(&deep)), (0o700, 0o700));
        super::super::replace_secret(&disk, &deep.join("key"), b"k").unwrap();
        assert_eq!(mode_of(&deep.join("key")), 0o600);
        let names: Vec<_> = disk.list(&deep).unwrap().into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, ["key"]);
        disk.filesystem(folder.path()).unwrap().sync().unwrap();
        assert!(disk.space(folder.path()).unwrap().total > 0);
    }

    #[test]
    fn second_lock_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let disk = RealDisk;
        let path = folder.path().join("lock");
        let held = disk.lock(&path).unwrap();
        assert_eq!(disk.lock(&path).unwrap_err().kind(), ErrorKind::WouldBlock);
        drop(held);
        disk.lock(&path).unwrap();
    }
}
