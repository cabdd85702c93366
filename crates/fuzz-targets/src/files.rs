//! Files on a simulated disk.

use std::io::IoSlice;
use std::path::{Path, PathBuf};

use machine::disk::{self, Disk, OpenMode};

/// Makes a file that holds these bytes, and nothing if there are none: missing files are what a crash leaves too.
pub(crate) fn put(disk: &dyn Disk, path: &Path, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    let file = disk.open(path, OpenMode::Create).expect("a simulated disk makes files");
    file.write_all_at(&[IoSlice::new(bytes)], 0).expect("and writes them");
}

/// All files below a folder, by path within it, sorted.
pub(crate) fn below(disk: &dyn Disk, folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in disk.list(folder).expect("the folder is there") {
        let path = folder.join(&entry.name);
        match entry.is_dir {
            true => {
                let inner = below(disk, &path).into_iter();
                files.extend(inner.map(|(name, bytes)| (Path::new(&entry.name).join(name), bytes)));
            }
            false => files.push((entry.name.into(), disk::read(disk, &path).expect("the file is there"))),
        }
    }
    files
}
