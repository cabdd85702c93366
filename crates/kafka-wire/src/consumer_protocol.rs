//! What consumers tell each other through the classic group protocol: the metadata of JoinGroup and the
//! assignment of SyncGroup, when the protocol type is `consumer`. The coordinator only passes them on; it
//! looks inside to learn which topics a group reads.

use std::borrow::Cow;

use crate::error::{DecodeError, EncodeError};
use crate::table::structure;
use crate::wire::{Context, Decode, Encode, Encoder, Reader};

/// The protocol type of consumers.
pub const PROTOCOL_TYPE: &str = "consumer";

/// The newest version of both.
pub const VERSION_MAX: i16 = 3;

structure! {
    /// What a member wants to read, and what it has.
    ConsumerSubscription<'a> {
        topics: Vec<Cow<'a, str>> => 0..;
        /// For the assignor.
        user_data: Option<Cow<'a, [u8]>> => 0..;
        /// What it had in the last generation.
        owned_partitions: Vec<ConsumerPartitions<'a>> => 1.., else ignore;
        /// The generation in which it had them; −1 when it does not know.
        generation_id: i32 = -1 => 2.., else ignore;
        /// Where it is.
        rack_id: Option<Cow<'a, str>> => 3.., else ignore;
    }
}

structure! {
    /// What a member is to read.
    ConsumerAssignment<'a> {
        assigned_partitions: Vec<ConsumerPartitions<'a>> => 0..;
        /// From the assignor.
        user_data: Option<Cow<'a, [u8]>> => 0..;
    }
}

structure! {
    /// Partitions of a topic.
    ConsumerPartitions<'a> {
        topic: Cow<'a, str> => 0..;
        partitions: Vec<i32> => 0..;
    }
}

impl<'a> ConsumerSubscription<'a> {
    /// Reads a member's metadata.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        decode("ConsumerSubscription", bytes)
    }

    /// Writes it, with its version in front.
    pub fn encode(&self, version: i16) -> Result<Vec<u8>, EncodeError> {
        encode("ConsumerSubscription", self, version)
    }
}

impl<'a> ConsumerAssignment<'a> {
    /// Reads a member's assignment. No bytes at all, which is how a leader says that a member gets nothing,
    /// are the empty assignment.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        if bytes.is_empty() { Ok(Self::default()) } else { decode("ConsumerAssignment", bytes) }
    }

    /// Writes it, with its version in front.
    pub fn encode(&self, version: i16) -> Result<Vec<u8>, EncodeError> {
        encode("ConsumerAssignment", self, version)
    }
}

/// Newer versions only append, so one that is not known yet is read as the newest that is, and what
/// follows is the sender's business.
fn decode<'a, T: Decode<'a>>(name: &'static str, bytes: &'a [u8]) -> Result<T, DecodeError> {
    let mut versioned = Reader::new(bytes, context(0));
    let version = i16::decode_from(&mut versioned)?;
    if version < 0 {
        return Err(DecodeError::Version { api: name, version });
    }
    T::decode_from(&mut Reader::new(versioned.rest(), context(version.min(VERSION_MAX))))
}

fn encode(name: &'static str, value: &impl Encode, version: i16) -> Result<Vec<u8>, EncodeError> {
    if !(0..=VERSION_MAX).contains(&version) {
        return Err(EncodeError::Version { api: name, version });
    }
    let mut bytes = Vec::new();
    let mut splices = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, &mut splices, context(version));
    version.encode_to(&mut encoder)?;
    value.encode_to(&mut encoder)?;
    Ok(bytes)
}

fn context(version: i16) -> Context {
    Context { version, flexible: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partitions() -> Vec<ConsumerPartitions<'static>> {
        vec![ConsumerPartitions { topic: "orders".into(), partitions: vec![0, 2] }]
    }

    #[test]
    fn subscriptions_survive_as_far_as_their_version_goes() {
        let full = ConsumerSubscription {
            topics: vec!["orders".into(), "refunds".into()],
            user_data: Some(b"sticky"[..].into()),
            owned_partitions: partitions(),
            generation_id: 7,
            rack_id: Some("a".into()),
        };
        assert_eq!(ConsumerSubscription::decode(&full.encode(3).unwrap()), Ok(full.clone()));
        let oldest = full.encode(0).unwrap();
        let expected = ConsumerSubscription {
            owned_partitions: Vec::new(),
            generation_id: -1,
            rack_id: None,
            ..full.clone()
        };
        assert_eq!(ConsumerSubscription::decode(&oldest), Ok(expected));
        assert!(full.encode(4).is_err() && full.encode(-1).is_err());
    }

    #[test]
    fn the_format_is_kafkas() {
        let assignment = ConsumerAssignment { assigned_partitions: partitions(), user_data: None };
        let bytes = assignment.encode(1).unwrap();
        let expected = b"\0\x01\0\0\0\x01\0\x06orders\0\0\0\x02\0\0\0\0\0\0\0\x02\xff\xff\xff\xff";
        assert_eq!(bytes, expected);
        assert_eq!(ConsumerAssignment::decode(&bytes), Ok(assignment));
    }

    #[test]
    fn newer_versions_and_no_bytes_are_understood() {
        let newer = b"\0\x09\0\0\0\0\xff\xff\xff\xffwhatever comes next";
        assert_eq!(ConsumerAssignment::decode(newer), Ok(ConsumerAssignment::default()));
        assert_eq!(ConsumerAssignment::decode(b""), Ok(ConsumerAssignment::default()));
        assert!(ConsumerSubscription::decode(b"").is_err());
        assert!(ConsumerSubscription::decode(b"\xff\xff\0\0\0\0").is_err());
    }
}
