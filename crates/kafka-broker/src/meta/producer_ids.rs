//! Producer ids: never the same one twice, whatever crashes.

use std::ops::Range;

use super::error::StoreError;
use super::records::Record;
use super::store::Store;

/// Ids are reserved this many at a time, so that a sync serves a thousand producers. A crash skips the rest.
const BLOCK: i64 = 1_000;

/// The ids that are reserved durably and not handed out.
#[derive(Debug)]
pub(super) struct ProducerIds {
    free: tokio::sync::Mutex<Range<i64>>,
}

impl ProducerIds {
    /// Nothing below `end` is handed out any more.
    pub(super) fn from(end: i64) -> Self {
        Self { free: tokio::sync::Mutex::new(end..end) }
    }
}

impl Store {
    /// A producer id that no other producer of this cluster ever had.
    pub async fn producer_id_next(&self) -> Result<i64, StoreError> {
        let mut free = self.producer_ids.free.lock().await;
        if free.is_empty() {
            // The block counts only once it is durable. If this caller goes away first, the next one reserves
            // the same block again, and nobody has had an id of it.
            let block = free.end..free.end + BLOCK;
            self.commit(vec![Record::ProducerIdsReserved { end: block.end }]).await?;
            *free = block;
        }
        let id = free.start;
        free.start += 1;
        Ok(id)
    }
}
