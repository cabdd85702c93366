//! Listeners with TLS: who gets in, and what becomes of those who speak otherwise than their port does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use kafka_broker::{
    AllowedAddresses, ClusterSettings, Limits, LoginListener, Mechanism, RefusalCount, User, Verifier,
};
use kafka_wire::Rope;
use kafka_wire::messages::{MetadataRequest, SaslAuthenticateRequest, SaslHandshakeRequest};
use machine::random::Random;
use machine::secret::Secret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::yield_now;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme, SupportedProtocolVersion, version,
};

use crate::harness::{Wire, World, batch, soon, values};

/// Takes any certificate: who signs it is not the broker's affair.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

async fn world(limits: Limits) -> (World, SocketAddr) {
    let world = World::with(ClusterSettings::default(), limits).await;
    let verifier = Verifier::new(Mechanism::Plain, &Secret::new("pencil".into()), &Random::system());
    world.cluster.users_set(vec![User { name: "reader".into(), mechanism: Mechanism::Plain, verifier }]);
    let listener =
        LoginListener { port: 0, allowed: AllowedAddresses::default(), is_secured: true, is_public: false };
    world.cluster.logins_set(vec![listener]).await.unwrap();
    let address = world.cluster.login_addresses().await[0];
    (world, address)
}

async fn secured(
    address: SocketAddr,
    version: &'static SupportedProtocolVersion,
) -> std::io::Result<TlsStream<TcpStream>> {
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_no_client_auth();
    let socket = soon(TcpStream::connect(address)).await?;
    let name = ServerName::try_from("localhost").unwrap();
    soon(TlsConnector::from(Arc::new(config)).connect(name, socket)).await
}

async fn ask(stream: &mut TlsStream<TcpStream>, request: &Rope) -> Vec<u8> {
    soon(stream.write_all(request.bytes())).await.unwrap();
    let len = soon(stream.read_i32()).await.unwrap();
    let mut frame = vec![0; usize::try_from(len).unwrap()];
    soon(stream.read_exact(&mut frame)).await.unwrap();
    frame
}

fn refused(world: &World, port: u16) -> RefusalCount {
    world.cluster.refusals().into_iter().find(|(at, _)| *at == port).unwrap().1
}

#[tokio::test]
async fn a_user_logs_in_and_reads_over_tls() {
    let (world, address) = world(Limits::default()).await;
    let topic = world.topic("letters", 1, &[]).await;
    // More than TLS keeps at a time.
    let long = "x".repeat(300_000);
    world.wire().await.produce(9, &topic, 0, &batch(&[&long, "last"])).await;
    for version in [&version::TLS12, &version::TLS13] {
        let mut stream = secured(address, version).await.unwrap();
        let mut rope = Rope::new();
        rope.request(1, 1, None, &SaslHandshakeRequest { mechanism: "PLAIN" }).unwrap();
        ask(&mut stream, &rope).await;
        rope.clear();
        rope.request(1, 2, None, &SaslAuthenticateRequest { auth_bytes: b"\0reader\0pencil" }).unwrap();
        let answer = ask(&mut stream, &rope).await;
        assert_eq!(&answer[..6], [0, 0, 0, 2, 0, 0], "the login is accepted");
        rope.clear();
        rope.request(4, 3, None, &topic.fetch(&[(0, 0)])).unwrap();
        let answer = ask(&mut stream, &rope).await;
        let magic = answer.len() - batch(&[&long, "last"]).len();
        let read = values(&answer[magic..]);
        assert_eq!(read, [(0, long.clone()), (1, "last".into())]);
    }
    assert_eq!(refused(&world, address.port()), RefusalCount::default());
}

#[tokio::test]
async fn whoever_speaks_without_tls_is_closed_at_once_and_counted() {
    let (world, address) = world(Limits::default()).await;
    let mut wire = Wire::open(address).await;
    wire.send(1, &MetadataRequest::default()).await;
    wire.closed("it speaks without TLS").await;
    assert_eq!(refused(&world, address.port()), RefusalCount { misdialled: 1, ..Default::default() });
}

#[tokio::test]
async fn whoever_speaks_tls_on_a_plain_port_is_closed_at_once_and_counted() {
    let (world, _) = world(Limits::default()).await;
    let plain = world.cluster.address();
    assert!(secured(plain, &version::TLS13).await.is_err());
    assert_eq!(refused(&world, plain.port()), RefusalCount { misdialled: 1, ..Default::default() });
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_ended() {
    let limits = Limits { handshake_max: Duration::from_millis(50), ..Limits::default() };
    let (world, address) = world(limits).await;
    Wire::open(address).await.closed("it says nothing").await;
    let mut wire = Wire::open(address).await;
    wire.send_bytes(&[22, 3, 1, 2, 0, 1]).await;
    wire.closed("it goes on too slowly").await;
    soon(async {
        while refused(&world, address.port()).handshakes < 2 {
            yield_now().await;
        }
    })
    .await;
}
