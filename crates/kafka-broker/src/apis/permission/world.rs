//! A cluster whose rules are in force, asked by a user without a connection between.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use kafka_wire::messages::{CODECS, Request};
use kafka_wire::{ApiKey, ErrorCode, Rope, header};
use machine::clock::Clock;
use machine::random::Random;
use parking_lot::Mutex;
use uuid::Uuid;

use super::super::handle;
use crate::authority::{AccessRule, Names, Operation, Permission, ResourceKind};
use crate::broker::Limits;
use crate::cluster::ClusterSettings;
use crate::connection::{Advertised, Close, Outcome, Peer};
use crate::meta::TopicSpec;
use crate::principal::Principal;
use crate::quota::Pause;
use crate::refusals::{Refusal, RefusalWitness, Refused};
use crate::reply::Piece;
use crate::testing::TestCluster;

/// A permission for one thing.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) user: &'static str,
    pub(super) resource: ResourceKind,
    pub(super) name: &'static str,
    pub(super) operation: Operation,
}

/// Lets alice do it.
pub(super) fn allow(resource: ResourceKind, name: &'static str, operation: Operation) -> Rule {
    Rule { user: "alice", resource, name, operation }
}

pub(super) struct World {
    pub(super) cluster: TestCluster,
    /// The id of topic `orders`.
    pub(super) topic: Uuid,
    alice: Peer,
    witness: Arc<Witness>,
}

/// Keeps what it is told.
#[derive(Debug, Default)]
struct Witness(Mutex<Vec<Refusal>>);

impl RefusalWitness for Witness {
    fn refused(&self, refusal: Refusal) {
        self.0.lock().push(refusal);
    }
}

impl World {
    /// A cluster with topic `orders` in which nobody may do anything.
    pub(super) async fn start() -> Self {
        let settings = ClusterSettings { rules_enforced: true, ..ClusterSettings::default() };
        let cluster = TestCluster::start(settings, Limits::default()).await;
        let alice = peer(Principal::user("alice"));
        let witness = Arc::<Witness>::default();
        cluster.broker().refusals_told_to(Some(witness.clone()));
        let mut world = Self { cluster, topic: Uuid::nil(), alice, witness };
        world.topic = world.topic_create("orders").await;
        world
    }

    pub(super) async fn topic_create(&self, name: &str) -> Uuid {
        let id = Random::system().uuid();
        let (config, created_ms) = (BTreeMap::new(), Clock::system().now_ms());
        let spec = TopicSpec { name: name.into(), id, partitions: 1, config, created_ms, internal: false };
        self.cluster.topic_create(spec).await.unwrap();
        id
    }

    /// Puts these rules in force in place of all others.
    pub(super) fn rules(&self, rules: &[Rule]) {
        let rule = |rule: &Rule| AccessRule {
            user: Some(rule.user.to_owned()),
            host: None,
            resource: rule.resource,
            names: Names::Equal(rule.name.to_owned()),
            operation: rule.operation,
            permission: Permission::Allow,
        };
        self.cluster.rules_replace(&rules.iter().map(rule).collect::<Vec<_>>());
    }

    /// What alice is answered, as the response's table reads it.
    pub(super) async fn ask<R: Request>(&self, version: i16, request: &R) -> Answer<R> {
        self.ask_as(&self.alice, version, request).await
    }

    /// What somebody without a login is answered.
    pub(super) async fn ask_anonymously<R: Request>(&self, version: i16, request: &R) -> Answer<R> {
        self.ask_as(&peer(Principal::anonymous()), version, request).await
    }

    async fn ask_as<R: Request>(&self, peer: &Peer, version: i16, request: &R) -> Answer<R> {
        let mut rope = Rope::new();
        rope.request(version, 1, Some("client"), request).unwrap();
        let frame = self.answer(peer, &rope).await.unwrap();
        Answer { version, frame, request: std::marker::PhantomData }
    }

    /// The refusals for want of a right that alice's request is answered with.
    pub(super) async fn refusals(&self, key: ApiKey, version: i16, request: &Rope) -> BTreeSet<ErrorCode> {
        let frame = self.answer(&self.alice, request).await.unwrap();
        let codec = CODECS.iter().find(|codec| codec.api.key == key).unwrap();
        let flexible = codec.api.response_header_flexible(version);
        let (_, body) = header::response_header_decode(&frame, flexible).unwrap();
        let text = (codec.response.render)(version, body).unwrap();
        let codes =
            text.split("ErrorCode(").skip(1).filter_map(|rest| rest.split(')').next()?.trim().parse().ok());
        let refusals = [
            ErrorCode::TOPIC_AUTHORIZATION_FAILED,
            ErrorCode::GROUP_AUTHORIZATION_FAILED,
            ErrorCode::CLUSTER_AUTHORIZATION_FAILED,
            ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        ];
        codes.map(ErrorCode).filter(|code| refusals.contains(code)).collect()
    }

    /// What the witness was told since it was last asked, as it is called on the wire.
    pub(super) fn told(&self, api: ApiKey) -> BTreeSet<ErrorCode> {
        let told = std::mem::take(&mut *self.witness.0.lock()).into_iter();
        told.map(|refusal| {
            assert_eq!((refusal.cluster.as_str(), refusal.user.as_deref()), ("main", Some("alice")));
            let Refused::Request { api: asked, resource, .. } = refusal.refused else {
                panic!("{refusal:?} is no request")
            };
            assert_eq!(asked, api);
            match resource {
                ResourceKind::Topic => ErrorCode::TOPIC_AUTHORIZATION_FAILED,
                ResourceKind::Group => ErrorCode::GROUP_AUTHORIZATION_FAILED,
                ResourceKind::Cluster => ErrorCode::CLUSTER_AUTHORIZATION_FAILED,
                ResourceKind::TransactionalId => ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
            }
        })
        .collect()
    }

    /// Whether alice's connection would end.
    pub(super) async fn closes<R: Request>(&self, version: i16, request: &R) -> bool {
        let mut rope = Rope::new();
        rope.request(version, 1, Some("client"), request).unwrap();
        self.answer(&self.alice, &rope).await.is_err()
    }

    /// The frame, without its length, that answers a request; empty when there is none.
    async fn answer(&self, peer: &Peer, request: &Rope) -> Result<Vec<u8>, Close> {
        let frame = Bytes::copy_from_slice(&request.bytes()[4..]);
        let reply = match handle(&self.cluster, peer, frame).await? {
            Outcome::Reply(reply) => reply,
            Outcome::Later(reply) => reply.await?,
            Outcome::Silence => return Ok(Vec::new()),
        };
        let mut bytes = Vec::new();
        for piece in reply.pieces() {
            match piece {
                Piece::Bytes(piece) => bytes.extend_from_slice(piece),
                Piece::File(_) => panic!("nothing here has records"),
            }
        }
        Ok(bytes.split_off(4))
    }
}

fn peer(principal: Principal) -> Peer {
    let advertised = Arc::new(Advertised { host: "127.0.0.1".into(), port: 9 });
    let address = "127.0.0.1:4000".parse().unwrap();
    Peer {
        address,
        port: 9,
        advertised,
        principal,
        is_host: false,
        number: 0,
        is_public: false,
        pause: Pause::default(),
        trail: None,
    }
}

/// An answer to a request of type `R`, as bytes.
pub(super) struct Answer<R> {
    version: i16,
    frame: Vec<u8>,
    request: std::marker::PhantomData<fn(R)>,
}

impl<R: Request> Answer<R> {
    pub(super) fn read(&self) -> R::Response<'_> {
        use kafka_wire::messages::Message;
        let flexible = R::API.response_header_flexible(self.version);
        let (_, body) = header::response_header_decode(&self.frame, flexible).unwrap();
        R::Response::decode(self.version, body).unwrap()
    }
}
