//! Logins with an end: made again on the living connection, or the connection ends.

use std::net::SocketAddr;
use std::time::Duration;

use kafka_broker::{ClusterSettings, Limits, LoginRefusal, Mechanism, RefusalCount, Refused};
use kafka_wire::ErrorCode;
use kafka_wire::messages::{MetadataRequest, SaslAuthenticateRequest};
use machine::clock::{Clock, HeldClock};

use crate::harness::{Wire, World};
use crate::login::{Scram, anybody, handshake, serves, user};

/// What must go by between two logins on a connection.
const NEXT: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

/// A world whose logins stand for an hour of this clock.
async fn world() -> (World, SocketAddr, HeldClock) {
    let limits = Limits { session_max: Some(HOUR), ..Limits::default() };
    let (clock, held) = Clock::held(1_700_000_000_000);
    let world = World::at(clock, ClusterSettings::default(), limits).await;
    world.cluster.users_set(vec![
        user("reader", Mechanism::Plain, "pencil"),
        user("other", Mechanism::Plain, "pencil"),
        user("reader", Mechanism::ScramSha256, "pencil"),
    ]);
    world.cluster.logins_set(vec![anybody()]).await.unwrap();
    let address = world.cluster.login_addresses().await[0];
    (world, address, held)
}

/// Logs in, for the first time or again: the error, the broker's token, and how long the login stands.
async fn log_in(wire: &mut Wire, version: i16, sent: &[u8]) -> (ErrorCode, Vec<u8>, i64) {
    let answer = wire.ask(version, &SaslAuthenticateRequest { auth_bytes: sent }).await;
    let response = answer.read();
    (response.error_code, response.auth_bytes.into_owned(), response.session_lifetime_ms)
}

async fn by_password(address: SocketAddr, version: i16) -> (Wire, i64) {
    let mut wire = Wire::open(address).await;
    assert_eq!(handshake(&mut wire, 1, "PLAIN").await, ErrorCode::NONE);
    let (error, _, lifetime) = log_in(&mut wire, version, b"\0reader\0pencil").await;
    assert_eq!(error, ErrorCode::NONE);
    (wire, lifetime)
}

#[tokio::test]
async fn clients_are_told_when_to_log_in_again() {
    let (_world, address, _clock) = world().await;
    assert_eq!(by_password(address, 2).await.1, 3_600_000);
    assert_eq!(by_password(address, 1).await.1, 3_600_000);
    assert_eq!(by_password(address, 0).await.1, 0, "there is no room to say it");
    let mut wire = Wire::open(address).await;
    handshake(&mut wire, 1, "SCRAM-SHA-256").await;
    let scram = Scram { name: "reader", password: "pencil" };
    let (_, challenge, lifetime) = log_in(&mut wire, 2, scram.first().as_bytes()).await;
    assert_eq!(lifetime, 0, "the login is not over");
    let (_, _, lifetime) = log_in(&mut wire, 2, scram.last(&challenge).0.as_bytes()).await;
    assert_eq!(lifetime, 3_600_000);
}

#[tokio::test]
async fn a_session_goes_on_by_logging_in_again_and_ends_at_the_next_request_without() {
    let (world, address, clock) = world().await;
    let (mut wire, _) = by_password(address, 2).await;
    let (mut idle, _) = by_password(address, 0).await;
    for _ in 0..2 {
        serves(&mut wire).await;
        clock.advance(HOUR - NEXT);
        assert_eq!(handshake(&mut wire, 1, "PLAIN").await, ErrorCode::NONE);
        assert_eq!(log_in(&mut wire, 2, b"\0reader\0pencil").await.2, 3_600_000);
    }
    // Longer than one session in all, and it serves.
    serves(&mut wire).await;
    idle.send(1, &MetadataRequest::default()).await;
    idle.closed("its session is over").await;
    // After the end, logging in again is all that can be done, and is enough.
    clock.advance(HOUR);
    assert_eq!(handshake(&mut wire, 1, "PLAIN").await, ErrorCode::NONE);
    assert_eq!(log_in(&mut wire, 2, b"\0reader\0pencil").await.0, ErrorCode::NONE);
    serves(&mut wire).await;
    let count = world.cluster.refusals().into_iter().find(|(port, _)| *port == address.port()).unwrap().1;
    assert_eq!(count, RefusalCount { sessions: 1, ..Default::default() });
}

#[tokio::test]
async fn a_renewal_is_of_the_same_user_in_the_same_way_with_the_right_password() {
    let (world, address, clock) = world().await;
    let witness = world.witness();
    for (sent, user, why) in [
        ("\0other\0pencil", "other", LoginRefusal::Another),
        ("\0reader\0pen", "reader", LoginRefusal::Credentials),
        ("\0nobody\0pencil", "nobody", LoginRefusal::Credentials),
    ] {
        let (mut wire, _) = by_password(address, 2).await;
        clock.advance(NEXT);
        handshake(&mut wire, 1, "PLAIN").await;
        let (error, ..) = log_in(&mut wire, 2, sent.as_bytes()).await;
        assert_eq!(error, ErrorCode::SASL_AUTHENTICATION_FAILED, "{sent:?}");
        let refused = Refused::Login { mechanism: Some(Mechanism::Plain), why };
        assert_eq!(witness.only().await, (Some(user.to_owned()), refused));
        wire.closed("it is not who it was").await;
    }
    let (mut wire, _) = by_password(address, 2).await;
    clock.advance(NEXT);
    handshake(&mut wire, 1, "SCRAM-SHA-256").await;
    let scram = Scram { name: "reader", password: "pencil" };
    let (_, challenge, _) = log_in(&mut wire, 2, scram.first().as_bytes()).await;
    let (error, ..) = log_in(&mut wire, 2, scram.last(&challenge).0.as_bytes()).await;
    assert_eq!(error, ErrorCode::SASL_AUTHENTICATION_FAILED);
    let refused = Refused::Login { mechanism: Some(Mechanism::ScramSha256), why: LoginRefusal::Another };
    assert_eq!(witness.only().await, (Some("reader".into()), refused));
    wire.closed("it came in another way").await;
}

#[tokio::test]
async fn nothing_else_is_answered_in_the_middle_of_a_renewal() {
    let (_world, address, clock) = world().await;
    let (mut wire, _) = by_password(address, 2).await;
    // Too soon: as where there is no end.
    assert_eq!(handshake(&mut wire, 1, "PLAIN").await, ErrorCode::ILLEGAL_SASL_STATE);
    serves(&mut wire).await;
    clock.advance(NEXT);
    assert_eq!(handshake(&mut wire, 1, "PLAIN").await, ErrorCode::NONE);
    wire.send(1, &MetadataRequest::default()).await;
    wire.closed("the login is not over").await;
    let (mut wire, _) = by_password(address, 2).await;
    clock.advance(NEXT);
    handshake(&mut wire, 1, "PLAIN").await;
    wire.send_bytes(&(512 * 1024 + 1_i32).to_be_bytes()).await;
    wire.closed("no login needs so much").await;
}
