//! How much the logs of a directory have grown since somebody last looked.
//!
//! Who keeps them below a size need not ask after every append, nor look at them by the clock: an allowance is
//! drawn on, and whoever is waiting is told once when it is used up.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// Bytes that may be appended before somebody is told.
#[derive(Debug)]
pub(super) struct Growth {
    left: AtomicU64,
    used_up: Notify,
}

impl Default for Growth {
    /// Nobody is told before an allowance is set.
    fn default() -> Self {
        Self { left: AtomicU64::new(u64::MAX), used_up: Notify::new() }
    }
}

impl Growth {
    /// Counts what was appended.
    pub(super) fn add(&self, bytes: u64) {
        // What is left afterwards; once it is used up nobody is told before an allowance is set again.
        let rest = |left: u64| Some(left.checked_sub(bytes).filter(|rest| *rest > 0).unwrap_or(u64::MAX));
        let before = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest);
        if before.is_ok_and(|before| before <= bytes) {
            self.used_up.notify_one();
        }
    }

    /// From now on, tells after so many bytes; of none at all at once.
    pub(super) fn allow(&self, bytes: u64) {
        self.left.store(if bytes == 0 { u64::MAX } else { bytes }, Ordering::Relaxed);
        if bytes == 0 {
            self.used_up.notify_one();
        }
    }

    /// Waits until the allowance is used up.
    pub(super) async fn used_up(&self) {
        self.used_up.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    fn is_told(growth: &Growth) -> bool {
        pin!(growth.used_up()).poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn one_is_told_once_when_the_allowance_is_used_up() {
        let growth = Growth::default();
        growth.add(1 << 50);
        assert!(!is_told(&growth), "none was set");
        growth.allow(100);
        growth.add(99);
        assert!(!is_told(&growth));
        growth.add(1);
        growth.add(1_000);
        assert!(is_told(&growth));
        assert!(!is_told(&growth), "only once");
        growth.allow(0);
        assert!(is_told(&growth), "at once");
        growth.allow(10);
        growth.add(1_000);
        assert!(is_told(&growth), "by one large append too");
    }
}
