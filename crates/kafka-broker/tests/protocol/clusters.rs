//! Clusters of one broker, as their clients see them come, go and stay apart.

use kafka_broker::{AllowedAddresses, ClusterConfig, ClusterError, ClusterSettings, LoginListener};
use kafka_client::{Connection, EARLIEST, LATEST};
use kafka_wire::ErrorCode;
use kafka_wire::messages::{FetchRequest, MetadataRequest};

use crate::harness::{Wire, World, batch, config, soon, topic, values};

#[tokio::test]
async fn a_cluster_closed_and_opened_again_is_the_same() {
    let world = World::start().await;
    let orders = world.topic("orders", 2, &[]).await;
    let (id, address) = (world.cluster.cluster_id().to_owned(), world.cluster.address());
    let mut wire = world.wire().await;
    wire.produce(9, &orders, 1, &batch(&["a", "b"])).await;

    world.broker.cluster_close("main").await.unwrap();
    wire.closed("its cluster is closed").await;
    assert!(world.broker.cluster("main").is_none());
    // The port is free: the cluster can be opened on it again at once.
    let again = config("main", address.port(), ClusterSettings::default());
    let cluster = world.broker.cluster_open(again).await.unwrap();
    assert_eq!((cluster.cluster_id(), cluster.address()), (&*id, address));
    assert_eq!(cluster.topic("orders").unwrap().id, orders.id);

    let mut connection = Connection::open(&address.to_string(), "reader").await.unwrap();
    assert_eq!(connection.offsets("orders", &[0, 1], EARLIEST).await.unwrap(), [(0, 0), (1, 0)]);
    assert_eq!(connection.offsets("orders", &[0, 1], LATEST).await.unwrap(), [(0, 0), (1, 2)]);
    let mut wire = Wire::open(address).await;
    let fetched = wire.fetch(12, &orders.fetch(&[(1, 0)])).await.remove(0);
    assert_eq!(values(&fetched.records), [(0, "a".to_owned()), (1, "b".to_owned())]);
}

#[tokio::test]
async fn closing_does_not_wait_for_those_who_wait() {
    let world = World::start().await;
    let orders = world.topic("orders", 1, &[]).await;
    let (mut reader, mut idle) = (world.wire().await, world.wire().await);
    idle.ask(1, &MetadataRequest::default()).await;
    reader.send(12, &FetchRequest { max_wait_ms: 60_000, ..orders.fetch(&[(0, 0)]) }).await;
    soon(world.broker.cluster_close("main")).await.unwrap();
    reader.closed("its wait is over").await;
    idle.closed("it had nothing to wait for").await;
}

#[tokio::test]
async fn an_erased_cluster_leaves_nothing() {
    let world = World::start().await;
    let orders = world.topic("orders", 1, &[]).await;
    let (id, address) = (world.cluster.cluster_id().to_owned(), world.cluster.address());
    let mut wire = world.wire().await;
    wire.produce(9, &orders, 0, &batch(&["a"])).await;

    world.broker.cluster_erase("main").await.unwrap();
    wire.closed("its cluster is gone").await;
    assert_eq!(world.broker.cluster_names().unwrap(), [""; 0]);
    world.broker.cluster_erase("main").await.expect("it is gone, which is what was asked for");

    let again = config("main", address.port(), ClusterSettings::default());
    let cluster = world.broker.cluster_open(again).await.unwrap();
    assert_ne!(cluster.cluster_id(), id, "another cluster of the same name");
    assert!(cluster.topic("orders").is_none());
}

#[tokio::test]
async fn a_port_in_use_is_said_so_and_changes_nothing() {
    let world = World::start().await;
    let port = world.cluster.address().port();
    let second = config("second", port, ClusterSettings::default());
    let refused = world.broker.cluster_open(second).await.unwrap_err();
    assert_eq!(refused, ClusterError::PortInUse(port));
    assert!(world.broker.cluster("second").is_none());
    assert_eq!(world.broker.cluster_names().unwrap(), ["main"]);
    let elsewhere = config("second", 0, ClusterSettings::default());
    world.broker.cluster_open(elsewhere).await.unwrap();
    // Asking for one that is open gives the one that is open.
    let open = world.broker.cluster_open(config("main", 1, ClusterSettings::default())).await.unwrap();
    assert_eq!(open.address().port(), port);
}

#[tokio::test]
async fn a_login_port_in_use_leaves_no_listener_behind() {
    let world = World::start().await;
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (plain, login) = (free(), free());
    let taken = world.cluster.address().port();
    let on = |ports: &[u16]| {
        let logins = ports
            .iter()
            .map(|&port| LoginListener {
                port,
                allowed: AllowedAddresses::default(),
                is_secured: false,
                is_public: false,
            })
            .collect();
        ClusterConfig { logins, ..config("second", plain.port(), ClusterSettings::default()) }
    };
    for (ports, port) in
        [([login.port(), taken], taken), ([taken, login.port()], taken), ([login.port(); 2], login.port())]
    {
        let refused = world.broker.cluster_open(on(&ports)).await.unwrap_err();
        assert_eq!(refused, ClusterError::PortInUse(port));
        for address in [plain, login] {
            std::net::TcpListener::bind(address).expect("nobody listens there");
        }
    }
    let second = world.broker.cluster_open(on(&[login.port()])).await.unwrap();
    assert_eq!((second.address(), second.login_addresses().await), (plain, vec![login]));
}

#[tokio::test]
async fn clusters_know_nothing_of_each_other() {
    let world = World::start().await;
    let second = config("second", 0, ClusterSettings::default());
    let second = world.broker.cluster_open(second).await.unwrap();
    assert_ne!(second.cluster_id(), world.cluster.cluster_id());
    let ours = world.topic("orders", 1, &[]).await;
    let (mut here, mut there) = (world.wire().await, Wire::open(second.address()).await);
    let unknown = [ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, ErrorCode::UNKNOWN_TOPIC_ID];
    for (version, code) in [12, 13].into_iter().zip(unknown) {
        assert_eq!(there.produce(version, &ours, 0, &batch(&["a"])).await.error, code);
        assert_eq!(there.fetch(version, &ours.fetch(&[(0, 0)])).await[0].error, code);
    }
    // The same name is another topic.
    let theirs = topic(&second, "orders", 1, &[]).await;
    there.produce(12, &theirs, 0, &batch(&["theirs"])).await;
    here.produce(12, &ours, 0, &batch(&["ours"])).await;
    let fetched = here.fetch(12, &ours.fetch(&[(0, 0)])).await.remove(0);
    assert_eq!(values(&fetched.records), [(0, "ours".to_owned())]);
    // And one goes without the other.
    world.broker.cluster_erase("second").await.unwrap();
    let fetched = here.fetch(12, &ours.fetch(&[(0, 0)])).await.remove(0);
    assert_eq!(values(&fetched.records).len(), 1);
}
