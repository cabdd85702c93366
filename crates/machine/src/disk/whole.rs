//! Small files read and replaced as a whole.

use std::ffi::OsString;
use std::io::{self, ErrorKind, IoSlice};
use std::path::{Path, PathBuf};

use super::{Disk, OpenMode};

/// All bytes of a file.
pub fn read(disk: &dyn Disk, path: &Path) -> io::Result<Vec<u8>> {
    let file = disk.open(path, OpenMode::Read)?;
    let len = usize::try_from(file.len()?).map_err(|_| ErrorKind::FileTooLarge)?;
    let mut bytes = vec![0; len];
    let got = file.read_at(&mut bytes, 0)?;
    bytes.truncate(got);
    Ok(bytes)
}

/// Puts `bytes` in the place of whatever `path` held. A crash leaves the old file or the new one, whole;
/// after success the new one is durable.
pub fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_as(disk, path, bytes, OpenMode::CreateNew)
}

/// As [`replace`], with a file that only its owner can read.
pub fn replace_secret(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_as(disk, path, bytes, OpenMode::CreateSecret)
}

fn replace_as(disk: &dyn Disk, path: &Path, bytes: &[u8], mode: OpenMode) -> io::Result<()> {
    let folder = path.parent().ok_or(ErrorKind::InvalidInput)?;
    let temporary = temporary_of(path);
    // A crash may have left one, with another mode or length.
    match disk.remove_file(&temporary) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = disk.open(&temporary, mode)?;
    file.write_all_at(&[IoSlice::new(bytes)], 0)?;
    file.sync_data()?;
    disk.rename(&temporary, path)?;
    disk.sync_dir(folder)
}

fn temporary_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".tmp");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::sim::{Loss, stop_at_each_call};

    #[test]
    fn replaced_file_is_the_old_or_the_new_after_every_crash() {
        let path = Path::new("/data/meta");
        let calls = stop_at_each_call(1, |disk| {
            let mut promised = None;
            for version in [&b"first"[..], b"second, longer"] {
                if disk.create_dir_all(Path::new("/data")).is_ok() && replace(disk, path, version).is_ok() {
                    promised = Some(version);
                }
            }
            disk.cut(Loss::Some);
            match read(disk, path) {
                Ok(found) => {
                    assert!(found == b"first" || found == b"second, longer", "{found:?}");
                    assert!(promised.is_none_or(|last| last == found || found == b"second, longer"));
                }
                Err(error) => {
                    assert_eq!((error.kind(), promised), (ErrorKind::NotFound, None));
                }
            }
        });
        assert!(calls >= 12, "{calls} calls were failed");
    }
}
