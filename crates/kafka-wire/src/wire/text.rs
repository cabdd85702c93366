//! Strings, byte strings, and the records of a fetch response.

use std::borrow::Cow;

use crate::error::{DecodeError, EncodeError};
use crate::rope::Region;
use crate::wire::{Context, Decode, Encode, Encoder, Reader};

/// The longest string in bytes, in both encodings.
pub const STRING_BYTES_MAX: u16 = 0x7fff;

/// The records of a partition in a fetch response: what a client reads, or what a broker sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Records<'a> {
    /// Not even none. A broker says none instead, which is the default.
    Null,
    /// The batches themselves.
    Bytes(Cow<'a, [u8]>),
    /// Batches that lie elsewhere (in a file), to be sent from there. Never decoded.
    Region(Region),
}

impl Default for Records<'_> {
    fn default() -> Self {
        Self::Bytes(Cow::Borrowed(&[]))
    }
}

impl Records<'_> {
    /// The length of the batches in bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::Null => 0,
            Self::Bytes(bytes) => bytes.len(),
            Self::Region(region) => region.len as usize,
        }
    }

    /// Whether there is nothing to send or read.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a> Decode<'a> for Records<'a> {
    fn size_min(context: Context) -> usize {
        <&[u8]>::size_min(context)
    }

    fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(bytes(reader)?.map_or(Self::Null, |bytes| Self::Bytes(Cow::Borrowed(bytes))))
    }
}

impl Encode for Records<'_> {
    fn encode_to(&self, encoder: &mut Encoder<'_>) -> Result<(), EncodeError> {
        match self {
            Self::Null => encoder.long_length(None),
            Self::Bytes(bytes) => bytes.encode_to(encoder),
            Self::Region(region) => {
                encoder.long_length(Some(region.len as usize))?;
                encoder.splice(*region);
                Ok(())
            }
        }
    }
}

/// The plain, the nullable and the possibly owned form of one borrowed type.
macro_rules! borrowed {
    ($type:ty, $read:ident, $length:ident, $compact:literal, $classic:literal) => {
        impl<'a> Decode<'a> for &'a $type {
            fn size_min(context: Context) -> usize {
                if context.flexible { $compact } else { $classic }
            }

            fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
                $read(reader)?.ok_or(DecodeError::Null)
            }
        }

        impl<'a> Decode<'a> for Cow<'a, $type> {
            fn size_min(context: Context) -> usize {
                <&$type>::size_min(context)
            }

            fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
                <&$type>::decode_from(reader).map(Cow::Borrowed)
            }
        }

        impl<'a> Decode<'a> for Option<&'a $type> {
            fn size_min(context: Context) -> usize {
                <&$type>::size_min(context)
            }

            fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
                $read(reader)
            }
        }

        impl<'a> Decode<'a> for Option<Cow<'a, $type>> {
            fn size_min(context: Context) -> usize {
                <&$type>::size_min(context)
            }

            fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
                Ok($read(reader)?.map(Cow::Borrowed))
            }
        }

        impl Encode for &$type {
            fn encode_to(&self, encoder: &mut Encoder<'_>) -> Result<(), EncodeError> {
                encoder.$length(Some(self.len()))?;
                encoder.put(self.as_ref());
                Ok(())
            }
        }

        impl Encode for Cow<'_, $type> {
            fn encode_to(&self, encoder: &mut Encoder<'_>) -> Result<(), EncodeError> {
                self.as_ref().encode_to(encoder)
            }
        }

        impl Encode for Option<&$type> {
            fn encode_to(&self, encoder: &mut Encoder<'_>) -> Result<(), EncodeError> {
                match self {
                    Some(value) => value.encode_to(encoder),
                    None => encoder.$length(None),
                }
            }
        }

        impl Encode for Option<Cow<'_, $type>> {
            fn encode_to(&self, encoder: &mut Encoder<'_>) -> Result<(), EncodeError> {
                self.as_deref().encode_to(encoder)
            }
        }
    };
}

borrowed!(str, text, string_length, 1, 2);
borrowed!([u8], bytes, long_length, 1, 4);

fn text<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a str>, DecodeError> {
    let Some(length) = reader.string_length()? else { return Ok(None) };
    std::str::from_utf8(reader.take(length)?).map(Some).map_err(|_| DecodeError::Utf8)
}

fn bytes<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a [u8]>, DecodeError> {
    let Some(length) = reader.bytes_length()? else { return Ok(None) };
    reader.take(length).map(Some)
}
