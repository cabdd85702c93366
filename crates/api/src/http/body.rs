//! Reads a request body into memory, within its bounds.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// Longer than allowed.
    TooLarge,
    /// Nothing came for too long, or all of it took too long.
    Stalled,
    /// The connection broke, or the body is not framed as announced.
    Broken,
}

/// Bounds of a request body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimits {
    /// Without any byte.
    pub(crate) stall: Duration,
    /// From first to last byte.
    pub(crate) time: Duration,
}

/// How much of a body that is too large is read and dropped before the refusal is sent: ordinary clients
/// read only after they have written, and would see a broken connection instead of the answer.
const DISCARD_MAX: u64 = 16 * 1024 * 1024;

/// Bodies up to this size take no part of the budget: they are gone before they could add up.
const SMALL: u64 = 16 * 1024;

/// The memory that all bodies in flight share. Whoever does not fit waits unread.
pub(crate) struct Budget(Semaphore);

/// One unit of the budget, in bytes.
const UNIT: usize = 1024;

impl Budget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(Semaphore::new(bytes / UNIT))
    }

    /// Takes room for `bytes`, when there is.
    async fn take(&self, bytes: u64) -> Option<SemaphorePermit<'_>> {
        if bytes <= SMALL {
            return None;
        }
        let units = u32::try_from(bytes.div_ceil(UNIT as u64)).unwrap_or(u32::MAX);
        self.0.acquire_many(units).await.ok()
    }
}

/// A body in memory; its part of the budget is given back when this is dropped.
pub(crate) struct Held<'b> {
    pub(crate) bytes: Bytes,
    _room: Option<SemaphorePermit<'b>>,
}

/// Reads `body`, which may have `max` bytes.
pub(crate) async fn read<B>(
    mut body: B,
    max: u64,
    expects_continue: bool,
    limits: BodyLimits,
    budget: &Budget,
) -> Result<Held<'_>, BodyError>
where
    B: Body<Data = Bytes> + Unpin,
{
    let announced = body.size_hint();
    if announced.lower() > max {
        // A client that asked whether to send at all has its answer already.
        if !expects_continue && announced.lower() <= DISCARD_MAX {
            discard(&mut body, DISCARD_MAX, limits).await;
        }
        return Err(BodyError::TooLarge);
    }
    // Without an announced length the whole of the allowance is set aside.
    let room = budget.take(announced.upper().unwrap_or(max).min(max)).await;
    let capacity = usize::try_from(announced.lower()).unwrap_or(0);
    let mut bytes = BytesMut::with_capacity(capacity);
    let whole = timeout(limits.time, async {
        while let Some(frame) = timeout(limits.stall, body.frame()).await.map_err(|_| BodyError::Stalled)? {
            let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
            if (bytes.len() + data.len()) as u64 > max {
                return Err(BodyError::TooLarge);
            }
            bytes.extend_from_slice(&data);
        }
        Ok(())
    });
    match whole.await {
        Ok(Ok(())) => Ok(Held { bytes: bytes.freeze(), _room: room }),
        Ok(Err(BodyError::TooLarge)) => {
            discard(&mut body, DISCARD_MAX, limits).await;
            Err(BodyError::TooLarge)
        }
        Ok(Err(error)) => Err(error),
        Err(_) => Err(BodyError::Stalled),
    }
}

/// Reads and drops what is left, up to `max` bytes and for no longer than a body may take.
async fn discard<B: Body<Data = Bytes> + Unpin>(body: &mut B, max: u64, limits: BodyLimits) {
    let mut left = max;
    let drained = timeout(limits.time, async {
        while let Ok(Some(Ok(frame))) = timeout(limits.stall, body.frame()).await {
            let read = frame.data_ref().map_or(0, Bytes::len) as u64;
            match left.checked_sub(read) {
                Some(rest) => left = rest,
                None => break,
            }
        }
    });
    // Whatever is left unread ends with the connection.
    drained.await.ok();
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use http_body_util::Full;
    use hyper::body::{Frame, SizeHint};

    use super::*;

    const LIMITS: BodyLimits =
        BodyLimits { stall: Duration::from_millis(20), time: Duration::from_millis(200) };

    /// Chunks of unknown total length; never ends when `hangs`.
    struct Chunks {
        chunks: VecDeque<usize>,
        hangs: bool,
    }

    impl Body for Chunks {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            match self.chunks.pop_front() {
                Some(size) => Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![b'x'; size]))))),
                None if self.hangs => Poll::Pending,
                None => Poll::Ready(None),
            }
        }

        fn size_hint(&self) -> SizeHint {
            SizeHint::new()
        }
    }

    fn chunks(sizes: &[usize]) -> Chunks {
        Chunks { chunks: sizes.iter().copied().collect(), hangs: false }
    }

    async fn read_len<B: Body<Data = Bytes> + Unpin>(body: B, max: u64) -> Result<usize, BodyError> {
        let budget = Budget::new(1 << 20);
        read(body, max, false, LIMITS, &budget).await.map(|held| held.bytes.len())
    }

    #[tokio::test]
    async fn the_bound_is_exact_announced_or_not() {
        assert_eq!(read_len(Full::new(Bytes::from(vec![0; 100])), 100).await, Ok(100));
        assert_eq!(read_len(Full::new(Bytes::from(vec![0; 101])), 100).await, Err(BodyError::TooLarge));
        assert_eq!(read_len(chunks(&[60, 40]), 100).await, Ok(100));
        assert_eq!(read_len(chunks(&[60, 41, 5_000]), 100).await, Err(BodyError::TooLarge));
    }

    #[tokio::test]
    async fn a_body_that_stops_is_given_up() {
        let body = Chunks { chunks: [5].into(), hangs: true };
        assert_eq!(read_len(body, 100).await, Err(BodyError::Stalled));
    }

    #[tokio::test]
    async fn bodies_that_do_not_fit_together_wait_for_each_other() {
        let budget = Budget::new(100 * 1024);
        let body = || Full::new(Bytes::from(vec![0; 60 * 1024]));
        let first = read(body(), 1 << 20, false, LIMITS, &budget).await.unwrap();
        let second = read(body(), 1 << 20, false, LIMITS, &budget);
        tokio::pin!(second);
        assert!(timeout(LIMITS.stall, &mut second).await.is_err(), "no room yet");
        drop(first);
        assert_eq!(second.await.unwrap().bytes.len(), 60 * 1024);
    }
}
