//! Whether a disk has room for more records.
//!
//! Appends stop before the disk is full, so that everything else, which frees room or needs little of it,
//! goes on. They resume only when there is clearly more, so that the edge is not crossed with every batch.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use machine::clock::Clock;
use machine::disk::{Disk, Space};

/// While there is room, it is looked at again after so many bytes.
const LOOK_AFTER: u64 = 16 << 20;
/// While there is none, it is looked at again after so long.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Appends stop below this much, or below a twentieth of the disk if that is less.
const RESERVE: u64 = 1 << 30;

#[derive(Debug, Default)]
pub(super) struct Room {
    full: AtomicBool,
    /// Bytes until the next look.
    left: AtomicU64,
    /// When it was last looked at, in milliseconds of the monotonic clock.
    looked_ms: AtomicU64,
}

impl Room {
    /// Whether `bytes` more may be written.
    pub(super) fn admits(&self, bytes: u64, disk: &dyn Disk, folder: &Path, clock: &Clock) -> bool {
        if self.full.load(Ordering::Acquire) {
            let now = millis(clock.elapsed());
            let looked = self.looked_ms.load(Ordering::Acquire);
            let due = now >= looked + millis(LOOK_EVERY);
            // One of those who find it due looks; the others keep to what is known.
            if !due
                || self.looked_ms.compare_exchange(looked, now, Ordering::AcqRel, Ordering::Acquire).is_err()
            {
                return false;
            }
            self.look(disk, folder);
        } else if self
            .left
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(bytes))
            .is_err()
        {
            self.left.store(LOOK_AFTER, Ordering::Release);
            self.look(disk, folder);
        }
        !self.is_full()
    }

    /// Looks now.
    pub(super) fn look(&self, disk: &dyn Disk, folder: &Path) {
        match disk.space(folder) {
            Ok(space) => self.judge(space, folder),
            // A disk that cannot say is found full when a write says so.
            Err(error) => tracing::warn!(folder = %folder.display(), %error, "cannot tell the room left"),
        }
    }

    fn judge(&self, space: Space, folder: &Path) {
        let reserve = reserve(space.total);
        let was_full = self.full.load(Ordering::Acquire);
        let needed = if was_full { reserve + reserve * 2 / 5 } else { reserve };
        let full = space.available < needed;
        if full != was_full {
            self.full.store(full, Ordering::Release);
            let available = space.available;
            if full {
                tracing::error!(folder = %folder.display(), available, "the disk is full, appends are refused");
            } else {
                tracing::info!(folder = %folder.display(), available, "there is room again");
            }
        }
    }

    /// Whether `bytes` may be written for a while to make room with them: up to half of what appends leave.
    pub(super) fn lends(bytes: u64, disk: &dyn Disk, folder: &Path) -> io::Result<bool> {
        let Space { total, available } = disk.space(folder)?;
        Ok(available.saturating_sub(bytes) >= reserve(total) / 2)
    }

    /// A write has found none.
    pub(super) fn exhausted(&self, clock: &Clock) {
        if !self.full.swap(true, Ordering::AcqRel) {
            tracing::error!("the disk is full, a write found no room: appends are refused");
        }
        self.looked_ms.store(millis(clock.elapsed()), Ordering::Release);
    }

    pub(super) fn is_full(&self) -> bool {
        self.full.load(Ordering::Acquire)
    }
}

/// What appends leave of a disk of this size, in bytes.
fn reserve(total: u64) -> u64 {
    RESERVE.min(total / 20)
}

/// Whether a write failed for want of room.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use machine::disk::OpenMode;
    use machine::disk::sim::SimDisk;

    use super::*;

    #[test]
    fn appends_stop_early_and_resume_with_margin() {
        let disk = SimDisk::new(1);
        let (clock, hand) = Clock::held(0);
        let room = Room::default();
        let admits = |capacity| {
            disk.set_capacity(Some(capacity));
            hand.advance(LOOK_EVERY);
            room.admits(LOOK_AFTER + 1, &disk, Path::new("/"), &clock)
        };
        let file = disk.open(Path::new("/a"), OpenMode::Create).unwrap();
        file.write_all_at(&[io::IoSlice::new(&[0; 1_000])], 0).unwrap();
        assert!(admits(2_000));
        assert!(!admits(1_050), "50 are left, a twentieth is 52");
        assert!(!admits(1_060), "60 are enough to go on, not to resume");
        assert!(admits(1_080));
    }

    #[test]
    fn full_disk_is_looked_at_once_a_second() {
        let disk = SimDisk::new(1);
        let (clock, hand) = Clock::held(0);
        let room = Room::default();
        assert!(room.admits(1, &disk, Path::new("/"), &clock));
        room.exhausted(&clock);
        assert!(!room.admits(1, &disk, Path::new("/"), &clock));
        hand.advance(LOOK_EVERY);
        assert!(room.admits(1, &disk, Path::new("/"), &clock));
    }
}
