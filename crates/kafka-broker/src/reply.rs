//! A reply on its way out: an encoded frame, with ranges of files where fetched records go.
//!
//! Fetched records never pass through our memory on a plain socket; the file parts go from the page cache to
//! the socket.

use kafka_wire::Rope;

use crate::log::FileRange;

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
    /// A frame all of whose bytes are in the rope.
    pub(crate) fn new(rope: Rope) -> Self {
        Self { rope, files: Vec::new() }
    }

    /// A frame whose regions are these files, by token.
    pub(crate) fn with_files(rope: Rope, files: Vec<Vec<FileRange>>) -> Self {
        Self { rope, files }
    }

    /// Bytes of all pieces.
    pub(crate) fn len(&self) -> u64 {
        self.rope.len()
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
