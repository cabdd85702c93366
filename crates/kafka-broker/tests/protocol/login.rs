//! Listeners on which clients log in: what is answered before, what a login takes, and when it ends.

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use kafka_broker::{
    AddressBlock, AllowedAddresses, ClusterError, ClusterSettings, Limits, LoginListener, Mechanism, Subject,
    User, Verifier,
};
use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    ApiVersionsRequest, MetadataRequest, SaslAuthenticateRequest, SaslHandshakeRequest,
};
use machine::random::Random;
use machine::secret::Secret;
use sha2::{Digest, Sha256};

use crate::harness::{Wire, World, soon};

pub(crate) fn user(name: &str, mechanism: Mechanism, password: &str) -> User {
    let verifier = Verifier::new(mechanism, &Secret::new(password.into()), &Random::system());
    User { name: name.into(), mechanism, verifier }
}

pub(crate) fn anybody() -> LoginListener {
    LoginListener { port: 0, allowed: AllowedAddresses::default(), is_secured: false, is_public: false }
}

/// A world with one login listener, and its address.
pub(crate) async fn world(users: Vec<User>) -> (World, SocketAddr) {
    let world = World::start().await;
    world.cluster.users_set(users);
    world.cluster.logins_set(vec![anybody()]).await.unwrap();
    let address = world.cluster.login_addresses().await[0];
    (world, address)
}

pub(crate) async fn handshake(wire: &mut Wire, version: i16, mechanism: &str) -> ErrorCode {
    let answer = wire.ask(version, &SaslHandshakeRequest { mechanism }).await;
    let response = answer.read();
    if response.error_code != ErrorCode::ILLEGAL_SASL_STATE {
        assert_eq!(response.mechanisms, ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]);
    }
    response.error_code
}

/// The error, its text, and the broker's token.
pub(crate) async fn token(wire: &mut Wire, version: i16, token: &[u8]) -> (ErrorCode, String, Vec<u8>) {
    let answer = wire.ask(version, &SaslAuthenticateRequest { auth_bytes: token }).await;
    let response = answer.read();
    assert_eq!(response.session_lifetime_ms, 0);
    let message = response.error_message.unwrap_or_default().into_owned();
    (response.error_code, message, response.auth_bytes.into_owned())
}

pub(crate) async fn plain(wire: &mut Wire, name: &str, password: &str) -> (ErrorCode, String) {
    assert_eq!(handshake(wire, 1, "PLAIN").await, ErrorCode::NONE);
    let (error, message, reply) = token(wire, 2, format!("\0{name}\0{password}").as_bytes()).await;
    assert!(reply.is_empty());
    (error, message)
}

pub(crate) async fn logged_in(address: SocketAddr, name: &str, password: &str) -> Wire {
    let mut wire = Wire::open(address).await;
    assert_eq!(plain(&mut wire, name, password).await, (ErrorCode::NONE, String::new()));
    wire
}

pub(crate) async fn serves(wire: &mut Wire) {
    wire.ask(1, &MetadataRequest::default()).await;
}

/// A client's half of SCRAM-SHA-256.
pub(crate) struct Scram<'a> {
    pub(crate) name: &'a str,
    pub(crate) password: &'a str,
}

impl Scram<'_> {
    pub(crate) fn first(&self) -> String {
        format!("n,,n={},r=client", self.name)
    }

    /// The proof for a challenge, and what the broker has to answer it with.
    pub(crate) fn last(&self, challenge: &[u8]) -> (String, String) {
        let hmac = |key: &[u8], text: &str| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
            mac.update(text.as_bytes());
            mac.finalize().into_bytes().to_vec()
        };
        let challenge = std::str::from_utf8(challenge).unwrap();
        let mut fields = challenge.split(',').map(|field| &field[2..]);
        let (nonce, salt, iterations) =
            (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap());
        assert!(nonce.starts_with("client") && nonce.len() > "client".len() + 20, "{nonce}");
        let mut salted = [0; 32];
        let salt = BASE64.decode(salt).unwrap();
        let password = self.password.as_bytes();
        pbkdf2::pbkdf2_hmac::<Sha256>(password, &salt, iterations.parse().unwrap(), &mut salted);
        let unproved = format!("c=biws,r={nonce}");
        let said = format!("n={},r=client,{challenge},{unproved}", self.name);
        let client_key = hmac(&salted, "Client Key");
        let signature = hmac(&Sha256::digest(&client_key), &said);
        let proof: Vec<_> = client_key.iter().zip(signature).map(|(key, mask)| key ^ mask).collect();
        let expected = hmac(&hmac(&salted, "Server Key"), &said);
        (format!("{unproved},p={}", BASE64.encode(proof)), format!("v={}", BASE64.encode(expected)))
    }
}

#[tokio::test]
async fn a_password_opens_and_nothing_else_does() {
    let (world, address) = world(vec![user("reader", Mechanism::Plain, "pencil")]).await;
    serves(&mut logged_in(address, "reader", "pencil").await).await;
    for (name, password) in [("reader", "pen"), ("nobody", "pencil"), ("", "pencil"), ("reader", "")] {
        let mut wire = Wire::open(address).await;
        let (error, message) = plain(&mut wire, name, password).await;
        assert_eq!(error, ErrorCode::SASL_AUTHENTICATION_FAILED, "{name:?} {password:?}");
        assert_eq!(message, "Authentication failed: Invalid username or password");
        wire.closed("the login failed").await;
    }
    let counted: u64 = world.cluster.refusals().iter().map(|(_, count)| count.logins).sum();
    assert_eq!(counted, 4);
}

#[tokio::test]
async fn a_proof_opens_and_shows_that_the_broker_knows_the_user_too() {
    let users = vec![user("writer", Mechanism::ScramSha256, "pencil")];
    let (_world, address) = world(users).await;
    for version in 0..=2 {
        let mut wire = Wire::open(address).await;
        let scram = Scram { name: "writer", password: "pencil" };
        assert_eq!(handshake(&mut wire, 1, "SCRAM-SHA-256").await, ErrorCode::NONE);
        let (error, _, challenge) = token(&mut wire, version, scram.first().as_bytes()).await;
        assert_eq!(error, ErrorCode::NONE);
        let (last, expected) = scram.last(&challenge);
        let (error, _, reply) = token(&mut wire, version, last.as_bytes()).await;
        assert_eq!((error, reply.as_slice()), (ErrorCode::NONE, expected.as_bytes()));
        serves(&mut wire).await;
    }
}

#[tokio::test]
async fn a_proof_of_another_password_and_one_of_nobody_are_refused_alike() {
    let users = vec![user("writer", Mechanism::ScramSha256, "pencil")];
    let (_world, address) = world(users).await;
    let mut refusals = Vec::new();
    for (name, password) in [("writer", "pen"), ("nobody", "pencil")] {
        let mut wire = Wire::open(address).await;
        let scram = Scram { name, password };
        handshake(&mut wire, 1, "SCRAM-SHA-256").await;
        let (error, _, challenge) = token(&mut wire, 2, scram.first().as_bytes()).await;
        assert_eq!(error, ErrorCode::NONE, "a challenge comes first, whoever it is");
        refusals.push(token(&mut wire, 2, scram.last(&challenge).0.as_bytes()).await);
        wire.closed("the login failed").await;
    }
    assert_eq!(refusals[0].0, ErrorCode::SASL_AUTHENTICATION_FAILED);
    assert_eq!(refusals[0], refusals[1]);
}

#[tokio::test]
async fn each_way_of_logging_in_has_users_of_its_own() {
    let users = vec![
        user("both", Mechanism::Plain, "one"),
        user("both", Mechanism::ScramSha512, "two"),
        user("scram", Mechanism::ScramSha256, "three"),
    ];
    let (_world, address) = world(users).await;
    serves(&mut logged_in(address, "both", "one").await).await;
    for (name, password) in [("both", "two"), ("scram", "three")] {
        let mut wire = Wire::open(address).await;
        assert_eq!(plain(&mut wire, name, password).await.0, ErrorCode::SASL_AUTHENTICATION_FAILED);
    }
}

#[tokio::test]
async fn old_clients_exchange_bare_tokens() {
    let users = vec![user("reader", Mechanism::Plain, "pencil"), user("w", Mechanism::ScramSha256, "pen")];
    let (_world, address) = world(users).await;
    let mut wire = Wire::open(address).await;
    assert_eq!(handshake(&mut wire, 0, "PLAIN").await, ErrorCode::NONE);
    wire.send_bytes(&framed(b"\0reader\0pencil")).await;
    assert_eq!(wire.frame().await.as_deref(), Some(b"".as_slice()));
    serves(&mut wire).await;

    let mut wire = Wire::open(address).await;
    let scram = Scram { name: "w", password: "pen" };
    handshake(&mut wire, 0, "SCRAM-SHA-256").await;
    wire.send_bytes(&framed(scram.first().as_bytes())).await;
    let (last, expected) = scram.last(&wire.frame().await.unwrap());
    wire.send_bytes(&framed(last.as_bytes())).await;
    assert_eq!(wire.frame().await.as_deref(), Some(expected.as_bytes()));
    serves(&mut wire).await;

    let mut wire = Wire::open(address).await;
    handshake(&mut wire, 0, "PLAIN").await;
    wire.send_bytes(&framed(b"\0reader\0pen")).await;
    wire.closed("there is no frame to say why in").await;
}

pub(crate) fn framed(token: &[u8]) -> Vec<u8> {
    [&u32::try_from(token.len()).unwrap().to_be_bytes(), token].concat()
}

#[tokio::test]
async fn before_a_login_only_what_leads_to_one_is_answered() {
    let (_world, address) = world(vec![user("reader", Mechanism::Plain, "pencil")]).await;
    let versions = ApiVersionsRequest { client_software_name: "test", client_software_version: "1" };
    let mut wire = Wire::open(address).await;
    for version in [0, 3, 4, 0] {
        assert_eq!(wire.ask(version, &versions).await.read().error_code, ErrorCode::NONE);
    }
    wire.send(1, &MetadataRequest::default()).await;
    wire.closed("metadata is for those who are logged in").await;

    let mut wire = Wire::open(address).await;
    wire.send(1, &SaslAuthenticateRequest { auth_bytes: b"\0reader\0pencil" }).await;
    wire.closed("no mechanism was chosen").await;

    let mut wire = Wire::open(address).await;
    handshake(&mut wire, 1, "PLAIN").await;
    wire.ask(3, &versions).await;
    wire.send(1, &MetadataRequest::default()).await;
    wire.closed("the login is not over").await;

    let mut wire = Wire::open(address).await;
    handshake(&mut wire, 1, "PLAIN").await;
    assert_eq!(handshake(&mut wire, 1, "PLAIN").await, ErrorCode::ILLEGAL_SASL_STATE);
    wire.closed("a mechanism is chosen once").await;
}

#[tokio::test]
async fn clients_are_seen_from_their_login_on() {
    let (world, address) = world(vec![user("reader", Mechanism::Plain, "pencil")]).await;
    let seen = || {
        let seen = world.cluster.clients_seen(&Subject::Cluster, 0, i64::MAX).into_iter();
        seen.map(|seen| seen.request).collect::<Vec<_>>()
    };
    let mut wire = Wire::open(address).await;
    wire.ask(0, &ApiVersionsRequest::default()).await;
    assert_eq!(plain(&mut wire, "reader", "pen").await.0, ErrorCode::SASL_AUTHENTICATION_FAILED);
    let mut early = Wire::open(address).await;
    early.send(1, &MetadataRequest::default()).await;
    early.closed("metadata is for those who are logged in").await;
    assert_eq!(seen(), [""; 0]);
    let mut wire = Wire::open(address).await;
    wire.ask(0, &ApiVersionsRequest::default()).await;
    plain(&mut wire, "reader", "pencil").await;
    assert_eq!(seen(), [""; 0]);
    serves(&mut wire).await;
    assert_eq!(seen(), ["Metadata"]);
    let counted: Vec<_> = world.cluster.requests().iter().map(|(key, count)| (key.0, count.count)).collect();
    assert_eq!(
        counted,
        [(3, 1), (17, 2), (18, 2), (36, 2)],
        "what guests are answered is counted all the same"
    );
}

#[tokio::test]
async fn a_way_that_is_not_offered_is_refused_with_those_that_are() {
    let (_world, address) = world(Vec::new()).await;
    for mechanism in ["GSSAPI", "plain", ""] {
        let mut wire = Wire::open(address).await;
        let refused = handshake(&mut wire, 1, mechanism).await;
        assert_eq!(refused, ErrorCode::UNSUPPORTED_SASL_MECHANISM, "{mechanism}");
        wire.closed("nothing was chosen").await;
    }
}

#[tokio::test]
async fn logging_in_where_there_is_no_login_is_out_of_turn() {
    let (world, address) = world(vec![user("reader", Mechanism::Plain, "pencil")]).await;
    for mut wire in [world.wire().await, logged_in(address, "reader", "pencil").await] {
        for version in [0, 1] {
            assert_eq!(handshake(&mut wire, version, "PLAIN").await, ErrorCode::ILLEGAL_SASL_STATE);
        }
        let (error, ..) = token(&mut wire, 1, b"\0reader\0pencil").await;
        assert_eq!(error, ErrorCode::ILLEGAL_SASL_STATE);
        serves(&mut wire).await;
    }
}

#[tokio::test]
async fn frames_are_short_until_the_login_is_over() {
    let (_world, address) = world(vec![user("reader", Mechanism::Plain, "pencil")]).await;
    let mut wire = Wire::open(address).await;
    wire.send_bytes(&(512 * 1024 + 1_i32).to_be_bytes()).await;
    wire.closed("no login needs so much").await;
    let mut wire = logged_in(address, "reader", "pencil").await;
    let names = "x".repeat(249);
    let topics: Vec<_> = (0..4_000)
        .map(|_| kafka_wire::messages::MetadataRequestTopic { name: Some(&names), ..Default::default() })
        .collect();
    let answer = wire.ask(1, &MetadataRequest { topics: Some(topics), ..Default::default() }).await;
    assert_eq!(answer.read().topics.len(), 4_000);
}

#[tokio::test]
async fn who_does_not_log_in_in_time_has_to_go() {
    let limits = Limits { login_max: Duration::from_millis(50), ..Limits::default() };
    let world = World::with(ClusterSettings::default(), limits).await;
    world.cluster.logins_set(vec![anybody()]).await.unwrap();
    let address = world.cluster.login_addresses().await[0];
    Wire::open(address).await.closed("it says nothing").await;
    let mut wire = Wire::open(address).await;
    wire.send_bytes(&[0, 0]).await;
    wire.closed("it goes on too slowly").await;
}

#[tokio::test]
async fn a_login_ends_with_its_user_and_with_its_password() {
    let (gone, stays) = (user("gone", Mechanism::Plain, "pencil"), user("stays", Mechanism::Plain, "pencil"));
    let changed = user("changed", Mechanism::Plain, "pencil");
    let (world, address) = world(vec![gone, stays.clone(), changed]).await;
    let deleted = logged_in(address, "gone", "pencil").await;
    let outdated = logged_in(address, "changed", "pencil").await;
    let mut other = logged_in(address, "stays", "pencil").await;
    world.cluster.users_set(vec![stays, user("changed", Mechanism::Plain, "pen")]);
    deleted.closed("its user is gone").await;
    outdated.closed("its password is another").await;
    serves(&mut other).await;
    serves(&mut logged_in(address, "changed", "pen").await).await;
    let mut wire = Wire::open(address).await;
    assert_eq!(plain(&mut wire, "gone", "pencil").await.0, ErrorCode::SASL_AUTHENTICATION_FAILED);
}

#[tokio::test]
async fn clients_are_told_the_port_through_which_they_came() {
    let (world, address) = world(vec![user("reader", Mechanism::Plain, "pencil")]).await;
    for (mut wire, port) in [
        (world.wire().await, world.cluster.address().port()),
        (logged_in(address, "reader", "pencil").await, address.port()),
    ] {
        let answer = wire.ask(1, &MetadataRequest::default()).await;
        assert_eq!(answer.read().brokers[0].port, i32::from(port));
    }
}

#[tokio::test]
async fn ports_open_and_close_while_the_cluster_serves() {
    let (world, address) = world(vec![user("reader", Mechanism::Plain, "pencil")]).await;
    let mut by_plain = world.wire().await;
    let mut by_login = logged_in(address, "reader", "pencil").await;
    // Asked for again, it stays as it is.
    world.cluster.logins_set(vec![anybody()]).await.unwrap();
    serves(&mut by_login).await;
    // One that somebody else has is not opened, and the other stays.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let foreign = LoginListener { port, ..anybody() };
    let refused = world.cluster.logins_set(vec![foreign]).await;
    assert_eq!(refused, Err(ClusterError::PortInUse(port)));
    serves(&mut by_login).await;
    world.cluster.logins_set(vec![]).await.unwrap();
    by_login.closed("its port is closed").await;
    assert!(soon(tokio::net::TcpStream::connect(address)).await.is_err());
    serves(&mut by_plain).await;
}

#[tokio::test]
async fn each_port_has_a_list_of_its_own() {
    let (world, address) = world(vec![user("reader", Mechanism::Plain, "pencil")]).await;
    let only = |ip: &str| AllowedAddresses::only([AddressBlock::new(ip.parse().unwrap(), 32)]);
    let by_login = logged_in(address, "reader", "pencil").await;
    world.cluster.login_allow(0, only("127.0.0.9")).await;
    by_login.closed("its address was taken off the list").await;
    Wire::open(address).await.closed("its address is not on the list").await;
    serves(&mut world.wire().await).await;
    world.cluster.logins_set(vec![anybody()]).await.unwrap();
    world.cluster.allow(only("127.0.0.9"));
    serves(&mut logged_in(address, "reader", "pencil").await).await;
    world.wire().await.closed("its address is not on the list").await;
}
