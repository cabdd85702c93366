//! The path of a request, from top to bottom. Nothing is done to a request anywhere else.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use control::audit;
use control::policy::Circumstances;
use control::{Caller, Control};
use futures_util::FutureExt;
use http_body_util::Full;
use hyper::body::Body;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, EXPECT, HOST};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response};
use machine::clock::Clock;
use machine::random::Random;
use tracing::Instrument;

use crate::dialects::aliyun::action::{Content, Context, Effect, Handler, Prepared, Product, Refused};
use crate::dialects::aliyun::authentication::{self, Claim, Key};
use crate::dialects::aliyun::envelope::{self, Addressee, Format, ListShape, Success};
use crate::dialects::aliyun::mentions::Mentions;
use crate::dialects::aliyun::{self, Regions, gateway, json_body, refusals};
use crate::http::body::{self, BodyError, BodyLimits, Budget, Held};
use crate::metrics::{Metrics, Outcome};
use crate::permission::Judge;
use crate::rate::{ActionName, RateLimiter};
use crate::refusal::Refusal;
use crate::replay::{ReplayGuard, Ticket};
use crate::request::{Parameters, Raw, Secured, Verified};

/// Query and body together, in bytes.
const REQUEST_MAX: u64 = 1024 * 1024;
/// Bodies in flight together, in bytes.
const BODIES_MAX: usize = 64 * 1024 * 1024;

const BODY_LIMITS: BodyLimits = BodyLimits { stall: Duration::from_secs(15), time: Duration::from_secs(60) };

/// Everything the path needs.
pub(crate) struct Stack {
    pub(crate) control: Control,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) regions: Arc<Regions>,
    pub(crate) replay: Arc<ReplayGuard>,
    pub(crate) rates: RateLimiter,
    pub(crate) metrics: Metrics,
    pub(crate) bodies: Budget,
    pub(crate) list_shape: ListShape,
    pub(crate) hide_passwords: bool,
}

/// What is known about a request while it is on its way; what the reply and the log line are made from.
struct Record {
    request_id: String,
    host: String,
    /// Whether it came over TLS.
    is_secured: bool,
    peer: IpAddr,
    format: Format,
    action: Option<&'static str>,
    caller: Option<Caller>,
}

/// The reply of an action that succeeded.
struct Reply {
    success: Success,
    content: Box<dyn Content>,
}

impl Stack {
    /// The list. Each line is here for the reason beside it, and in this order because of it.
    async fn pass<B: Body<Data = Bytes> + Unpin>(
        &self,
        request: Request<B>,
        record: &mut Record,
    ) -> Result<Reply, Refusal> {
        // Limits come first: nothing below meets a byte that was not counted.
        let (raw, _room) = self.read(request, record).await?;
        // The dialect's view of who signed and when, as far as that can be judged without a key. Looking up a
        // key comes after, so that stale and malformed requests cost no lookup. (There is one dialect; what
        // tells several apart will be the line above this one.)
        let claim = Claim::read(&raw, self.clock.now_ms())?;
        // The signature, before anything in the request is believed. From here on there is a caller.
        let verified = self.verify(raw, claim).await?;
        let caller = record.caller.insert(self.caller(&verified, record)).clone();
        // What is called decides how firmly the nonce is kept; an unknown action is refused after it is used.
        let called = aliyun::route(&verified);
        // Replay: after the signature, or strangers could use up nonces; before any effect, or a copy of the
        // request could have one too.
        let ticket = self.claim_nonce(&verified, &called)?;
        let (product, handler) = called?;
        let facts = handler.facts();
        record.action = Some(facts.name);
        // Permission: before the rate limit and the parameters, which are none of a stranger's business. What is
        // refused here counts for itself, so that it can neither use up what is permitted nor fill the audit record.
        self.permit(product, handler, &verified, &caller, record).await?;
        // The rate limit counts calls that the caller may make, whatever their parameters.
        let name = ActionName { product: product.name, action: facts.name };
        self.rates.take(&caller, name, facts.rate).map_err(gateway::throttled)?;
        // Decoding reads the map that was verified.
        let in_words = |refused| refusals::in_words(product, handler, refused);
        let prepared = handler.prepare(&verified, &self.regions).map_err(in_words)?;
        // The effect. A change is not answered before its nonce is durable; both take a sync, so they share
        // the time.
        let content = self.execute(prepared, caller, record, ticket).await?.map_err(in_words)?;
        // What is left is rendering, and the log line that closes the record: see `answer`.
        let envelope = facts.envelope.unwrap_or(product.envelope);
        let reshape = match self.list_shape {
            ListShape::Sdk => None,
            ListShape::Document => Some(product.as_documented),
        };
        let success = Success { action: facts.name, message: facts.message, envelope, reshape };
        Ok(Reply { success, content })
    }

    /// Sends a request down the list and writes down how it went.
    pub(crate) async fn answer<B: Body<Data = Bytes> + Unpin>(
        &self,
        request: Request<B>,
        peer: IpAddr,
    ) -> Response<Full<Bytes>> {
        let started = self.clock.elapsed();
        let mut record = Record::open(&request, peer, &self.random);
        let span = tracing::info_span!("request", id = record.request_id);
        let result = self.pass(request, &mut record).instrument(span).await;
        let to = Addressee { format: record.format, request_id: &record.request_id, host: &record.host };
        let (response, outcome) = match &result {
            Ok(reply) => (envelope::success(reply.success, &*reply.content, to), Outcome::Success),
            Err(refusal) => (envelope::refusal(refusal, to), Outcome::Refused(refusal.code)),
        };
        let took = self.clock.elapsed().saturating_sub(started);
        self.metrics.record(record.action, outcome, took);
        record.close(&response, outcome, took);
        response
    }
}

/// The steps, in the order of the list.
impl Stack {
    /// Reads a request into memory, within its bounds, and decodes it once.
    async fn read<B: Body<Data = Bytes> + Unpin>(
        &self,
        request: Request<B>,
        record: &mut Record,
    ) -> Result<(Raw, Held<'_>), Refusal> {
        let (head, body) = request.into_parts();
        let is_acs3 = authentication::is_acs3(&head.headers);
        let mut parameters = Parameters::default();
        let query = head.uri.query().unwrap_or_default().as_bytes();
        let readable = parameters.read_query(query).map_err(gateway::unread);
        // The format of every refusal below; the body can name another one.
        record.format = Format::choose(parameters.get("Format"), is_acs3).unwrap_or(Format::Json);
        check_head(&head)?;
        readable?;
        let body_max = REQUEST_MAX.saturating_sub(query.len() as u64);
        let expects_continue = head.headers.contains_key(EXPECT);
        let held = body::read(body, body_max, expects_continue, BODY_LIMITS, &self.bodies).await;
        let held = held.map_err(|error| match error {
            BodyError::TooLarge => gateway::too_large(),
            BodyError::Stalled => gateway::stalled(),
            BodyError::Broken => gateway::broken_body(),
        })?;
        let Parts { method, headers, .. } = head;
        let mut raw = Raw { method, headers, parameters, body: held.bytes.clone(), peer: record.peer };
        read_body(&mut raw, is_acs3)?;
        authentication::check_unsigned_digests(&raw)?;
        // A format that is none is refused in JSON.
        record.format = Format::Json;
        record.format = Format::choose(raw.parameters.get("Format"), is_acs3)?;
        Ok((raw, held))
    }

    /// Looks up the key and checks the signature with it.
    async fn verify(&self, raw: Raw, claim: Claim) -> Result<Verified, Refusal> {
        let found = self.control.access_key_find(claim.access_key_id()).await.map_err(|fault| {
            // Without the key nothing can be decided, so nothing is allowed.
            tracing::error!(?fault, "an access key could not be looked up");
            gateway::unavailable()
        })?;
        claim.verify(raw, found.map(|key| Key { key, token: None }))
    }

    fn caller(&self, verified: &Verified, record: &Record) -> Caller {
        let facts = verified.facts();
        Caller {
            account: facts.account.clone(),
            user: facts.user.clone(),
            access_key_id: facts.access_key_id.clone(),
            request_id: record.request_id.clone(),
            address: verified.peer().to_string(),
        }
    }

    fn claim_nonce(
        &self,
        verified: &Verified,
        called: &Result<(&Product, &dyn Handler), Refusal>,
    ) -> Result<Option<Ticket>, Refusal> {
        let effect = called.as_ref().map_or(Effect::Reads, |(_, handler)| handler.facts().effect);
        let now = self.clock.now_ms().div_euclid(1_000);
        self.replay.claim(verified.facts(), effect, now).map_err(gateway::unclaimed)
    }

    /// Asks the caller's policies about everything that the call names.
    async fn permit(
        &self,
        product: &Product,
        handler: &dyn Handler,
        verified: &Verified,
        caller: &Caller,
        record: &Record,
    ) -> Result<(), Refusal> {
        let judge = Judge { control: &self.control, caller, under: self.circumstances(record) };
        let facts = handler.facts();
        if facts.open_to_all || !judge.is_needed() {
            return Ok(());
        }
        let (declared, values) = (handler.parameters(), verified.parameters());
        let mentions = Mentions { declared, values, regions: &self.regions };
        let resources = mentions.resources(product, facts.regional, &caller.account);
        let judged = judge.first_forbidden(facts.permission, resources).await.map_err(|fault| {
            // What cannot be judged is not allowed.
            tracing::error!(?fault, "a permission could not be judged");
            gateway::unavailable()
        });
        let Some(forbidden) = judged? else { return Ok(()) };
        self.rates.take_forbidden(caller).map_err(gateway::throttled)?;
        self.control.audit_refused(audit::Refusal {
            caller: caller.clone(),
            action: forbidden.permission.to_owned(),
            subject: forbidden.resource_plain(),
            reason: "permission".to_owned(),
        });
        Err(gateway::forbidden(product.forbidden, &forbidden))
    }

    fn circumstances(&self, record: &Record) -> Circumstances {
        Circumstances { address: record.peer, is_secured: record.is_secured, now_ms: self.clock.now_ms() }
    }

    async fn execute(
        &self,
        prepared: Prepared,
        caller: Caller,
        record: &Record,
        ticket: Option<Ticket>,
    ) -> Result<Result<Box<dyn Content>, Refused>, Refusal> {
        let context = Context {
            caller,
            control: self.control.clone(),
            under: self.circumstances(record),
            clock: self.clock.clone(),
            regions: self.regions.clone(),
            host: record.host.clone(),
            is_secured: record.is_secured,
            hide_passwords: self.hide_passwords,
        };
        let call = prepared(Arc::new(context));
        let finished = match ticket {
            // A look, ended with its caller. What a panic leaves behind is what it leaves behind in a task.
            None => AssertUnwindSafe(call).catch_unwind().await.ok(),
            Some(ticket) => {
                // A task of its own: a caller who hangs up does not stop a change half-way.
                let running = tokio::spawn(call.in_current_span());
                let (finished, durable) = tokio::join!(running, ticket.durable());
                if let (Ok(Ok(_)), Err(error)) = (&finished, durable) {
                    tracing::error!(%error, "the nonce of a change is not durable");
                    return Err(gateway::unavailable());
                }
                finished.ok()
            }
        };
        finished.ok_or_else(|| {
            // A panic is an answer too.
            self.metrics.panics.inc();
            gateway::internal_error()
        })
    }
}

impl Stack {
    /// The first step alone.
    #[cfg(test)]
    async fn read_for_test(&self, request: Request<Full<Bytes>>) -> Result<(Raw, Held<'_>), Refusal> {
        let mut record = Record::open(&request, IpAddr::from([127, 0, 0, 1]), &self.random);
        self.read(request, &mut record).await
    }

    /// The memory that bodies in flight share.
    pub(crate) fn budget() -> Budget {
        Budget::new(BODIES_MAX)
    }
}

/// Method, path and content coding.
fn check_head(head: &Parts) -> Result<(), Refusal> {
    if head.method != Method::GET && head.method != Method::POST {
        return Err(gateway::unsupported_method());
    }
    if !matches!(head.uri.path(), "/" | "") {
        return Err(gateway::unknown_action());
    }
    if head.headers.contains_key(CONTENT_ENCODING) {
        return Err(gateway::unsupported_content("A compressed body is not accepted.").closing());
    }
    Ok(())
}

/// Decodes the body into the parameters.
fn read_body(raw: &mut Raw, is_acs3: bool) -> Result<(), Refusal> {
    if raw.body.is_empty() {
        return Ok(());
    }
    let kind = raw.header(&CONTENT_TYPE).map_err(|_| gateway::unreadable("it has two content types"))?;
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        raw.parameters.read_form(&raw.body).map_err(gateway::unread)
    } else if is_acs3 && kind.eq_ignore_ascii_case("application/json") {
        json_body::read(&raw.body, &mut raw.parameters)
    } else {
        // The signature would not cover what such a body says.
        Err(gateway::unsupported_content("The body must be a form."))
    }
}

impl Record {
    fn open<B>(request: &Request<B>, peer: IpAddr, random: &Random) -> Self {
        let headers = request.headers();
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        Self {
            request_id: random.uuid().to_string().to_uppercase(),
            host: host.to_owned(),
            is_secured: request.extensions().get::<Secured>().is_some(),
            peer,
            format: Format::without_parameter(authentication::is_acs3(headers)),
            action: None,
            caller: None,
        }
    }

    /// The access log: one line, no parameter's value in it.
    fn close(&self, response: &Response<Full<Bytes>>, outcome: Outcome, took: Duration) {
        let caller = self.caller.as_ref();
        tracing::info!(
            target: "access",
            id = self.request_id,
            action = self.action.unwrap_or("-"),
            key = caller.map_or("-", |caller| &caller.access_key_id),
            account = caller.map_or("-", |caller| caller.account.as_str()),
            user = caller.and_then(|caller| caller.user.as_ref()).map_or("-", |user| user.as_str()),
            code = %outcome,
            status = response.status().as_u16(),
            ms = took.as_secs_f64() * 1_000.0,
            peer = %self.peer,
            "request"
        );
    }
}

#[cfg(test)]
#[path = "stack_tests/mod.rs"]
pub(crate) mod tests;
