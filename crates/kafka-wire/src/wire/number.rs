//! Numbers, truth values and identifiers: fixed width, big-endian.

use uuid::Uuid;

use crate::api::ApiKey;
use crate::error::{DecodeError, EncodeError};
use crate::error_code::ErrorCode;
use crate::wire::{Context, Decode, Encode, Encoder, Reader};

macro_rules! number {
    ($($type:ty),*) => {
        $(
            impl Decode<'_> for $type {
                fn size_min(_: Context) -> usize {
                    size_of::<$type>()
                }

                fn decode_from(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                    reader.array().map(<$type>::from_be_bytes)
                }
            }

            impl Encode for $type {
                fn encode_to(&self, encoder: &mut Encoder<'_>) -> Result<(), EncodeError> {
                    encoder.put(&self.to_be_bytes());
                    Ok(())
                }
            }
        )*
    };
}

number!(i8, i16, i32, i64, f64);

/// A type that stands for another one on the wire.
macro_rules! stands_for {
    ($($type:ty => $wire:ty, $from:expr, $to:expr;)*) => {
        $(
            impl Decode<'_> for $type {
                fn size_min(_: Context) -> usize {
                    size_of::<$wire>()
                }

                fn decode_from(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                    reader.array().map(<$wire>::from_be_bytes).map($from)
                }
            }

            impl Encode for $type {
                fn encode_to(&self, encoder: &mut Encoder<'_>) -> Result<(), EncodeError> {
                    let to: fn(&$type) -> $wire = $to;
                    encoder.put(&to(self).to_be_bytes());
                    Ok(())
                }
            }
        )*
    };
}

stands_for! {
    // Any byte but zero is true, as Kafka reads it.
    bool => u8, |byte| byte != 0, |value| u8::from(*value);
    ErrorCode => i16, ErrorCode, |code| code.0;
    ApiKey => i16, ApiKey, |key| key.0;
    Uuid => u128, Uuid::from_u128, Uuid::as_u128;
}
