//! How many connections one address may have.

use std::net::SocketAddr;

use kafka_broker::{ClusterSettings, Limits};
use kafka_wire::messages::MetadataRequest;
use machine::peers::PeerLimits;
use tokio::task::yield_now;

use crate::harness::{Wire, World, config, soon};

/// A world that gives each address so many connections.
async fn world(peers: PeerLimits) -> World {
    World::with(ClusterSettings::default(), Limits { peers, ..Limits::default() }).await
}

async fn serves(wire: &mut Wire) {
    wire.ask(1, &MetadataRequest::default()).await;
}

#[tokio::test]
async fn an_address_that_has_too_many_connections_gets_no_more_and_others_do() {
    let world = world(PeerLimits { open: 2, counts_loopback: true, ..PeerLimits::default() }).await;
    let second = world.broker.cluster_open(config("second", 0, ClusterSettings::default())).await.unwrap();
    let (mut here, mut there) = (world.wire().await, Wire::open(second.address()).await);
    serves(&mut here).await;
    serves(&mut there).await;
    world.wire().await.closed("its address has two, over all clusters").await;
    Wire::open(second.address()).await.closed("its address has two, over all clusters").await;
    let counted = |cluster: &kafka_broker::Cluster| cluster.counters().connections_refused;
    assert_eq!((counted(&world.cluster), counted(&second)), (1, 1));
    let elsewhere = SocketAddr::new("127.0.0.2".parse().unwrap(), 0);
    serves(&mut Wire::open_from(elsewhere, world.cluster.address()).await).await;
    let (_expected, mut own) = world.own_wire().await;
    serves(&mut own).await;
    serves(&mut here).await;
    drop(there);
    soon(async {
        // The broker learns of it when it reads.
        while !world.wire().await.served().await {
            yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn this_machine_may_have_as_many_as_it_likes() {
    let world = world(PeerLimits { open: 2, fresh_per_second: 2, ..PeerLimits::default() }).await;
    let mut wires = Vec::new();
    for _ in 0..10 {
        wires.push(world.wire().await);
    }
    for wire in &mut wires {
        serves(wire).await;
    }
    assert_eq!(world.cluster.counters().connections_refused, 0);
}
