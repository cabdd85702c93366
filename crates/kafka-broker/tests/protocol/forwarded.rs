//! Connections through a proxy that says for whom, with the PROXY protocol.

use std::net::SocketAddr;
use std::time::Duration;

use kafka_broker::{AddressBlock, AllowedAddresses, Limits};
use kafka_wire::messages::MetadataRequest;
use machine::peers::PeerLimits;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

use crate::harness::{Wire, World, soon};

const PROXY: &str = "127.0.0.2";
/// The first twelve bytes of a header of version 2.
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

fn block(address: &str) -> AddressBlock {
    AddressBlock::new(address.parse().unwrap(), 32)
}

/// A world that has a proxy, and serves 10.0.0.7 alone.
async fn world(limits: Limits) -> World {
    let world = World::behind(vec![block(PROXY)], limits).await;
    world.cluster.allow(AllowedAddresses::only([block("10.0.0.7")]));
    world
}

async fn connected(from: &str, world: &World) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
    soon(socket.connect(world.cluster.address())).await.unwrap()
}

/// A connection that begins with these bytes.
async fn begun(from: &str, world: &World, header: &[u8]) -> Wire {
    let mut socket = connected(from, world).await;
    socket.write_all(header).await.unwrap();
    Wire::over(socket)
}

fn text(client: &str) -> Vec<u8> {
    format!("PROXY TCP4 {client} 127.0.0.1 4000 9092\r\n").into_bytes()
}

/// A header of version 2, with what proxies add.
fn binary(client: [u8; 4]) -> Vec<u8> {
    let added = [4, 0, 3, 1, 2, 3];
    let addresses = [&client[..], &[127, 0, 0, 1, 0x0f, 0xa0, 0x23, 0x84], &added].concat();
    let length = u16::try_from(addresses.len()).unwrap().to_be_bytes();
    [SIGNATURE, &[0x21, 0x11], &length, &addresses].concat()
}

async fn serves(wire: &mut Wire) {
    wire.ask(1, &MetadataRequest::default()).await;
}

fn refused(world: &World) -> u64 {
    world.cluster.refusals().iter().map(|(_, count)| count.headers).sum()
}

#[tokio::test]
async fn the_address_that_counts_is_the_clients() {
    let world = world(Limits::default()).await;
    let mut client = begun(PROXY, &world, &text("10.0.0.7")).await;
    serves(&mut client).await;
    serves(&mut begun(PROXY, &world, &binary([10, 0, 0, 7])).await).await;
    for other in [text("10.0.0.8"), binary([10, 0, 0, 8])] {
        begun(PROXY, &world, &other).await.closed("its client is not on the list").await;
    }
    assert_eq!(refused(&world), 0, "all of them were told for whom");
    world.cluster.allow(AllowedAddresses::only([block("10.0.0.8"), block(PROXY)]));
    client.closed("its client was taken off the list").await;
    serves(&mut begun(PROXY, &world, &text("10.0.0.8")).await).await;
}

#[tokio::test]
async fn a_client_is_told_to_come_back_where_it_dialled() {
    let world = world(Limits::default()).await;
    let header = b"PROXY TCP4 10.0.0.7 192.0.2.1 4000 19092\r\n";
    let answer = begun(PROXY, &world, header).await.ask(1, &MetadataRequest::default()).await;
    let brokers = answer.read().brokers;
    assert_eq!((&*brokers[0].host, brokers[0].port), ("192.0.2.1", 19_092));
}

#[tokio::test]
async fn a_header_may_come_in_pieces_and_with_the_first_request() {
    let world = world(Limits::default()).await;
    for header in [text("10.0.0.7"), binary([10, 0, 0, 7])] {
        let mut socket = connected(PROXY, &world).await;
        socket.set_nodelay(true).unwrap();
        for byte in header {
            socket.write_all(&[byte]).await.unwrap();
        }
        // The request follows without waiting for anything.
        serves(&mut Wire::over(socket)).await;
    }
}

#[tokio::test]
async fn who_is_no_proxy_is_not_believed_and_a_proxy_has_to_say_it() {
    let world = world(Limits::default()).await;
    world.cluster.allow(AllowedAddresses::default());
    // Taken for the length of a frame, which is too long.
    begun("127.0.0.1", &world, &text("10.0.0.7")).await.closed("it is no proxy").await;
    serves(&mut begun("127.0.0.1", &world, b"").await).await;
    assert_eq!(refused(&world), 0);
    for wrong in
        [&b"\0\0\0\x10\0\x12\0\0"[..], b"PROXY TCP4 nobody nowhere 1 2\r\n", b"GET / HTTP/1.1\r\n\r\n"]
    {
        begun(PROXY, &world, wrong).await.closed("a proxy begins with a header").await;
    }
    let mut datagram = binary([10, 0, 0, 7]);
    datagram[13] = 0x12;
    begun(PROXY, &world, &datagram).await.closed("that was no connection").await;
    let endless = [SIGNATURE, &[0x21, 0x11], &[0xff, 0xff], &[0; 4096]].concat();
    begun(PROXY, &world, &endless).await.closed("its header has 64 KiB").await;
    assert_eq!(refused(&world), 5);
}

#[tokio::test]
async fn a_proxy_that_looks_whether_the_port_is_open_is_itself() {
    let world = world(Limits::default()).await;
    let local = [SIGNATURE, &[0x20, 0, 0, 0]].concat();
    begun(PROXY, &world, &local).await.closed("it is not on the list").await;
    world.cluster.allow(AllowedAddresses::only([block(PROXY)]));
    serves(&mut begun(PROXY, &world, &local).await).await;
    serves(&mut begun(PROXY, &world, b"PROXY UNKNOWN\r\n").await).await;
}

#[tokio::test]
async fn half_a_header_does_not_hold_a_connection() {
    let world = world(Limits { handshake_max: Duration::from_millis(50), ..Limits::default() }).await;
    begun(PROXY, &world, b"PROXY TCP4 10.0").await.closed("the rest does not come").await;
    assert_eq!(refused(&world), 1);
}

#[tokio::test]
async fn connections_are_counted_for_the_client_and_not_for_the_proxy() {
    let peers = PeerLimits { open: 1, counts_loopback: true, ..PeerLimits::default() };
    let world = world(Limits { peers, ..Limits::default() }).await;
    world.cluster.allow(AllowedAddresses::default());
    let mut first = begun(PROXY, &world, &text("10.0.0.7")).await;
    serves(&mut first).await;
    serves(&mut begun(PROXY, &world, &text("10.0.0.8")).await).await;
    begun(PROXY, &world, &text("10.0.0.7")).await.closed("that client has one").await;
    serves(&mut first).await;
}
