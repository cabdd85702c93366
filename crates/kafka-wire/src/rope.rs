//! Frames on their way out: bytes, with ranges of files between them.
//!
//! A fetch response is a few header bytes around megabytes that lie in a log segment. Encoding it
//! writes only the header bytes; where records belong it notes a [`Region`], and whoever owns the socket
//! sends buffer, file range, buffer, and so on, in the order of [`Rope::pieces`].

use crate::api::Api;
use crate::error::EncodeError;
use crate::messages::Message;
use crate::wire::{Context, Encode, Encoder};

/// Bytes that lie elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// How many there are.
    pub len: u32,
    /// Which they are; means something only to whoever made the region.
    pub token: u32,
}

/// A region and the place in the buffer before which it goes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Splice {
    /// An index into [`Rope::bytes`].
    pub position: usize,
    /// What goes there.
    pub region: Region,
}

/// One stretch of a rope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Bytes of the buffer; never empty.
    Bytes(&'a [u8]),
    /// Bytes that lie elsewhere; never empty.
    Region(Region),
}

/// Whole frames, one after the other, ready to be sent. Reusable: [`Rope::clear`] keeps the memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rope {
    bytes: Vec<u8>,
    splices: Vec<Splice>,
}

impl Rope {
    /// An empty rope.
    pub fn new() -> Self {
        Self::default()
    }

    /// A rope that writes over the memory of `bytes`.
    pub fn reusing(mut bytes: Vec<u8>) -> Self {
        bytes.clear();
        Self { bytes, splices: Vec::new() }
    }

    /// A frame that is a length and these bytes, without a header: a login's token, as old clients exchange them.
    pub fn bare(token: &[u8]) -> Self {
        let len = i32::try_from(token.len()).expect("a token is short");
        Self { bytes: [&len.to_be_bytes(), token].concat(), splices: Vec::new() }
    }

    /// Appends a request: length, header, body. On an error the rope is as it was.
    pub fn request<M: Message>(
        &mut self,
        version: i16,
        correlation_id: i32,
        client_id: Option<&str>,
        body: &M,
    ) -> Result<(), EncodeError> {
        self.frame(M::API, version, |encoder| {
            let context = encoder.context();
            M::API.key.encode_to(encoder)?;
            version.encode_to(encoder)?;
            correlation_id.encode_to(encoder)?;
            // The client id keeps its 16-bit length in both forms of the header.
            encoder.with(Context { flexible: false, ..context }, |plain| client_id.encode_to(plain))?;
            if context.flexible {
                encoder.tag_count(0);
            }
            body.encode_to(encoder)
        })
    }

    /// Appends a response: length, header, body. On an error the rope is as it was.
    pub fn response<M: Message>(
        &mut self,
        version: i16,
        correlation_id: i32,
        body: &M,
    ) -> Result<(), EncodeError> {
        self.frame(M::API, version, |encoder| {
            correlation_id.encode_to(encoder)?;
            if M::API.response_header_flexible(version) {
                encoder.tag_count(0);
            }
            body.encode_to(encoder)
        })
    }

    /// The bytes of the buffer, without the regions.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The regions and where they go, in order.
    pub fn splices(&self) -> &[Splice] {
        &self.splices
    }

    /// The buffer and the regions, for whoever sends them without this type's help.
    pub fn into_parts(self) -> (Vec<u8>, Vec<Splice>) {
        (self.bytes, self.splices)
    }

    /// How many bytes go on the wire, regions included.
    pub fn len(&self) -> u64 {
        self.bytes.len() as u64 + region_bytes(&self.splices)
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets the frames and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.splices.clear();
    }

    /// What goes on the wire, in order.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let ends = self.splices.iter().map(|splice| (splice.position, Some(splice.region)));
        let mut sent = 0;
        ends.chain([(self.bytes.len(), None)])
            .flat_map(move |(end, region)| {
                let bytes = &self.bytes[sent..end];
                sent = end;
                [Some(Piece::Bytes(bytes)).filter(|_| !bytes.is_empty()), region.map(Piece::Region)]
            })
            .flatten()
    }

    fn frame(
        &mut self,
        api: &'static Api,
        version: i16,
        content: impl FnOnce(&mut Encoder<'_>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        if !api.versions.contains(version) {
            return Err(EncodeError::Version { api: api.name, version });
        }
        let (start, splices) = (self.bytes.len(), self.splices.len());
        let written =
            self.frame_from(start, splices, Context { version, flexible: api.flexible(version) }, content);
        if written.is_err() {
            self.bytes.truncate(start);
            self.splices.truncate(splices);
        }
        written
    }

    fn frame_from(
        &mut self,
        start: usize,
        splices: usize,
        context: Context,
        content: impl FnOnce(&mut Encoder<'_>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        self.bytes.extend_from_slice(&[0; LENGTH_BYTES]);
        content(&mut Encoder::new(&mut self.bytes, &mut self.splices, context))?;
        let length =
            (self.bytes.len() - start - LENGTH_BYTES) as u64 + region_bytes(&self.splices[splices..]);
        let length = i32::try_from(length).map_err(|_| EncodeError::TooLong {
            length: usize::try_from(length).unwrap_or(usize::MAX),
            limit: i32::MAX as usize,
        })?;
        self.bytes[start..start + LENGTH_BYTES].copy_from_slice(&length.to_be_bytes());
        Ok(())
    }
}

/// The length in front of a frame, which does not count itself.
const LENGTH_BYTES: usize = 4;

fn region_bytes(splices: &[Splice]) -> u64 {
    splices.iter().map(|splice| u64::from(splice.region.len)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error_code::ErrorCode;
    use crate::messages::{
        FetchResponse, FetchResponsePartition, FetchResponseTopic, FindCoordinatorRequest, HeartbeatResponse,
        MetadataRequest,
    };
    use crate::wire::Records;

    fn fetch(records: [Records<'static>; 3]) -> FetchResponse<'static> {
        let partitions = records.map(|records| FetchResponsePartition { records, ..Default::default() });
        FetchResponse {
            responses: vec![FetchResponseTopic { partitions: partitions.into(), ..Default::default() }],
            ..Default::default()
        }
    }

    /// What goes on the wire, with the regions filled in from `files`.
    fn sent(rope: &Rope, files: &[&[u8]]) -> Vec<u8> {
        let bytes: Vec<u8> = rope
            .pieces()
            .flat_map(|piece| match piece {
                Piece::Bytes(bytes) => bytes,
                Piece::Region(region) => files[region.token as usize],
            })
            .copied()
            .collect();
        assert_eq!(bytes.len() as u64, rope.len());
        bytes
    }

    #[test]
    fn regions_are_sent_as_if_they_had_been_copied() {
        let files = [&[0xaa; 5][..], &[0xbb; 300]];
        let copied = fetch([
            Records::Bytes(files[0].into()),
            Records::Bytes(b"here".into()),
            Records::Bytes(files[1].into()),
        ]);
        let spliced = fetch([
            Records::Region(Region { len: 5, token: 0 }),
            Records::Bytes(b"here".into()),
            Records::Region(Region { len: 300, token: 1 }),
        ]);
        let (mut whole, mut rope) = (Rope::new(), Rope::new());
        // Two frames in one rope, in every version.
        for version in FetchResponse::API.versions.iter() {
            for correlation_id in [1, 2] {
                whole.response(version, correlation_id, &copied).unwrap();
                rope.response(version, correlation_id, &spliced).unwrap();
            }
            assert_eq!(rope.splices().len(), 4);
            assert_eq!(sent(&rope, &files), whole.bytes(), "version {version}");
            whole.clear();
            rope.clear();
        }
    }

    #[test]
    fn no_piece_is_empty() {
        let records = [
            Records::Region(Region { len: 0, token: 0 }),
            Records::Null,
            Records::Region(Region { len: 1, token: 1 }),
        ];
        let mut rope = Rope::new();
        rope.response(4, 0, &fetch(records)).unwrap();
        let regions: Vec<Region> = rope.splices().iter().map(|splice| splice.region).collect();
        assert_eq!(regions, [Region { len: 1, token: 1 }]);
        // The region ends the frame, so nothing follows it.
        assert!(matches!(rope.pieces().last(), Some(Piece::Region(_))));
        assert_eq!(rope.pieces().count(), 2);
        assert_eq!(Rope::new().pieces().count(), 0);
    }

    #[test]
    fn a_frame_that_cannot_be_written_leaves_the_rope_as_it_was() {
        let mut rope = Rope::new();
        rope.response(0, 7, &HeartbeatResponse::default()).unwrap();
        let before = rope.clone();

        let many = fetch([(); 3].map(|()| Records::Region(Region { len: u32::MAX >> 1, token: 0 })));
        assert!(matches!(rope.response(4, 7, &many), Err(EncodeError::TooLong { .. })));
        let unknown = EncodeError::Version { api: "Fetch", version: 3 };
        assert_eq!(rope.response(3, 7, &many), Err(unknown));
        let endless = "x".repeat(32_768);
        let request = FindCoordinatorRequest { key: &endless, ..Default::default() };
        let too_long = EncodeError::TooLong { length: 32_768, limit: 32_767 };
        assert_eq!(rope.request(0, 7, None, &request), Err(too_long.clone()));
        assert_eq!(rope.request(3, 7, None, &request), Err(too_long));
        assert_eq!(rope, before);
    }

    #[test]
    fn what_a_version_cannot_say_is_an_error_or_dropped() {
        let mut rope = Rope::new();
        let absent = |field, version| Err(EncodeError::FieldAbsent { field, version });
        let request = MetadataRequest { allow_auto_topic_creation: false, ..Default::default() };
        assert_eq!(
            rope.request(1, 0, None, &request),
            absent("MetadataRequest.allow_auto_topic_creation", 1)
        );
        assert_eq!(rope.request(4, 0, None, &request), Ok(()));

        let null = Err(EncodeError::Null { field: "MetadataRequest.topics", version: 0 });
        assert_eq!(rope.request(0, 0, None, &MetadataRequest::default()), null);

        // A throttle time only informs, so an old client does not hear of it.
        let mut plain = Rope::new();
        let response = HeartbeatResponse { throttle_time_ms: 5, error_code: ErrorCode::NONE };
        plain.response(0, 7, &response).unwrap();
        assert_eq!(plain.bytes(), [0, 0, 0, 6, 0, 0, 0, 7, 0, 0]);
    }
}
