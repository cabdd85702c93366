//! What is known of files by their names: all handles of a file share it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::sheet::Sheet;

/// From so many on, those that nobody needs are looked for.
const TIDIED_FROM: usize = 1024;

/// Sheets by path. One that was written to stays until its file is removed: a handle that is opened later must know.
#[derive(Default)]
pub(super) struct Sheets {
    by_path: BTreeMap<PathBuf, Arc<Sheet>>,
    /// How many there were when they had been tidied.
    tidied: usize,
}

impl Sheets {
    pub(super) fn find(&self, path: &Path) -> Option<Arc<Sheet>> {
        self.by_path.get(path).cloned()
    }

    pub(super) fn put(&mut self, path: &Path, sheet: Sheet) -> Arc<Sheet> {
        if self.by_path.len() >= TIDIED_FROM.max(2 * self.tidied) {
            self.by_path.retain(|_, sheet| Arc::strong_count(sheet) > 1 || sheet.is_written());
            self.tidied = self.by_path.len();
        }
        let sheet = Arc::new(sheet);
        self.by_path.insert(path.to_owned(), sheet.clone());
        sheet
    }

    /// A file, or a folder with all in it, has another name.
    pub(super) fn rename(&mut self, from: &Path, to: &Path) {
        let moved = self.take(from);
        self.take(to);
        for (path, sheet) in moved {
            let below = path.strip_prefix(from).expect("it was found below the folder");
            let path = if below.as_os_str().is_empty() { to.to_owned() } else { to.join(below) };
            self.by_path.insert(path, sheet);
        }
    }

    /// A file, or a folder with all in it, is gone.
    pub(super) fn remove(&mut self, path: &Path) {
        self.take(path);
    }

    fn take(&mut self, path: &Path) -> Vec<(PathBuf, Arc<Sheet>)> {
        // Paths sort by their components, so that all below a folder follow it.
        let found = self.by_path.range(path.to_owned()..).map(|(found, _)| found.clone());
        let found: Vec<_> = found.take_while(|found| found.starts_with(path)).collect();
        found.into_iter().filter_map(|path| self.by_path.remove_entry(&path)).collect()
    }
}
