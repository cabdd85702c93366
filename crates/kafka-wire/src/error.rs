//! Why bytes are not a message, and why a message cannot become bytes.

use thiserror::Error;

/// Why bytes could not be read as what they claim to be. The sender is at fault; the usual answer is
/// to close the connection, because Kafka has no frame that says so.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The bytes end before the value does.
    #[error("{needed} more bytes are needed where {available} are left")]
    Truncated {
        /// Bytes the value still needs.
        needed: usize,
        /// Bytes that are left.
        available: usize,
    },
    /// An array claims more elements than the remaining bytes could hold, however small each is.
    #[error("an array claims {claimed} elements where at most {possible} can follow")]
    Count {
        /// Elements claimed.
        claimed: u32,
        /// Elements that the remaining bytes could hold.
        possible: usize,
    },
    /// A length below −1 (−1 itself means null).
    #[error("a length of {0}")]
    NegativeLength(i32),
    /// Null where this version has no null.
    #[error("null where a value is required")]
    Null,
    /// A string longer than Kafka allows (32,767 bytes).
    #[error("a string of {0} bytes")]
    StringLength(u32),
    /// A string that is not UTF-8.
    #[error("a string that is not UTF-8")]
    Utf8,
    /// A variable-length number that is longer than its type allows.
    #[error("an over-long variable-length number")]
    Varint,
    /// A marker byte of an optional structure that is neither −1 nor 1.
    #[error("an optional structure marked {0}")]
    Presence(i8),
    /// Tagged fields that are repeated or not in ascending order.
    #[error("tagged field {0} is repeated or out of order")]
    TagOrder(u32),
    /// Bytes left over after the value.
    #[error("{0} bytes are left over")]
    Trailing(usize),
    /// The message would need far more memory than the bytes it arrived in.
    #[error("decoding needs too much memory for the size of the frame")]
    HeapExhausted,
    /// The codec has no such version of this API.
    #[error("{api} has no version {version}")]
    Version {
        /// The API's name.
        api: &'static str,
        /// The version asked for.
        version: i16,
    },
}

/// Why a message could not be written. The caller is at fault: nothing from outside leads here except
/// text and lists longer than the format can carry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// A field holds something that this version cannot say, and dropping it would change the meaning.
    #[error("{field} does not exist in version {version}")]
    FieldAbsent {
        /// `Structure.field`.
        field: &'static str,
        /// The version being written.
        version: i16,
    },
    /// Null in a version that has no null for this field.
    #[error("{field} cannot be null in version {version}")]
    Null {
        /// `Structure.field`.
        field: &'static str,
        /// The version being written.
        version: i16,
    },
    /// A string, byte string, array or frame too long for its length field.
    #[error("{length} bytes or elements where at most {limit} fit")]
    TooLong {
        /// The length.
        length: usize,
        /// The longest that fits.
        limit: usize,
    },
    /// The codec has no such version of this API.
    #[error("{api} has no version {version}")]
    Version {
        /// The API's name.
        api: &'static str,
        /// The version asked for.
        version: i16,
    },
}
