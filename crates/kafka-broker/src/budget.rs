//! One budget for the memory of requests in flight, over all connections of the process.
//!
//! A request takes its share before memory is reserved for it, a little at a time while its bytes come in, and
//! keeps it until its reply is sent. When the budget is spent, sockets are not read.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes counted by one permit; a semaphore counts in 32 bits.
const UNIT_BYTES: usize = 1024;

/// The budget; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct RequestBudget {
    units: Arc<Semaphore>,
    whole: u32,
    /// What every share has without being counted.
    free_bytes: usize,
}

/// A share of the budget, given back when dropped.
#[derive(Debug)]
pub(crate) struct Share {
    permit: OwnedSemaphorePermit,
}

impl Share {
    /// Waits until the share covers `bytes`.
    pub(crate) async fn grow(&mut self, bytes: usize, budget: &RequestBudget) {
        let missing = budget.units_of(bytes).saturating_sub(self.permit.num_permits());
        if missing > 0 {
            self.permit.merge(budget.acquire(missing).await);
        }
    }
}

impl RequestBudget {
    /// A budget of `bytes`.
    pub(crate) fn new(bytes: usize) -> Self {
        Self::beyond(0, bytes)
    }

    /// A budget of `bytes` for what shares have beyond the first `free_bytes` of each.
    pub(crate) fn beyond(free_bytes: usize, bytes: usize) -> Self {
        let whole = u32::try_from(bytes / UNIT_BYTES).unwrap_or(u32::MAX).max(1);
        Self { units: Arc::new(Semaphore::new(whole as usize)), whole, free_bytes }
    }

    /// Waits for a share that covers `bytes`. More than the whole budget counts as the whole.
    pub(crate) async fn take(&self, bytes: usize) -> Share {
        Share { permit: self.acquire(self.units_of(bytes)).await }
    }

    fn units_of(&self, bytes: usize) -> usize {
        bytes.saturating_sub(self.free_bytes).div_ceil(UNIT_BYTES).min(self.whole as usize)
    }

    async fn acquire(&self, units: usize) -> OwnedSemaphorePermit {
        let units = u32::try_from(units).unwrap_or(self.whole);
        self.units.clone().acquire_many_owned(units).await.expect("the semaphore is never closed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_spent_budget_waits_until_a_share_comes_back() {
        let budget = RequestBudget::new(10 * UNIT_BYTES);
        let first = budget.take(9 * UNIT_BYTES).await;
        let mut second = polled(budget.take(2 * UNIT_BYTES));
        assert!(second.poll().is_none());
        drop(first);
        assert!(second.poll().is_some());
    }

    #[tokio::test]
    async fn more_than_everything_takes_everything() {
        let budget = RequestBudget::new(2 * UNIT_BYTES);
        let share = budget.take(usize::MAX).await;
        assert_eq!(budget.units.available_permits(), 0);
        drop(share);
        assert_eq!(budget.units.available_permits(), 2);
    }

    #[tokio::test]
    async fn a_share_grows_to_what_is_asked_for_and_comes_back_whole() {
        let budget = RequestBudget::new(10 * UNIT_BYTES);
        let mut share = budget.take(UNIT_BYTES).await;
        share.grow(4 * UNIT_BYTES, &budget).await;
        share.grow(2 * UNIT_BYTES, &budget).await;
        assert_eq!(budget.units.available_permits(), 6);
        drop(share);
        assert_eq!(budget.units.available_permits(), 10);
    }

    #[tokio::test]
    async fn a_share_grows_to_everything_at_most() {
        let budget = RequestBudget::new(2 * UNIT_BYTES);
        let mut share = budget.take(1).await;
        share.grow(usize::MAX, &budget).await;
        assert_eq!(budget.units.available_permits(), 0);
    }

    #[tokio::test]
    async fn what_is_free_never_waits() {
        let budget = RequestBudget::beyond(4 * UNIT_BYTES, 2 * UNIT_BYTES);
        let mut spent = budget.take(4 * UNIT_BYTES).await;
        spent.grow(6 * UNIT_BYTES, &budget).await;
        assert!(polled(budget.take(4 * UNIT_BYTES)).poll().is_some());
        assert!(polled(budget.take(4 * UNIT_BYTES + 1)).poll().is_none());
    }

    struct Polled<F>(std::pin::Pin<Box<F>>);

    fn polled<F: Future>(future: F) -> Polled<F> {
        Polled(Box::pin(future))
    }

    impl<F: Future> Polled<F> {
        fn poll(&mut self) -> Option<F::Output> {
            let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
            match self.0.as_mut().poll(&mut cx) {
                std::task::Poll::Ready(output) => Some(output),
                std::task::Poll::Pending => None,
            }
        }
    }
}
