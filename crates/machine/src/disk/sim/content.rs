//! The bytes of one simulated file: as readers see them, and as a power cut would leave them.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Extent, Loss};
use crate::random::Random;

/// What a device writes as one: a cut keeps or loses whole sectors.
const SECTOR: usize = 512;

#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    /// As the page cache has it.
    live: Vec<u8>,
    /// As the device has it.
    durable: Vec<u8>,
    /// Sectors that may differ and that the next sync writes.
    dirty: BTreeSet<usize>,
    /// Sectors whose sync failed: the cache shows them, no later sync writes them.
    lost: BTreeSet<usize>,
}

impl Content {
    pub(super) fn len(&self) -> usize {
        self.live.len()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.live
    }

    pub(super) fn write(&mut self, bytes: &[u8], at: usize) {
        if bytes.is_empty() {
            return;
        }
        let end = at + bytes.len();
        let first = at.min(self.live.len());
        if end > self.live.len() {
            self.live.resize(end, 0);
        }
        self.live[at..end].copy_from_slice(bytes);
        self.touch(first..end);
    }

    pub(super) fn set_len(&mut self, len: usize) {
        let before = self.live.len();
        self.live.resize(len, 0);
        self.touch(before.min(len)..before.max(len));
    }

    fn touch(&mut self, range: Range<usize>) {
        for sector in range.start / SECTOR..range.end.div_ceil(SECTOR) {
            self.dirty.insert(sector);
            self.lost.remove(&sector);
        }
    }

    pub(super) fn sync(&mut self, extent: Extent) {
        let written = extent.of(self.dirty.len());
        let dirty = std::mem::take(&mut self.dirty);
        if extent.is_whole() {
            self.durable.resize(self.live.len(), 0);
        }
        for (position, sector) in dirty.into_iter().enumerate() {
            if position < written {
                self.persist(sector);
            } else if extent.gives_up() {
                self.lost.insert(sector);
            } else {
                self.dirty.insert(sector);
            }
        }
    }

    /// Brings one sector of the device to what the cache has.
    fn persist(&mut self, sector: usize) {
        let start = sector * SECTOR;
        let end = (start + SECTOR).min(self.live.len());
        if start < end {
            if self.durable.len() < end {
                self.durable.resize(end, 0);
            }
            self.durable[start..end].copy_from_slice(&self.live[start..end]);
        }
    }

    pub(super) fn evict(&mut self) {
        for sector in std::mem::take(&mut self.lost) {
            let start = sector * SECTOR;
            for at in start..(start + SECTOR).min(self.live.len()) {
                self.live[at] = self.durable.get(at).copied().unwrap_or(0);
            }
        }
    }

    pub(super) fn cut(&mut self, loss: Loss, random: &Random) {
        if loss == Loss::Some {
            let len = if random.u64().is_multiple_of(2) { self.durable.len() } else { self.live.len() };
            for sector in std::mem::take(&mut self.dirty) {
                if random.u64().is_multiple_of(2) {
                    self.persist(sector);
                }
            }
            self.durable.resize(len, 0);
        }
        self.live.clone_from(&self.durable);
        self.dirty.clear();
        self.lost.clear();
    }

    /// Flips bits on the device and in the cache alike.
    pub(super) fn flip(&mut self, at: usize, mask: u8) {
        self.live[at] ^= mask;
        if let Some(byte) = self.durable.get_mut(at) {
            *byte ^= mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_reverts_to_the_last_sync() {
        let random = Random::seeded(1);
        let mut content = Content::default();
        content.write(b"kept", 0);
        content.sync(Extent::Whole);
        content.write(b"LOST and longer", 0);
        content.cut(Loss::Unsynced, &random);
        assert_eq!(content.bytes(), b"kept");
    }

    #[test]
    fn truncation_is_durable_only_after_a_sync() {
        let random = Random::seeded(1);
        let mut content = Content::default();
        content.write(&[7; 2000], 0);
        content.sync(Extent::Whole);
        content.set_len(1000);
        let mut cut = content.clone();
        cut.cut(Loss::Unsynced, &random);
        assert_eq!(cut.bytes(), [7; 2000]);
        // Cut short and extended again: the old bytes must not shine through.
        content.set_len(2000);
        content.sync(Extent::Whole);
        content.cut(Loss::Unsynced, &random);
        assert_eq!(content.bytes()[..1000], [7; 1000]);
        assert_eq!(content.bytes()[1000..], [0; 1000]);
    }

    #[test]
    fn failed_sync_hides_the_loss_until_evicted() {
        let mut content = Content::default();
        content.write(&[1; 1024], 0);
        content.sync(Extent::Whole);
        content.write(&[2; 1024], 0);
        content.sync(Extent::FailedHalf);
        content.sync(Extent::Whole);
        assert_eq!(content.bytes(), [2; 1024], "the cache shows what was written");
        content.evict();
        assert_eq!(content.bytes()[..512], [2; 512]);
        assert_eq!(content.bytes()[512..], [1; 512], "a second sync did not write it");
    }

    #[test]
    fn cut_keeps_whole_sectors_in_any_subset() {
        let mut seen = BTreeSet::new();
        for seed in 0..200 {
            let mut content = Content::default();
            content.write(&[1; 1024], 0);
            content.sync(Extent::Whole);
            content.write(&[2; 1024], 0);
            content.cut(Loss::Some, &Random::seeded(seed));
            assert!(
                content.bytes().chunks(SECTOR).all(|sector| sector.iter().all(|byte| *byte == sector[0]))
            );
            seen.insert((content.bytes()[0], content.bytes()[SECTOR]));
        }
        assert_eq!(seen.len(), 4, "every subset happens: {seen:?}");
    }
}
