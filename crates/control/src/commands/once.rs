//! A change that its caller can ask for again with the same token, and has once.
//!
//! The first result is kept for a day at least, in the transaction of the change; older ones go when the next comes. A refused request keeps nothing, so it can be
//! repeated with the same token when what was in its way is gone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::Fault;
use crate::fault::Conflict;
use crate::ids::ClientToken;
use crate::store::client_tokens::{self, FirstUse};
use crate::store::text::{from_json, to_json};
use crate::store::{Scope, Tx};

/// How long a token is remembered, in milliseconds.
const REMEMBERED_MS: i64 = 24 * 60 * 60 * 1_000;

/// One request with its token, if it has one.
pub(super) struct Once {
    scope: Scope,
    command: &'static str,
    token: Option<ClientToken>,
    /// Tells this request from others with the same token.
    request: String,
    now_ms: i64,
}

impl Once {
    pub(super) fn new(
        scope: &Scope,
        command: &'static str,
        token: Option<ClientToken>,
        request: &impl Serialize,
        now_ms: i64,
    ) -> Result<Self, Fault> {
        let request = BASE64.encode(Sha256::digest(to_json(request)?));
        Ok(Self { scope: scope.clone(), command, token, request, now_ms })
    }

    /// What the first request with this token made; refuses another request under it.
    pub(super) async fn earlier<T: DeserializeOwned>(&self, tx: &mut Tx) -> Result<Option<T>, Fault> {
        let Some(token) = &self.token else { return Ok(None) };
        let first = client_tokens::find(tx, &self.scope, self.command, token).await?;
        match first {
            None => Ok(None),
            Some(first) if first.request == self.request => from_json(&first.result).map(Some),
            Some(_) => Err(Conflict::TokenReused.into()),
        }
    }

    /// Keeps what this request has made.
    pub(super) async fn keep(&self, tx: &mut Tx, result: &impl Serialize) -> Result<(), Fault> {
        let Some(token) = &self.token else { return Ok(()) };
        let first = FirstUse { request: self.request.clone(), result: to_json(result)? };
        let times = (self.now_ms, self.now_ms - REMEMBERED_MS);
        client_tokens::insert(tx, &self.scope, self.command, token, &first, times).await
    }
}
