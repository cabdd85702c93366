//! The names in one simulated folder: as a lookup finds them, and as a power cut would leave them.

use std::collections::BTreeMap;

use super::{Extent, Loss};
use crate::random::Random;

/// Identity of a file or folder, whatever its names are.
pub(super) type Inode = u64;

#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    live: BTreeMap<String, Inode>,
    durable: BTreeMap<String, Inode>,
    /// Changes since the last sync, oldest first.
    pending: Vec<Change>,
}

/// One change; a cut keeps or loses it as a whole.
#[derive(Clone, Debug)]
enum Change {
    Link { name: String, inode: Inode },
    Unlink { name: String },
    Rename { from: String, to: String, inode: Inode },
}

impl Names {
    pub(super) fn live(&self) -> &BTreeMap<String, Inode> {
        &self.live
    }

    pub(super) fn get(&self, name: &str) -> Option<Inode> {
        self.live.get(name).copied()
    }

    pub(super) fn link(&mut self, name: &str, inode: Inode) {
        self.change(Change::Link { name: name.to_owned(), inode });
    }

    pub(super) fn unlink(&mut self, name: &str) {
        self.change(Change::Unlink { name: name.to_owned() });
    }

    pub(super) fn rename(&mut self, from: &str, to: &str, inode: Inode) {
        self.change(Change::Rename { from: from.to_owned(), to: to.to_owned(), inode });
    }

    fn change(&mut self, change: Change) {
        apply(&mut self.live, &change);
        self.pending.push(change);
    }

    /// What a failed sync did not write stays to be written: names go through the filesystem's own journal,
    /// which keeps their order or stops altogether, so the kernel never takes one for written that is not.
    pub(super) fn sync(&mut self, extent: Extent) {
        let rest = self.pending.split_off(extent.of(self.pending.len()));
        for change in std::mem::replace(&mut self.pending, rest) {
            apply(&mut self.durable, &change);
        }
    }

    pub(super) fn cut(&mut self, loss: Loss, random: &Random) {
        for change in std::mem::take(&mut self.pending) {
            if loss == Loss::Some && random.u64().is_multiple_of(2) {
                apply(&mut self.durable, &change);
            }
        }
        self.live.clone_from(&self.durable);
    }
}

fn apply(names: &mut BTreeMap<String, Inode>, change: &Change) {
    match change {
        Change::Link { name, inode } => {
            names.insert(name.clone(), *inode);
        }
        Change::Unlink { name } => {
            names.remove(name);
        }
        Change::Rename { from, to, inode } => {
            if names.get(from) == Some(inode) {
                names.remove(from);
            }
            names.insert(to.clone(), *inode);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rename_is_kept_or_lost_as_a_whole() {
        for seed in 0..20 {
            let mut names = Names::default();
            names.link("a", 1);
            names.sync(Extent::Whole);
            names.rename("a", "b", 1);
            names.cut(Loss::Some, &Random::seeded(seed));
            let left: Vec<_> = names.live().keys().map(String::as_str).collect();
            assert!(left == ["a"] || left == ["b"], "{left:?}");
        }
    }

    #[test]
    fn half_a_sync_keeps_the_older_half() {
        let mut names = Names::default();
        names.link("a", 1);
        names.link("b", 2);
        names.sync(Extent::FailedHalf);
        names.cut(Loss::Unsynced, &Random::seeded(0));
        assert_eq!(names.live().keys().collect::<Vec<_>>(), ["a"]);
    }
}
