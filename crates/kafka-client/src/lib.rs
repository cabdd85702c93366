//! A small Kafka client on the codec of `kafka-wire`: the readiness probe, the quick start and the benchmark
//! drive a broker with it.
//!
//! One connection to one broker, no background task, no retry: whoever calls sees what happened. It is not a
//! client for applications; those have good ones.

mod connection;
mod data;
mod group;

pub use connection::{Answer, Connection};
pub use data::{EARLIEST, LATEST, PartitionBatch};
pub use group::{Assigned, GroupMember};

use kafka_wire::{DecodeError, EncodeError, ErrorCode};

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The connection could not be made, or broke.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The broker offers no version of the API that we speak.
    #[error("the broker does not offer {0} in a version this client speaks")]
    NotOffered(&'static str),
    /// The broker's answer cannot be read.
    #[error("the broker's answer cannot be read: {0}")]
    Decode(#[from] DecodeError),
    /// The request cannot be written in the version the broker wants.
    #[error("the request cannot be written: {0}")]
    Encode(#[from] EncodeError),
    /// The answer is not to the request that was sent.
    #[error("the broker answered request {answered}, not {asked}")]
    OutOfOrder {
        /// The request in turn.
        asked: i32,
        /// The one that the broker named.
        answered: i32,
    },
    /// A frame is longer than this client takes.
    #[error("the broker sent a frame of {0} bytes")]
    FrameTooLong(i32),
    /// The broker refused.
    #[error("{what}: {code}")]
    Refused {
        /// What was asked.
        what: &'static str,
        /// Its answer.
        code: ErrorCode,
    },
}

/// Success, or the refusal of `what`.
pub(crate) fn check(what: &'static str, code: ErrorCode) -> Result<(), ClientError> {
    if code == ErrorCode::NONE { Ok(()) } else { Err(ClientError::Refused { what, code }) }
}
