//! A reply on its way out: an encoded frame, with ranges of files where fetched records go.
//!
//! Fetched records never pass through our memory on a plain socket; the file parts go from the page cache to
//! the socket.

use kafka_wire::Rope;
use kafka_wire::messages::Message;

use crate::connection::Close;
use crate::log::FileRange;

/// How much of a client's own words is repeated to it.
const WORDS_BYTES_MAX: usize = 256;

/// A client's own words for a text about them, cut short: a name may be as long as the longest text on the wire
/// (32,767 bytes), and what is said about it must still fit.
pub(crate) fn cut(words: &str) -> &str {
    &words[..words.floor_char_boundary(WORDS_BYTES_MAX)]
}

/// One whole response frame.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    rope: Rope,
    /// What each token of the rope's regions stands for: a region may span several files.
    files: Vec<Vec<FileRange>>,
}

/// One piece of a frame, in order; never empty.
#[derive(Debug)]
pub(crate) enum Piece<'a> {
    Bytes(&'a [u8]),
    File(&'a FileRange),
}

impl Reply {
    /// The frame of a response. Handlers fill only what the version has, so that this cannot fail.
    pub(crate) fn new<M: Message>(version: i16, correlation_id: i32, response: &M) -> Result<Self, Close> {
        Self::with_files(version, correlation_id, response, Vec::new())
    }

    /// The frame of a response whose regions are these files, by token.
    pub(crate) fn with_files<M: Message>(
        version: i16,
        correlation_id: i32,
        response: &M,
        files: Vec<Vec<FileRange>>,
    ) -> Result<Self, Close> {
        let mut rope = Rope::new();
        rope.response(version, correlation_id, response)
            .map_err(|error| Close::Fault(format!("{} version {version}: {error}", M::API.name)))?;
        Ok(Self { rope, files })
    }

    /// A token alone, from before there were frames for them.
    pub(crate) fn bare(token: &[u8]) -> Self {
        Self { rope: Rope::bare(token), files: Vec::new() }
    }

    /// Bytes of all pieces.
    pub(crate) fn len(&self) -> u64 {
        self.rope.len()
    }

    /// Bytes of it that are memory, not files.
    pub(crate) fn memory(&self) -> usize {
        self.rope.bytes().len()
    }

    /// The pieces, in the order they go out.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        self.rope.pieces().flat_map(|piece| {
            let (bytes, files) = match piece {
                kafka_wire::Piece::Bytes(bytes) => (Some(bytes), None),
                kafka_wire::Piece::Region(region) => (None, self.files.get(region.token as usize)),
            };
            let files = files.into_iter().flatten().map(Piece::File);
            bytes.map(Piece::Bytes).into_iter().chain(files)
        })
    }
}

#[cfg(test)]
mod tests {
    use kafka_wire::messages::{MetadataResponse, MetadataResponseTopic};

    use super::*;

    #[test]
    fn a_response_that_its_version_has_no_room_for_is_our_fault() {
        // A topic without a name exists from version 12 on.
        let response =
            MetadataResponse { topics: vec![MetadataResponseTopic::default()], ..Default::default() };
        assert!(Reply::new(12, 1, &response).is_ok());
        assert!(matches!(Reply::new(11, 1, &response), Err(Close::Fault(_))));
    }

    #[test]
    fn words_are_cut_between_characters() {
        assert_eq!(cut("orders"), "orders");
        assert_eq!(cut(&"a".repeat(300)), "a".repeat(256));
        // Three bytes each: the 86th would end at byte 258.
        assert_eq!(cut(&"日".repeat(300)), "日".repeat(85));
    }
}
