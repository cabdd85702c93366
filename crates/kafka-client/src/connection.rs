//! One connection: requests out, answers in, in order.

use kafka_wire::messages::{ApiVersionsRequest, ApiVersionsResponseApi, Message, Request};
use kafka_wire::{Api, Rope, header};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{ClientError, check};

/// The longest answer taken.
const FRAME_BYTES_MAX: i32 = 128 * 1024 * 1024;
/// Old enough for every broker, and what comes back needs no negotiation.
const API_VERSIONS_VERSION: i16 = 0;

/// A connection to one broker.
#[derive(Debug)]
pub struct Connection {
    socket: TcpStream,
    client_id: String,
    offered: Vec<ApiVersionsResponseApi>,
    /// Correlation ids: the next to be sent, and the next to be answered.
    sent: i32,
    answered: i32,
    rope: Rope,
}

/// An answer, still as bytes.
#[derive(Debug)]
pub struct Answer {
    frame: Vec<u8>,
    flexible: bool,
    version: i16,
}

impl Connection {
    /// Connects to `address` (`host:port`) and learns what the broker speaks.
    pub async fn open(address: &str, client_id: &str) -> Result<Self, ClientError> {
        Self::over(TcpStream::connect(address).await?, client_id).await
    }

    /// Learns what the broker at the other end of a connection speaks.
    pub async fn over(socket: TcpStream, client_id: &str) -> Result<Self, ClientError> {
        socket.set_nodelay(true)?;
        let mut connection = Self {
            socket,
            client_id: client_id.to_owned(),
            offered: Vec::new(),
            sent: 0,
            answered: 0,
            rope: Rope::new(),
        };
        let request = ApiVersionsRequest::default();
        connection.send_as(API_VERSIONS_VERSION, &request).await?;
        let answer = connection.receive::<ApiVersionsRequest<'_>>(API_VERSIONS_VERSION).await?;
        let response = answer.read::<ApiVersionsRequest<'_>>()?;
        check("ApiVersions", response.error_code)?;
        connection.offered = response.api_keys;
        Ok(connection)
    }

    /// The newest version of an API that both sides speak.
    pub fn version(&self, api: &Api) -> Result<i16, ClientError> {
        let offered = self.offered.iter().find(|offered| offered.api_key == api.key);
        offered
            .map(|offered| (offered.max_version.min(api.versions.max), offered.min_version))
            .filter(|(newest, oldest)| newest >= oldest && *newest >= api.versions.min)
            .map(|(newest, _)| newest)
            .ok_or(ClientError::NotOffered(api.name))
    }

    /// Sends a request and waits for its answer.
    pub async fn ask<R: Request>(&mut self, request: &R) -> Result<Answer, ClientError> {
        self.ask_up_to(i16::MAX, request).await
    }

    /// As [`Connection::ask`], in a version no newer than `newest`.
    pub async fn ask_up_to<R: Request>(&mut self, newest: i16, request: &R) -> Result<Answer, ClientError> {
        self.send_up_to(newest, request).await?;
        self.receive_up_to::<R>(newest).await
    }

    /// Sends a request in a version no newer than `newest`; its answer is to be taken with
    /// [`Connection::receive_up_to`], in order and with the same bound.
    pub async fn send_up_to<R: Request>(&mut self, newest: i16, request: &R) -> Result<(), ClientError> {
        let version = self.version(R::API)?.min(newest);
        self.send_as(version, request).await
    }

    /// Takes the next answer, which must be to a request of type `R`.
    pub async fn receive_up_to<R: Request>(&mut self, newest: i16) -> Result<Answer, ClientError> {
        let version = self.version(R::API)?.min(newest);
        self.receive::<R>(version).await
    }

    async fn send_as<M: Message>(&mut self, version: i16, request: &M) -> Result<(), ClientError> {
        self.rope.clear();
        self.rope.request(version, self.sent, Some(&self.client_id), request)?;
        self.sent = self.sent.wrapping_add(1);
        Ok(self.socket.write_all(self.rope.bytes()).await?)
    }

    async fn receive<R: Request>(&mut self, version: i16) -> Result<Answer, ClientError> {
        let len = self.socket.read_i32().await?;
        let bytes = usize::try_from(len).ok().filter(|_| len <= FRAME_BYTES_MAX);
        let mut frame = vec![0; bytes.ok_or(ClientError::FrameTooLong(len))?];
        self.socket.read_exact(&mut frame).await?;
        let flexible = R::API.response_header_flexible(version);
        let asked = self.answered;
        self.answered = self.answered.wrapping_add(1);
        let (answered, _) = header::response_header_decode(&frame, flexible)?;
        if answered != asked {
            return Err(ClientError::OutOfOrder { asked, answered });
        }
        Ok(Answer { frame, flexible, version })
    }
}

impl Answer {
    /// The answer to a request of type `R`.
    pub fn read<R: Request>(&self) -> Result<R::Response<'_>, ClientError> {
        let (_, body) = header::response_header_decode(&self.frame, self.flexible)?;
        Ok(R::Response::decode(self.version, body)?)
    }
}
