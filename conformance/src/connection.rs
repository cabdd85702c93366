//! One connection: frames out, frames in, each answer decoded to its last byte.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader, RequestKind, ResponseHeader, ResponseKind};
use kafka_protocol::protocol::{Decodable, Encodable, Request, StrBytes};

use crate::failure::Failure;

const PATIENCE: Duration = Duration::from_secs(15);
/// No answer of these cases is near this many bytes.
const FRAME_BYTES: usize = 64 << 20;

pub(crate) struct Connection {
    stream: TcpStream,
    correlation: i32,
}

impl Connection {
    pub(crate) fn open(address: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, correlation: 0 })
    }

    /// Sends a request and decodes its answer.
    pub(crate) fn call<R: Request>(&mut self, request: &R, version: i16) -> Result<R::Response, Failure> {
        let key = ApiKey::try_from(R::KEY).map_err(|()| "unknown API")?;
        let mut body = BytesMut::new();
        request.encode(&mut body, version).map_err(|error| format!("does not encode: {error:#}"))?;
        self.send(key, version, &body)?;
        let mut answer = self.answer(key, version)?;
        let response = R::Response::decode(&mut answer, version)?;
        whole(&answer)?;
        Ok(response)
    }

    /// As `call`, for an API that is known at run time.
    pub(crate) fn call_any(
        &mut self,
        key: ApiKey,
        request: &RequestKind,
        version: i16,
    ) -> Result<ResponseKind, Failure> {
        let mut body = BytesMut::new();
        request.encode(&mut body, version).map_err(|error| format!("does not encode: {error:#}"))?;
        self.send(key, version, &body)?;
        let mut answer = self.answer(key, version)?;
        let response = ResponseKind::decode(key, &mut answer, version)?;
        whole(&answer)?;
        Ok(response)
    }

    /// Sends a request whose body is bytes.
    pub(crate) fn send(&mut self, key: ApiKey, version: i16, body: &[u8]) -> Result<(), Failure> {
        self.send_numbered(key as i16, version, key.request_header_version(version), body)
    }

    /// Sends a request whose API and version nobody need know.
    pub(crate) fn send_numbered(
        &mut self,
        key: i16,
        version: i16,
        header_version: i16,
        body: &[u8],
    ) -> Result<(), Failure> {
        self.correlation += 1;
        let header = RequestHeader::default()
            .with_request_api_key(key)
            .with_request_api_version(version)
            .with_correlation_id(self.correlation)
            .with_client_id(Some(StrBytes::from_static_str("conformance")));
        let mut frame = BytesMut::new();
        header.encode(&mut frame, header_version)?;
        frame.put_slice(body);
        self.send_frame(&frame)
    }

    /// Sends a frame of any content.
    pub(crate) fn send_frame(&mut self, frame: &[u8]) -> Result<(), Failure> {
        let length = u32::try_from(frame.len()).map_err(|_| "frame too long")?;
        self.send_bytes(&[&length.to_be_bytes()[..], frame].concat())
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        Ok(self.stream.write_all(bytes)?)
    }

    /// The body of the next answer, its header read.
    pub(crate) fn answer(&mut self, key: ApiKey, version: i16) -> Result<Bytes, Failure> {
        let mut frame = self.frame()?;
        let header = ResponseHeader::decode(&mut frame, key.response_header_version(version))?;
        crate::ensure!(header.correlation_id, self.correlation, "correlation id");
        Ok(frame)
    }

    pub(crate) fn frame(&mut self) -> Result<Bytes, Failure> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        if length > FRAME_BYTES {
            return Err(format!("a frame of {length} bytes").into());
        }
        let mut frame = vec![0; length];
        self.stream.read_exact(&mut frame)?;
        Ok(frame.into())
    }
}

fn whole(rest: &Bytes) -> Result<(), Failure> {
    match rest.remaining() {
        0 => Ok(()),
        rest => Err(format!("{rest} bytes after the answer").into()),
    }
}
