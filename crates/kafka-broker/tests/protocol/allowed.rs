//! From where a cluster may be used, seen from several addresses of one machine.

use std::net::SocketAddr;

use kafka_broker::{AddressBlock, AllowedAddresses, ClusterSettings};
use kafka_wire::messages::MetadataRequest;

use crate::harness::{Wire, World, config};

fn only(addresses: &[&str]) -> AllowedAddresses {
    AllowedAddresses::only(addresses.iter().map(|address| AddressBlock::new(address.parse().unwrap(), 32)))
}

async fn from(ip: &str, world: &World) -> Wire {
    Wire::open_from(SocketAddr::new(ip.parse().unwrap(), 0), world.cluster.address()).await
}

async fn serves(wire: &mut Wire) {
    wire.ask(1, &MetadataRequest::default()).await;
}

#[tokio::test]
async fn who_is_not_on_the_list_is_not_served_and_who_was_taken_off_is_cut_off() {
    let world = World::start().await;
    let (mut first, mut second) = (from("127.0.0.1", &world).await, from("127.0.0.2", &world).await);
    serves(&mut first).await;
    serves(&mut second).await;
    world.cluster.allow(only(&["127.0.0.2", "127.0.0.3"]));
    first.closed("its address was taken off the list").await;
    serves(&mut second).await;
    from("127.0.0.1", &world).await.closed("its address is not on the list").await;
    serves(&mut from("127.0.0.3", &world).await).await;
    world.cluster.allow(only(&[]));
    second.closed("nobody is on the list").await;
    from("127.0.0.3", &world).await.closed("nobody is on the list").await;
    world.cluster.allow(AllowedAddresses::default());
    serves(&mut from("127.0.0.1", &world).await).await;
}

#[tokio::test]
async fn a_cluster_opens_with_its_list() {
    let world = World::start().await;
    let mut closed = config("closed", 0, ClusterSettings::default());
    closed.allowed = only(&["127.0.0.9"]);
    let cluster = world.broker.cluster_open(closed).await.unwrap();
    Wire::open(cluster.address()).await.closed("its address is not on the list").await;
    let mut listed = Wire::open_from("127.0.0.9:0".parse().unwrap(), cluster.address()).await;
    serves(&mut listed).await;
}

#[tokio::test]
async fn the_hosts_own_connection_is_let_in() {
    let world = World::start().await;
    world.cluster.allow(only(&[]));
    let (expected, mut wire) = world.own_wire().await;
    serves(&mut wire).await;
    from("127.0.0.1", &world).await.closed("only that one connection is expected").await;
    // It was let in, and stays.
    drop(expected);
    world.cluster.allow(only(&["127.0.0.2"]));
    serves(&mut wire).await;
}
