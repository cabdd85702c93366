//! Ways to get in without a password: each is refused, and each is told to whoever audits.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use kafka_broker::{
    AddressBlock, AllowedAddresses, ClusterSettings, Limits, LoginListener, LoginRefusal, Mechanism, Refused,
};
use kafka_wire::messages::{ApiVersionsRequest, CODECS, SaslAuthenticateRequest, SaslHandshakeRequest};
use kafka_wire::sample::Dice;
use kafka_wire::{ApiKey, ErrorCode};
use machine::clock::Clock;

use crate::harness::{Wire, Witness, World};
use crate::login::{Scram, anybody, framed, handshake, plain, serves, token, user};

/// How long a refusal is held back.
const DELAY: Duration = Duration::from_millis(100);

/// One user of each of two mechanisms, and somebody who is told of refusals.
async fn world() -> (World, SocketAddr, Arc<Witness>) {
    let users = vec![
        user("reader", Mechanism::Plain, "pencil"),
        user("writer", Mechanism::ScramSha256, "pencil"),
        user("writer", Mechanism::ScramSha512, "pencil"),
    ];
    let (world, address) = crate::login::world(users).await;
    let witness = world.witness();
    (world, address, witness)
}

fn refused(user: Option<&str>, mechanism: Option<Mechanism>, why: LoginRefusal) -> (Option<String>, Refused) {
    (user.map(str::to_owned), Refused::Login { mechanism, why })
}

/// The challenge that the broker answers a first message with.
async fn challenged(wire: &mut Wire, scram: &Scram<'_>) -> Vec<u8> {
    assert_eq!(handshake(wire, 1, "SCRAM-SHA-256").await, ErrorCode::NONE);
    let (error, _, challenge) = token(wire, 2, scram.first().as_bytes()).await;
    assert_eq!(error, ErrorCode::NONE);
    challenge
}

#[tokio::test]
async fn guessing_is_slow_and_takes_a_connection_for_each_guess() {
    let (_world, address, witness) = world().await;
    let clock = Clock::system();
    for (name, password) in [("reader", "pen"), ("reader", "pencil "), ("nobody", "pencil")] {
        let mut wire = Wire::open(address).await;
        let asked = clock.elapsed();
        assert_eq!(plain(&mut wire, name, password).await.0, ErrorCode::SASL_AUTHENTICATION_FAILED);
        assert!(
            clock.elapsed().saturating_sub(asked) >= DELAY,
            "an answer that comes at once lets one connection after another guess"
        );
        let expected = refused(Some(name), Some(Mechanism::Plain), LoginRefusal::Credentials);
        assert_eq!(witness.only().await, expected);
        wire.closed("there is one guess to a connection").await;
    }
}

#[tokio::test]
async fn a_proof_cannot_be_used_again() {
    let (_world, address, witness) = world().await;
    let scram = Scram { name: "writer", password: "pencil" };
    let mut heard = Wire::open(address).await;
    let challenge = challenged(&mut heard, &scram).await;
    let (proof, expected) = scram.last(&challenge);
    assert_eq!(token(&mut heard, 2, proof.as_bytes()).await.2, expected.as_bytes());
    serves(&mut heard).await;

    // The same messages again, word for word, on a connection of their own.
    let mut again = Wire::open(address).await;
    assert_ne!(challenged(&mut again, &scram).await, challenge, "no challenge is made twice");
    let (error, ..) = token(&mut again, 2, proof.as_bytes()).await;
    assert_eq!(error, ErrorCode::SASL_AUTHENTICATION_FAILED);
    let expected = refused(Some("writer"), Some(Mechanism::ScramSha256), LoginRefusal::Credentials);
    assert_eq!(witness.only().await, expected);
    again.closed("the login failed").await;
}

#[tokio::test]
async fn nothing_less_than_what_was_chosen_is_taken() {
    let (_world, address, witness) = world().await;
    let chosen = Some(Mechanism::ScramSha256);
    // Tokens of a weaker mechanism, and of another channel binding.
    for sent in [
        "\0writer\0pencil".to_owned(),
        "\0reader\0pencil".to_owned(),
        "y,,n=writer,r=client".to_owned(),
        "p=tls-unique,,n=writer,r=client".to_owned(),
        // Longer than any first message.
        format!("n,,n=writer,r={}", "a".repeat(5_000)),
    ] {
        let mut wire = Wire::open(address).await;
        handshake(&mut wire, 1, "SCRAM-SHA-256").await;
        assert_eq!(token(&mut wire, 2, sent.as_bytes()).await.0, ErrorCode::SASL_AUTHENTICATION_FAILED);
        assert_eq!(witness.only().await, refused(None, chosen, LoginRefusal::Credentials), "{sent}");
        wire.closed("the login failed").await;
    }
    // A proof that is right but for its channel binding, or for the hash it was made with.
    let scram = Scram { name: "writer", password: "pencil" };
    let mut wire = Wire::open(address).await;
    let proof = scram.last(&challenged(&mut wire, &scram).await).0.replace("c=biws", "c=eSws");
    assert_eq!(token(&mut wire, 2, proof.as_bytes()).await.0, ErrorCode::SASL_AUTHENTICATION_FAILED);
    assert_eq!(witness.only().await, refused(Some("writer"), chosen, LoginRefusal::Credentials));
    let mut wire = Wire::open(address).await;
    handshake(&mut wire, 1, "SCRAM-SHA-512").await;
    let (_, _, challenge) = token(&mut wire, 2, scram.first().as_bytes()).await;
    let proof = scram.last(&challenge).0;
    assert_eq!(token(&mut wire, 2, proof.as_bytes()).await.0, ErrorCode::SASL_AUTHENTICATION_FAILED);
    let expected = refused(Some("writer"), Some(Mechanism::ScramSha512), LoginRefusal::Credentials);
    assert_eq!(witness.only().await, expected);
    // A second choice, and one that is not offered.
    let mut wire = Wire::open(address).await;
    handshake(&mut wire, 1, "SCRAM-SHA-256").await;
    assert_eq!(handshake(&mut wire, 1, "PLAIN").await, ErrorCode::ILLEGAL_SASL_STATE);
    assert_eq!(witness.only().await, refused(None, chosen, LoginRefusal::OutOfTurn));
    let mut wire = Wire::open(address).await;
    assert_eq!(handshake(&mut wire, 1, "SCRAM-SHA-1").await, ErrorCode::UNSUPPORTED_SASL_MECHANISM);
    assert_eq!(witness.only().await, refused(None, None, LoginRefusal::Mechanism));
}

#[tokio::test]
async fn no_other_request_is_answered_before_the_login() {
    let (world, address, witness) = world().await;
    let open = [ApiKey::API_VERSIONS, ApiKey::SASL_HANDSHAKE, ApiKey::SASL_AUTHENTICATE];
    let mut asked = 0;
    for row in world.wire().await.ask(0, &ApiVersionsRequest::default()).await.read().api_keys {
        let codec = CODECS.iter().find(|codec| codec.api.key == row.api_key).unwrap();
        if open.contains(&row.api_key) {
            continue;
        }
        let request = (codec.request.sample)(row.max_version, &mut Dice::new(7)).unwrap();
        for begun in [false, true] {
            let mut wire = Wire::open(address).await;
            if begun {
                handshake(&mut wire, 1, "PLAIN").await;
            }
            wire.send_bytes(request.bytes()).await;
            wire.closed("it is for those who are logged in").await;
            assert_eq!(witness.only().await, refused(None, None, LoginRefusal::OutOfTurn), "{}", row.api_key);
            asked += 1;
        }
    }
    assert!(asked > 70, "there is something to ask: {asked}");
    let mut wire = Wire::open(address).await;
    wire.send(2, &SaslAuthenticateRequest { auth_bytes: b"\0reader\0pencil" }).await;
    wire.closed("no mechanism was chosen").await;
    assert_eq!(witness.only().await, refused(None, None, LoginRefusal::OutOfTurn));
    let strays: u64 = world.cluster.refusals().iter().map(|(_, count)| count.strays).sum();
    assert_eq!(strays, asked + 1);
}

#[tokio::test]
async fn oversize_frames_and_tokens_are_refused_unread() {
    let (_world, address, witness) = world().await;
    let frame = refused(None, None, LoginRefusal::Frame);
    for claimed in [512 * 1024 + 1, i32::MAX, -1] {
        let mut wire = Wire::open(address).await;
        wire.send_bytes(&claimed.to_be_bytes()).await;
        wire.closed("no login needs so much").await;
        assert_eq!(witness.only().await, frame);
    }
    // After a bare handshake there are only lengths and tokens.
    let mut wire = Wire::open(address).await;
    wire.ask(0, &SaslHandshakeRequest { mechanism: "PLAIN" }).await;
    wire.send_bytes(&i32::MAX.to_be_bytes()).await;
    wire.closed("no token is so long").await;
    assert_eq!(witness.only().await, frame);
    // As long as a frame may be: it is read, and is nobody's password.
    let mut wire = Wire::open(address).await;
    wire.ask(0, &SaslHandshakeRequest { mechanism: "PLAIN" }).await;
    wire.send_bytes(&framed(&[b"\0reader\0".as_slice(), &[b'x'; 500 * 1024]].concat())).await;
    wire.closed("it is a wrong password").await;
    let expected = refused(Some("reader"), Some(Mechanism::Plain), LoginRefusal::Credentials);
    assert_eq!(witness.only().await, expected);
    // A token that claims to be longer than its frame.
    let mut wire = Wire::open(address).await;
    handshake(&mut wire, 1, "PLAIN").await;
    let body = [0, 36, 0, 0, 0, 0, 0, 9, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff];
    wire.send_bytes(&framed(&body)).await;
    wire.closed("there is no such token").await;
    assert_eq!(witness.only().await, refused(None, None, LoginRefusal::OutOfTurn));
}

#[tokio::test]
async fn a_name_is_told_cut_short_and_a_password_never() {
    let (_world, address, witness) = world().await;
    let name = "é".repeat(10_000);
    let mut wire = Wire::open(address).await;
    plain(&mut wire, &name, "hunter2").await;
    let (told, what) = witness.only().await;
    let told = told.unwrap();
    assert!(name.starts_with(&told) && told.len() <= 256, "{} bytes", told.len());
    assert!(!format!("{what:?}").contains("hunter2"));
}

#[tokio::test]
async fn tls_and_its_lack_are_refused_where_they_do_not_belong() {
    let (world, address, witness) = world().await;
    // How a handshake begins.
    for plain in [address, world.cluster.address()] {
        let mut wire = Wire::open(plain).await;
        wire.send_bytes(&[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]).await;
        wire.closed("there is no TLS here").await;
        assert_eq!(witness.only().await, (None, Refused::Transport));
    }
    let listener =
        LoginListener { port: 0, allowed: AllowedAddresses::default(), is_secured: true, is_public: false };
    world.cluster.logins_set(Vec::new()).await.unwrap();
    world.cluster.logins_set(vec![listener]).await.unwrap();
    let mut wire = Wire::open(world.cluster.login_addresses().await[0]).await;
    wire.send(1, &SaslHandshakeRequest { mechanism: "PLAIN" }).await;
    wire.closed("a password in clear goes no further").await;
    assert_eq!(witness.only().await, (None, Refused::Transport));
}

#[tokio::test]
async fn who_is_not_on_the_list_or_too_slow_is_told_of() {
    let limits = Limits { login_max: Duration::from_millis(50), ..Limits::default() };
    let world = World::with(ClusterSettings::default(), limits).await;
    world.cluster.logins_set(vec![anybody()]).await.unwrap();
    let witness = world.witness();
    let address = world.cluster.login_addresses().await[0];
    Wire::open(address).await.closed("it says nothing").await;
    assert_eq!(witness.only().await, refused(None, None, LoginRefusal::Late));
    world.cluster.allow(AllowedAddresses::only([AddressBlock::new([10, 0, 0, 0].into(), 8)]));
    world.wire().await.closed("this host is not on the list").await;
    assert_eq!(witness.only().await, (None, Refused::Connection));
    let refused: u64 = world.cluster.refusals().iter().map(|(_, count)| count.addresses).sum();
    assert_eq!(refused, 1);
}

#[tokio::test]
async fn who_gets_in_and_who_hangs_up_is_nobody_s_concern() {
    let (_world, address, witness) = world().await;
    let mut wire = Wire::open(address).await;
    plain(&mut wire, "reader", "pencil").await;
    serves(&mut wire).await;
    let mut half = Wire::open(address).await;
    challenged(&mut half, &Scram { name: "writer", password: "pencil" }).await;
    drop((half, wire, Wire::open(address).await));
    // One that is refused comes after them.
    let mut wire = Wire::open(address).await;
    handshake(&mut wire, 1, "GSSAPI").await;
    assert_eq!(witness.only().await, refused(None, None, LoginRefusal::Mechanism));
}
