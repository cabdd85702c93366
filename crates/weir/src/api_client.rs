//! A signed client of our own API: `weir call`, the quick start and the benchmark use it.

use api::client::{Signature, sign_rpc_request};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use machine::clock::Clock;
use machine::random::Random;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::credentials::Credentials;

/// One server and one key.
pub(crate) struct ApiClient {
    host: String,
    credentials: Credentials,
    clock: Clock,
    random: Random,
}

/// What the server said.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error("{0:?} is not an endpoint of the form http://HOST:PORT")]
    Endpoint(String),
    #[error("cannot reach {host}: {source}. Is the server running?")]
    Unreachable { host: String, source: std::io::Error },
    #[error("the connection to the server broke: {0}")]
    Broken(#[from] hyper::Error),
    #[error("the server's reply is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    #[error("{action} failed: {code}: {message}")]
    Refused { action: String, code: String, message: String },
}

impl Reply {
    pub(crate) fn is_success(&self) -> bool {
        self.status == 200
    }
}

impl ApiClient {
    /// `endpoint` is `http://HOST:PORT`.
    pub(crate) fn new(endpoint: &str, credentials: Credentials) -> Result<Self, CallError> {
        let host = endpoint.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
        match host {
            Some(host) if !host.is_empty() && !host.contains('/') => Ok(Self {
                host: host.to_owned(),
                credentials,
                clock: Clock::system(),
                random: Random::system(),
            }),
            _ => Err(CallError::Endpoint(endpoint.to_owned())),
        }
    }

    /// Calls and requires success.
    pub(crate) async fn ask(&self, action: &str, parameters: &[(&str, &str)]) -> Result<Value, CallError> {
        let parameters: Vec<_> =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let reply = self.call(action, &parameters).await?;
        if reply.is_success() {
            return Ok(reply.body);
        }
        let text = |name: &str| reply.body[name].as_str().unwrap_or_default().to_owned();
        Err(CallError::Refused { action: action.to_owned(), code: text("Code"), message: text("Message") })
    }

    /// Calls, and gives back whatever the server says.
    pub(crate) async fn call(
        &self,
        action: &str,
        parameters: &[(String, String)],
    ) -> Result<Reply, CallError> {
        let body = self.signed_form(action, parameters);
        let unreachable = |source| CallError::Unreachable { host: self.host.clone(), source };
        let stream = TcpStream::connect(&self.host).await.map_err(unreachable)?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        // The connection ends with the sender; its own error, if any, is the sender's error too.
        tokio::spawn(async move { connection.await.ok() });
        let request = Request::post("/")
            .header(header::HOST, &self.host)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from(body)))
            .expect("host and path come from a checked endpoint");
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await?.to_bytes();
        Ok(Reply { status, body: serde_json::from_slice(&bytes)? })
    }

    fn signed_form(&self, action: &str, parameters: &[(String, String)]) -> String {
        let parameters: Vec<_> =
            parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let now = Timestamp::from_millisecond(self.clock.now_ms()).unwrap_or_default();
        let signer = Signature {
            access_key_id: &self.credentials.access_key_id,
            secret: self.credentials.access_key_secret.expose().as_bytes(),
            nonce: &self.random.uuid().to_string(),
            timestamp: &now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        };
        sign_rpc_request(&self.host, action, &parameters, &signer).body
    }
}
