//! Record batches: what a produce request carries, a log stores and a fetch response returns.
//!
//! A broker looks at a batch in three depths, each dearer than the one before:
//!
//! 1. [`BatchHeader`]: 61 bytes. Enough to find the next batch, assign offsets, and index a log.
//! 2. [`Batch`]: the header with all bytes behind it, so that the checksum can be verified.
//! 3. The records: [`Batch::records_verify`] walks them as they are inflated, keeping nothing;
//!    [`Batch::plain`] inflates them for whoever wants keys and values.
//!
//! Nobody rebuilds a batch to change its header. Offset and leader epoch stand outside the checksum; what stands
//! inside is changed with [`BatchHeader::amend`], which corrects the checksum without reading the records. Only
//! compaction, which takes records out ([`Batch::sift`]), and another compression ([`Batch::recompressed`]) write a
//! batch anew.
//!
//! Only format 2 exists here. Older ones are refused, as every version of Produce that is served demands.

mod attributes;
mod batch;
mod builder;
mod compression;
mod control;
mod cursor;
mod error;
mod header;
mod inflate;
mod recompress;
mod record;
mod scan;
mod sieve;
mod snappy;
mod verify;

pub use attributes::{Attributes, TimestampType};
pub use batch::{Batch, Batches};
pub use builder::{BatchBuilder, BuildError, NewRecord};
pub use compression::Compression;
pub use control::{ControlKind, ControlMarker};
pub use error::{BatchError, RecordError, RecordFault};
pub use header::{
    BatchHeader, HEADER_BYTES, MAGIC, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE, NO_TIMESTAMP,
};
pub use record::{Header, Headers, Plain, Record, RecordsIter};
pub use scan::{Excerpts, RecordExcerpt, RecordShape, Scan};
pub use sieve::{RecordMark, RecordVisitor, Sieve, SieveError};
pub use verify::{RecordRules, RecordSummary};
