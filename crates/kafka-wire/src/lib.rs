//! Kafka on the wire: messages as declarative tables, frames, and record batches as bytes.
//!
//! - [`messages`]: one file per API, each a table of fields with the versions that carry them.
//! - [`wire`]: the primitive types a table is made of, and the reader and encoder below them.
//! - [`header`] and [`rope`]: request headers in, whole frames out, with file ranges spliced in.
//! - [`records`]: record batch headers, checks, the record walk, and building batches.
//! - [`consumer_protocol`]: what consumers say to each other through a group's coordinator.
//! - [`api`] and [`error_code`]: the numbers, which survive when this crate does not know them.
//!
//! # Invariants
//!
//! - No clock, no file, no socket, no runtime. The same bytes always give the same answer.
//! - No input panics, and none makes this crate reserve memory for bytes that have not arrived:
//!   decoding a request of n bytes keeps at most [`wire::HEAP_PER_BYTE`] · n + [`wire::HEAP_FREE`] bytes, and half as
//!   much again while an array moves to a larger place.
//! - What is decoded borrows the frame. Whoever keeps a name beyond the request copies it.
//! - A batch a producer sent is never taken apart and put together again: header, checksum and
//!   records are checked, the bytes stay the producer's.
//! - Nothing here decides policy: which versions are offered, and what a fault is called, is the broker's.
//!
//! # Where bytes from outside enter
//!
//! Each of these takes bytes, and any bytes: [`RequestHeader::decode`], [`header::response_header_decode`],
//! [`messages::Message::decode`] (or [`messages::CODECS`], for all of them without naming one),
//! [`records::Batches`], [`records::Batch::records_verify`], [`records::Batch::plain`],
//! [`records::ControlMarker::of_batch`], and both decoders of [`consumer_protocol`].

pub mod api;
pub mod consumer_protocol;
pub mod error;
pub mod error_code;
pub mod header;
pub mod messages;
pub mod records;
pub mod rope;
#[cfg(feature = "sample")]
pub mod sample;
mod table;
pub mod wire;

pub use api::{Api, ApiKey, Versions};
pub use error::{DecodeError, EncodeError};
pub use error_code::ErrorCode;
pub use header::RequestHeader;
pub use rope::{Piece, Region, Rope, Splice};
