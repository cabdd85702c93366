//! How long nothing is read from a connection: what a client was told to hold back, it is made to (KIP-219).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use machine::clock::Clock;

/// The pause of one connection. It is set while a request is handled, and waited for before the next is read.
#[derive(Debug, Default)]
pub(crate) struct Pause {
    /// Its end by the monotonic clock, in nanoseconds; 0 when there has been none.
    until_nanos: AtomicU64,
}

impl Pause {
    /// Has it last until then, or longer if it does.
    pub(crate) fn until(&self, end: Duration) {
        let end = u64::try_from(end.as_nanos()).unwrap_or(u64::MAX);
        self.until_nanos.fetch_max(end, Ordering::Relaxed);
    }

    /// Whether there is one to be waited for. It costs no look at the clock.
    pub(crate) fn is_set(&self) -> bool {
        self.until_nanos.load(Ordering::Relaxed) > 0
    }

    /// Waits for its end, and has none from then on.
    pub(crate) async fn over(&self, clock: &Clock) {
        clock.sleep_until(Duration::from_nanos(self.until_nanos.load(Ordering::Relaxed))).await;
        self.until_nanos.store(0, Ordering::Relaxed);
    }
}
