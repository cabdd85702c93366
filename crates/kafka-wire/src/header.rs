//! The header in front of every request.

use crate::api::ApiKey;
use crate::error::DecodeError;
use crate::wire::{Context, Decode, Reader};

/// What stands in front of a request's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestHeader<'a> {
    /// Which API is called.
    pub api_key: ApiKey,
    /// In which version the body is written, and the answer expected.
    pub api_version: i16,
    /// The number that the answer carries back.
    pub correlation_id: i32,
    /// What the client calls itself.
    pub client_id: Option<&'a str>,
}

impl<'a> RequestHeader<'a> {
    /// Splits a frame (without its length) into header and body.
    ///
    /// A key or version that the codec does not know is no error here, so that the caller can say who
    /// asked for what; the header of an unknown key is read in its older form.
    pub fn decode(frame: &'a [u8]) -> Result<(Self, &'a [u8]), DecodeError> {
        // The client id keeps its 16-bit length in both forms of the header: a broker reads it before
        // it can know whether it understands the rest.
        let classic = |version| Context { version, flexible: false };
        let mut reader = Reader::new(frame, classic(1));
        let header = Self {
            api_key: ApiKey::decode_from(&mut reader)?,
            api_version: i16::decode_from(&mut reader)?,
            correlation_id: i32::decode_from(&mut reader)?,
            client_id: Option::decode_from(&mut reader)?,
        };
        if header.flexible() {
            reader.tagged_fields(|_, _| Ok(false))?;
        }
        Ok((header, reader.rest()))
    }

    /// Whether this header ends with tagged fields.
    fn flexible(&self) -> bool {
        self.api_key.api().is_some_and(|api| api.flexible(self.api_version))
    }
}

/// Reads the header of a response frame (without its length): the correlation id and the body.
/// `flexible` as [`Api::response_header_flexible`](crate::Api::response_header_flexible) says.
pub fn response_header_decode(frame: &[u8], flexible: bool) -> Result<(i32, &[u8]), DecodeError> {
    let mut reader = Reader::new(frame, Context { version: 0, flexible });
    let correlation_id = i32::decode_from(&mut reader)?;
    if flexible {
        reader.tagged_fields(|_, _| Ok(false))?;
    }
    Ok((correlation_id, reader.rest()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newer_header_keeps_the_short_client_id() {
        let frame = [0, 3, 0, 9, 0, 0, 0, 7, 0, 2, b'm', b'e', 1, 5, 1, 0xee, 0xbb];
        let (header, body) = RequestHeader::decode(&frame).unwrap();
        let expected = RequestHeader {
            api_key: ApiKey::METADATA,
            api_version: 9,
            correlation_id: 7,
            client_id: Some("me"),
        };
        assert_eq!((header, body), (expected, &[0xbb][..]), "tag 5 is skipped");
    }

    #[test]
    fn an_unknown_key_still_says_who_asks() {
        let frame = [0x7a, 0xbc, 0x00, 0x63, 0, 0, 0, 1, 0, 1, b'x', 9, 9];
        let (header, body) = RequestHeader::decode(&frame).unwrap();
        assert_eq!((header.api_key, header.client_id, body), (ApiKey(0x7abc), Some("x"), &[9, 9][..]));
    }

    #[test]
    fn every_cut_is_an_error() {
        let frame = [0, 18, 0, 3, 0, 0, 0, 7, 0, 2, b'm', b'e', 1, 5, 1, 0xee];
        assert!(RequestHeader::decode(&frame).is_ok());
        for length in 0..frame.len() {
            assert!(RequestHeader::decode(&frame[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn a_response_header_has_tags_when_told() {
        assert_eq!(response_header_decode(&[0, 0, 0, 5, 8], false), Ok((5, &[8][..])));
        assert_eq!(response_header_decode(&[0, 0, 0, 5, 0, 8], true), Ok((5, &[8][..])));
        assert!(response_header_decode(&[0, 0, 0], false).is_err());
    }
}
