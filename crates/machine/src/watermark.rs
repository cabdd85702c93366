//! A mark that only rises, and futures that wait for it: how callers learn that their bytes are durable.
//!
//! Waiting costs one entry in one list, however many wait; nothing is allocated while nobody does.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use crate::commit::SyncFailed;

/// How far something has come, and whether it ever goes on.
#[derive(Debug, Default)]
pub struct Watermark {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    reached: u64,
    failed: Option<SyncFailed>,
    waiters: Vec<Waiter>,
    next_key: u64,
}

#[derive(Debug)]
struct Waiter {
    mark: u64,
    key: u64,
    waker: Waker,
}

impl Watermark {
    /// Starts at `reached`.
    pub fn new(reached: u64) -> Self {
        Self { state: Mutex::new(State { reached, ..State::default() }) }
    }

    /// How far it has come.
    pub fn reached(&self) -> u64 {
        self.state.lock().reached
    }

    /// Why it never rises again, if so.
    pub fn failed(&self) -> Option<SyncFailed> {
        self.state.lock().failed.clone()
    }

    /// Raises the mark and wakes who waited for it. A lower mark changes nothing.
    pub fn advance(&self, mark: u64) {
        let mut woken = Vec::new();
        {
            let mut state = self.state.lock();
            if state.failed.is_some() || mark <= state.reached {
                return;
            }
            state.reached = mark;
            woken.extend(state.waiters.extract_if(.., |waiter| waiter.mark <= mark));
        }
        // Wakers run foreign code: never under the lock.
        woken.into_iter().for_each(|waiter| waiter.waker.wake());
    }

    /// Ends all waiting above the mark, now and later. The first reason stays.
    pub fn fail(&self, reason: &SyncFailed) {
        let woken = {
            let mut state = self.state.lock();
            state.failed.get_or_insert_with(|| reason.clone());
            std::mem::take(&mut state.waiters)
        };
        woken.into_iter().for_each(|waiter| waiter.waker.wake());
    }

    /// Waits until the mark is reached, or can no longer be.
    pub fn wait(&self, mark: u64) -> Reached<'_> {
        Reached { watermark: self, mark, key: None }
    }
}

/// Resolves when a [`Watermark`] is reached or failed. Dropping it leaves nothing behind.
#[derive(Debug)]
#[must_use = "waiting happens when it is awaited"]
pub struct Reached<'a> {
    watermark: &'a Watermark,
    mark: u64,
    key: Option<u64>,
}

impl Future for Reached<'_> {
    type Output = Result<(), SyncFailed>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let watermark = self.watermark;
        let mut state = watermark.state.lock();
        if self.mark <= state.reached {
            return Poll::Ready(Ok(()));
        }
        if let Some(reason) = &state.failed {
            return Poll::Ready(Err(reason.clone()));
        }
        let known = self.key.and_then(|key| state.waiters.iter_mut().find(|waiter| waiter.key == key));
        if let Some(waiter) = known {
            waiter.waker.clone_from(context.waker());
        } else {
            let key = state.next_key;
            state.next_key += 1;
            state.waiters.push(Waiter { mark: self.mark, key, waker: context.waker().clone() });
            self.key = Some(key);
        }
        Poll::Pending
    }
}

impl Drop for Reached<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.watermark.state.lock().waiters.retain(|waiter| waiter.key != key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(future: &mut Reached<'_>) -> Poll<Result<(), SyncFailed>> {
        Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn waiters_are_served_up_to_the_mark() {
        let watermark = Watermark::new(5);
        assert_eq!(poll(&mut watermark.wait(5)), Poll::Ready(Ok(())));
        let (mut first, mut second) = (watermark.wait(7), watermark.wait(9));
        assert!(poll(&mut first).is_pending() && poll(&mut second).is_pending());
        assert!(poll(&mut first).is_pending());
        assert_eq!(watermark.state.lock().waiters.len(), 2, "polling twice does not register twice");
        watermark.advance(8);
        assert_eq!(poll(&mut first), Poll::Ready(Ok(())));
        assert!(poll(&mut second).is_pending());
        watermark.advance(3);
        assert_eq!(watermark.reached(), 8);
        drop(second);
        assert_eq!(watermark.state.lock().waiters.len(), 0);
    }

    #[test]
    fn failure_is_final_above_the_mark() {
        let watermark = Watermark::new(5);
        let mut waiting = watermark.wait(6);
        assert!(poll(&mut waiting).is_pending());
        let reason = SyncFailed::new("first");
        watermark.fail(&reason);
        watermark.fail(&SyncFailed::new("second"));
        watermark.advance(10);
        assert_eq!(poll(&mut waiting), Poll::Ready(Err(reason.clone())));
        assert_eq!(poll(&mut watermark.wait(6)), Poll::Ready(Err(reason)));
        assert_eq!(poll(&mut watermark.wait(5)), Poll::Ready(Ok(())), "what was durable stays so");
    }

    #[tokio::test]
    async fn every_waiter_wakes() {
        let watermark = std::sync::Arc::new(Watermark::default());
        let tasks: Vec<_> = (1..100u64)
            .map(|mark| {
                let watermark = watermark.clone();
                tokio::spawn(async move { watermark.wait(mark).await })
            })
            .collect();
        tokio::task::yield_now().await;
        for mark in 1..100 {
            watermark.advance(mark);
        }
        for task in tasks {
            assert_eq!(task.await.unwrap(), Ok(()));
        }
    }
}
