//! Arrays and optional structures.

use crate::error::{DecodeError, EncodeError};
use crate::wire::{Context, Decode, Encode, Encoder, Reader, Structure};

/// Elements reserved at once before the first is read. The array grows by doubling from there, so
/// what is reserved stays within twice what has really arrived.
const RESERVE_MAX: usize = 1024;

impl<'a, T: Decode<'a>> Decode<'a> for Vec<T> {
    fn size_min(context: Context) -> usize {
        if context.flexible { 1 } else { 4 }
    }

    fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        items(reader)?.ok_or(DecodeError::Null)
    }
}

impl<'a, T: Decode<'a>> Decode<'a> for Option<Vec<T>> {
    fn size_min(context: Context) -> usize {
        Vec::<T>::size_min(context)
    }

    fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        items(reader)
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode_to(&self, encoder: &mut Encoder<'_>) -> Result<(), EncodeError> {
        encoder.long_length(Some(self.len()))?;
        self.iter().try_for_each(|item| item.encode_to(encoder))
    }
}

impl<T: Encode> Encode for Option<Vec<T>> {
    fn encode_to(&self, encoder: &mut Encoder<'_>) -> Result<(), EncodeError> {
        match self {
            Some(items) => items.encode_to(encoder),
            None => encoder.long_length(None),
        }
    }
}

impl<'a, T: Decode<'a> + Structure> Decode<'a> for Option<T> {
    fn size_min(_: Context) -> usize {
        1
    }

    fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        match i8::decode_from(reader)? {
            -1 => Ok(None),
            1 => T::decode_from(reader).map(Some),
            mark => Err(DecodeError::Presence(mark)),
        }
    }
}

impl<T: Encode + Structure> Encode for Option<T> {
    fn encode_to(&self, encoder: &mut Encoder<'_>) -> Result<(), EncodeError> {
        match self {
            Some(value) => {
                1_i8.encode_to(encoder)?;
                value.encode_to(encoder)
            }
            None => (-1_i8).encode_to(encoder),
        }
    }
}

fn items<'a, T: Decode<'a>>(reader: &mut Reader<'a>) -> Result<Option<Vec<T>>, DecodeError> {
    let Some(count) = reader.array_count(T::size_min(reader.context()))? else {
        return Ok(None);
    };
    let mut items = Vec::new();
    while items.len() < count {
        if items.len() == items.capacity() {
            let more = (count - items.len()).min(items.len().max(RESERVE_MAX));
            reader.reserve(more * size_of::<T>())?;
            items.reserve_exact(more);
        }
        items.push(T::decode_from(reader)?);
    }
    Ok(Some(items))
}
