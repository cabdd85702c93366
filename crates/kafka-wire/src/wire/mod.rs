//! The types that Kafka's messages are made of, and how each is read and written.
//!
//! A table names Rust types; the Rust type says the wire type:
//!
//! | Rust | Kafka |
//! | --- | --- |
//! | `bool`, `i8`, `i16`, `i32`, `i64`, `f64`, `Uuid` | the same, big-endian |
//! | `ErrorCode`, `ApiKey` | int16 |
//! | `&str`, `Cow<str>` | string |
//! | `&[u8]`, `Cow<[u8]>`, `Records` | bytes, records |
//! | `Vec<T>` | array |
//! | `Option` of the above | the nullable form |
//! | `Option` of a structure | nullable structure, marked by one byte |
//!
//! Flexible versions write strings, bytes and arrays in their compact form and end every structure
//! with tagged fields; whether a version is flexible travels in the [`Context`].

mod encoder;
mod list;
mod number;
mod reader;
mod text;
pub mod varint;

pub use encoder::Encoder;
pub use reader::{HEAP_FREE, HEAP_PER_BYTE, HEAP_PER_RESPONSE_BYTE, Reader};
pub use text::{Records, STRING_BYTES_MAX};

use crate::error::{DecodeError, EncodeError};

/// What a value's form on the wire depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The version of the API.
    pub version: i16,
    /// Whether that version has compact lengths and tagged fields.
    pub flexible: bool,
}

/// A value that can be read. Strings and bytes borrow from the frame for `'a`.
pub trait Decode<'a>: Sized {
    /// The fewest bytes a value can take: what bounds an array's count before anything is reserved.
    fn size_min(context: Context) -> usize;

    /// Reads one value.
    fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError>;
}

/// A value that can be written.
pub trait Encode {
    /// Writes one value.
    fn encode_to(&self, encoder: &mut Encoder<'_>) -> Result<(), EncodeError>;
}

/// Marks the structures of the tables: what `Option` says about them differs from strings and arrays.
pub trait Structure {}
