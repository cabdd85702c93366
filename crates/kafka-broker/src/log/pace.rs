//! How fast work in the background may go, so that it does not stand in the way of what somebody waits for.

use std::time::Duration;

/// Bytes a second, for all together who share it.
#[derive(Debug)]
pub struct Pace {
    bytes_per_second: u32,
    turn: tokio::sync::Mutex<()>,
}

impl Pace {
    /// At most so many bytes a second; nothing at all at zero.
    pub fn new(bytes_per_second: u32) -> Self {
        Self { bytes_per_second, turn: tokio::sync::Mutex::default() }
    }

    /// Whether anything may be done.
    pub fn is_on(&self) -> bool {
        self.bytes_per_second > 0
    }

    /// Waits until so many bytes more may be read.
    pub(super) async fn take(&self, bytes: u64) {
        let _turn = self.turn.lock().await;
        let nanos = bytes.saturating_mul(1_000_000_000) / u64::from(self.bytes_per_second.max(1));
        tokio::time::sleep(Duration::from_nanos(nanos)).await;
    }
}
