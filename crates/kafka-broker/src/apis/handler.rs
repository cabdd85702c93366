//! What an API file defines, and the little that is the same for all of them.

use std::pin::Pin;
use std::sync::Arc;

use kafka_wire::messages::{Message, Request};
use kafka_wire::wire::Decode;
use kafka_wire::{Api, ApiKey, Versions};

use crate::cluster::Cluster;
use crate::connection::{Close, Outcome, Peer};
use crate::quota::busy;
use crate::reply::Reply;
use crate::sightings::Subject;

/// The longest name of a group that is noted.
const NOTED_NAME_MAX: usize = 249;

/// Who asks, and in which version.
pub(crate) struct Context<'a> {
    pub(crate) cluster: &'a Arc<Cluster>,
    pub(crate) peer: &'a Peer,
    pub(crate) client_id: &'a str,
    pub(crate) key: ApiKey,
    pub(crate) version: i16,
    pub(crate) correlation_id: i32,
}

/// One request to be answered.
pub(crate) struct Call<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) body: &'a [u8],
}

/// A row of the table of APIs.
pub(crate) struct Entry {
    pub(crate) api: &'static Api,
    /// Versions that are answered.
    pub(crate) versions: Versions,
    /// Versions that ApiVersions tells; the same but for Produce.
    pub(crate) offered: Versions,
    pub(crate) call: for<'a> fn(Call<'a>) -> Answer<'a>,
}

/// What a row's function returns.
pub(crate) type Answer<'a> = Pin<Box<dyn Future<Output = Result<Outcome, Close>> + Send + 'a>>;

/// An API whose reply is ready when its handler returns: all but Produce and Fetch.
pub(crate) trait Handler: Sized {
    /// The request it reads; the response follows from it.
    type Request<'a>: Request + Decode<'a> + Send;

    /// Whether it waits for other clients, so that it is not slow for being answered late.
    const WAITS: bool = false;

    /// Whether it was overtaken: by what was said on a newer connection, its client has given up on it. It is not
    /// done then, and the connection ends; a client that lives connects again.
    fn is_overtaken(_request: &Self::Request<'_>, _context: &Context<'_>) -> bool {
        false
    }

    /// Does it, and says what came of it.
    fn handle<'a>(
        request: Self::Request<'a>,
        context: &'a Context<'a>,
    ) -> impl Future<Output = <Self::Request<'a> as Request>::Response<'a>> + Send + 'a;
}

/// The row of the table for a handler that answers versions `min` to `max`.
pub(crate) const fn entry<H: Handler>(min: i16, max: i16) -> Entry {
    let versions = Versions { min, max };
    Entry { api: <H::Request<'static> as Message>::API, versions, offered: versions, call: answer::<H> }
}

fn answer<H: Handler>(call: Call<'_>) -> Answer<'_> {
    Box::pin(async move {
        let request = call.decode::<H::Request<'_>>()?;
        if H::is_overtaken(&request, call.context) {
            return Err(Close::Request("a newer connection has spoken for the same producer".into()));
        }
        let clock = call.context.cluster.clock();
        let begun = clock.elapsed();
        let (mut response, busy) = busy(clock, H::handle(request, call.context)).await;
        let took = if H::WAITS { busy } else { clock.elapsed().saturating_sub(begun) };
        call.context.took(call.body.len(), took);
        call.context.throttle_response(&mut response, busy);
        call.context.reply(&response).map(Outcome::Reply)
    })
}

impl<'a> Call<'a> {
    /// The request's body as its table reads it.
    pub(crate) fn decode<M: Message + Decode<'a>>(&self) -> Result<M, Close> {
        M::decode_front(self.context.version, self.body)
            .map(|(request, _)| request)
            .map_err(|error| Close::Request(format!("unreadable body: {error}")))
    }
}

impl Context<'_> {
    /// Notes that the client has asked something about a topic.
    pub(crate) fn note_topic(&self, name: &Arc<str>) {
        self.note(Subject::Topic(name.clone()));
    }

    /// Notes that the client has asked something about a group.
    pub(crate) fn note_group(&self, name: &str) {
        // Names that only hostile clients have would fill the memory.
        if name.len() <= NOTED_NAME_MAX {
            self.note(Subject::Group(name.into()));
        }
    }

    pub(crate) fn note(&self, subject: Subject) {
        if let Some(trail) = &self.peer.trail {
            trail.note(subject, self.key, self.cluster.clock().now_ms());
        }
    }

    /// The frame of a response.
    pub(crate) fn reply<M: Message>(&self, response: &M) -> Result<Reply, Close> {
        Reply::new(self.version, self.correlation_id, response)
    }
}
