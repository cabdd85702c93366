//! Ways around the access rules, by somebody who is logged in: the broker's own topics, other people's transactions,
//! topics by their ids, other people's fetch sessions, and other clusters of the same process.

use std::sync::Arc;

use kafka_broker::{
    AccessRule, Cluster, ClusterSettings, Limits, Mechanism, Names, Operation, Permission, Refused,
    ResourceKind,
};
use kafka_wire::messages::{
    AddOffsetsToTxnRequest, AddPartitionsToTxnRequest, AddPartitionsToTxnRequestTopic, CreateTopicsRequest,
    CreateTopicsRequestTopic, DeleteTopicsRequest, DeleteTopicsRequestTopic, EndTxnRequest, FetchRequest,
    InitProducerIdRequest, MetadataRequest, MetadataRequestTopic, OffsetFetchRequest,
    OffsetFetchRequestGroup, OffsetFetchRequestGroupTopic, ProduceRequest,
};
use kafka_wire::records::{BatchBuilder, Compression};
use kafka_wire::{ApiKey, ErrorCode};

use crate::harness::{Topic, Wire, Witness, World, batch, built, config, topic};
use crate::login::{anybody, logged_in, plain, user};

const TOPIC: ErrorCode = ErrorCode::TOPIC_AUTHORIZATION_FAILED;
const TRANSACTIONAL_ID: ErrorCode = ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED;

fn allow(user: &str, resource: ResourceKind, names: Names, operation: Operation) -> AccessRule {
    let (user, host, permission) = (Some(user.to_owned()), None, Permission::Allow);
    AccessRule { user, host, resource, names, operation, permission }
}

fn equal(name: &str) -> Names {
    Names::Equal(name.to_owned())
}

/// Alice, who may do everything, and mallory, who may do what the rules say.
struct Scene {
    world: World,
    witness: Arc<Witness>,
    alice: Wire,
    mallory: Wire,
}

impl Scene {
    async fn start(mallorys: &[AccessRule]) -> Self {
        let settings = ClusterSettings { rules_enforced: true, ..Default::default() };
        let world = World::with(settings, Limits::default()).await;
        let names = ["alice", "mallory"];
        world.cluster.users_set(names.map(|name| user(name, Mechanism::Plain, "pencil")).to_vec());
        world.cluster.logins_set(vec![anybody()]).await.unwrap();
        let kinds = [ResourceKind::Topic, ResourceKind::TransactionalId, ResourceKind::Group];
        let alices = kinds.map(|kind| allow("alice", kind, Names::All, Operation::All));
        world.cluster.rules_replace(&[&alices, mallorys].concat());
        let address = world.cluster.login_addresses().await[0];
        let [alice, mallory] =
            [logged_in(address, "alice", "pencil").await, logged_in(address, "mallory", "pencil").await];
        let witness = world.witness();
        Self { world, witness, alice, mallory }
    }

    /// Mallory, and nobody else, was refused just this.
    fn told(&self, api: ApiKey, operation: Operation, resource: ResourceKind, name: &str) {
        let refused = Refused::Request { api, operation, resource, name: name.into() };
        assert_eq!(self.witness.told(), [(Some("mallory".to_owned()), refused)]);
    }
}

#[tokio::test]
async fn the_brokers_own_topics_are_nobodys() {
    // Whoever may do everything with every topic may still not touch those.
    let everything = allow("mallory", ResourceKind::Topic, Names::All, Operation::All);
    let Scene { world, mut mallory, .. } = Scene::start(&[everything]).await;
    let probe = world.probe().await;
    assert_eq!(
        mallory.produce(9, &probe, 0, &batch(&["forged"])).await.error,
        ErrorCode::INVALID_TOPIC_EXCEPTION
    );
    let named = |name| CreateTopicsRequestTopic {
        name,
        num_partitions: 1,
        replication_factor: 1,
        ..Default::default()
    };
    let topics = ["__consumer_offsets", "__transaction_state", "__probe"].map(named).to_vec();
    let answer = mallory.ask(5, &CreateTopicsRequest { topics, ..Default::default() }).await;
    for topic in answer.read().topics {
        let refused = [ErrorCode::INVALID_TOPIC_EXCEPTION, ErrorCode::TOPIC_ALREADY_EXISTS];
        assert!(refused.contains(&topic.error_code), "{topic:?}");
    }
    for wanted in [
        DeleteTopicsRequestTopic { name: Some(&probe.name), ..Default::default() },
        DeleteTopicsRequestTopic { name: None, topic_id: probe.id },
    ] {
        let request = DeleteTopicsRequest { topics: vec![wanted], ..Default::default() };
        let code = mallory.ask(6, &request).await.read().responses[0].error_code;
        assert_eq!(code, ErrorCode::INVALID_TOPIC_EXCEPTION);
    }
    assert!(world.cluster.topic(&probe.name).is_some());
}

#[tokio::test]
async fn the_brokers_own_topics_are_not_there_for_those_without_rules() {
    let mut scene = Scene::start(&[]).await;
    let probe = scene.world.probe().await;
    for name in [probe.name.as_str(), "__consumer_offsets", "__transaction_state"] {
        let named = Topic { name: name.into(), id: probe.id };
        let fetched = scene.mallory.fetch(12, &named.fetch(&[(0, 0)])).await;
        assert_eq!(fetched[0].error, TOPIC);
        scene.told(ApiKey::FETCH, Operation::Read, ResourceKind::Topic, name);
        assert_eq!(scene.mallory.produce(9, &named, 0, &batch(&["forged"])).await.error, TOPIC);
        scene.told(ApiKey::PRODUCE, Operation::Write, ResourceKind::Topic, name);
    }
}

#[tokio::test]
async fn a_transaction_is_its_own_ids() {
    let mut scene = Scene::start(&[
        allow("mallory", ResourceKind::Topic, equal("orders"), Operation::Write),
        allow("mallory", ResourceKind::TransactionalId, equal("mine"), Operation::Write),
    ])
    .await;
    let orders = scene.world.topic("orders", 1, &[]).await;
    let initial = |id| InitProducerIdRequest {
        transactional_id: Some(id),
        transaction_timeout_ms: 60_000,
        ..Default::default()
    };
    let given = scene.alice.ask(4, &initial("transfer")).await;
    let (id, epoch) = (given.read().producer_id, given.read().producer_epoch);
    let written = |sequence, value| {
        let builder = BatchBuilder::new(Compression::None).producer(id, epoch, sequence).transactional();
        built(builder, &[value])
    };
    let produce = async |wire: &mut Wire, transactional_id, batch: &[u8]| {
        wire.send(12, &ProduceRequest { transactional_id, ..orders.produce(-1, 0, Some(batch)) }).await;
        wire.produced(12).await.error
    };
    assert_eq!(produce(&mut scene.alice, Some("transfer"), &written(0, "alice's")).await, ErrorCode::NONE);

    // Fencing alice, ending or widening her transaction, or writing into it.
    let transfers = |scene: &Scene, api| {
        scene.told(api, Operation::Write, ResourceKind::TransactionalId, "transfer");
    };
    assert_eq!(scene.mallory.ask(4, &initial("transfer")).await.read().error_code, TRANSACTIONAL_ID);
    transfers(&scene, ApiKey::INIT_PRODUCER_ID);
    let (producer_id, producer_epoch, transactional_id) = (id, epoch, "transfer");
    let end = EndTxnRequest { transactional_id, producer_id, producer_epoch, committed: false };
    assert_eq!(scene.mallory.ask(3, &end).await.read().error_code, TRANSACTIONAL_ID);
    transfers(&scene, ApiKey::END_TXN);
    let group_id = "readers";
    let offsets = AddOffsetsToTxnRequest { transactional_id, producer_id, producer_epoch, group_id };
    assert_eq!(scene.mallory.ask(3, &offsets).await.read().error_code, TRANSACTIONAL_ID);
    transfers(&scene, ApiKey::ADD_OFFSETS_TO_TXN);
    let widened = AddPartitionsToTxnRequest {
        v3_and_below_transactional_id: "transfer",
        v3_and_below_producer_id: id,
        v3_and_below_producer_epoch: epoch,
        v3_and_below_topics: vec![AddPartitionsToTxnRequestTopic { name: "orders", partitions: vec![0] }],
        ..Default::default()
    };
    let answer = scene.mallory.ask(3, &widened).await;
    let results = &answer.read().results_by_topic_v3_and_below[0].results_by_partition;
    assert_eq!(results[0].partition_error_code, TRANSACTIONAL_ID);
    transfers(&scene, ApiKey::ADD_PARTITIONS_TO_TXN);
    let forged = written(1, "mallory's");
    assert_eq!(produce(&mut scene.mallory, Some("transfer"), &forged).await, TRANSACTIONAL_ID);
    transfers(&scene, ApiKey::PRODUCE);
    // Saying nothing of an id is no way around having one.
    assert_eq!(produce(&mut scene.mallory, None, &forged).await, TRANSACTIONAL_ID);
    scene.told(ApiKey::PRODUCE, Operation::Write, ResourceKind::TransactionalId, "");
    // Under an id of one's own, the producer of another is not known.
    assert_eq!(scene.mallory.ask(4, &initial("mine")).await.read().error_code, ErrorCode::NONE);
    assert_eq!(
        produce(&mut scene.mallory, Some("mine"), &forged).await,
        ErrorCode::INVALID_PRODUCER_ID_MAPPING
    );
    assert_eq!(scene.witness.told(), [], "it is no question of rights");

    let end = EndTxnRequest { committed: true, ..end };
    assert_eq!(scene.alice.ask(3, &end).await.read().error_code, ErrorCode::NONE, "alice was not disturbed");
    let fetched = scene.alice.fetch(12, &orders.fetch(&[(0, 0)])).await.remove(0);
    let text = String::from_utf8_lossy(&fetched.records).into_owned();
    assert!(text.contains("alice's") && !text.contains("mallory's"));
}

#[tokio::test]
async fn an_id_opens_no_topic() {
    let mut scene = Scene::start(&[allow("mallory", ResourceKind::Group, Names::All, Operation::All)]).await;
    let secret = scene.world.topic("secret", 1, &[]).await;
    scene.alice.produce(9, &secret, 0, &batch(&["treasure"])).await;
    let secrets = |scene: &Scene, api, operation| scene.told(api, operation, ResourceKind::Topic, "secret");

    let fetched = scene.mallory.fetch(13, &secret.fetch(&[(0, 0)])).await.remove(0);
    assert_eq!((fetched.error, fetched.records.as_slice()), (TOPIC, [].as_slice()));
    secrets(&scene, ApiKey::FETCH, Operation::Read);
    assert_eq!(scene.mallory.produce(13, &secret, 0, &batch(&["forged"])).await.error, TOPIC);
    secrets(&scene, ApiKey::PRODUCE, Operation::Write);
    let by_id = vec![MetadataRequestTopic { topic_id: secret.id, name: None }];
    let answer = scene.mallory.ask(12, &MetadataRequest { topics: Some(by_id), ..Default::default() }).await;
    let told = answer.read().topics.remove(0);
    assert_eq!((told.error_code, told.name, told.partitions.len()), (TOPIC, None, 0));
    secrets(&scene, ApiKey::METADATA, Operation::Describe);
    let by_id = vec![DeleteTopicsRequestTopic { name: None, topic_id: secret.id }];
    let request = DeleteTopicsRequest { topics: by_id, ..Default::default() };
    let answer = scene.mallory.ask(6, &request).await;
    let told = answer.read().responses.remove(0);
    assert_eq!((told.error_code, told.name), (TOPIC, None));
    secrets(&scene, ApiKey::DELETE_TOPICS, Operation::Delete);
    let by_id = OffsetFetchRequestGroupTopic { name: "", topic_id: secret.id, partition_indexes: vec![0] };
    let group =
        OffsetFetchRequestGroup { group_id: "readers", topics: Some(vec![by_id]), ..Default::default() };
    let answer =
        scene.mallory.ask(10, &OffsetFetchRequest { groups: vec![group], ..Default::default() }).await;
    assert_eq!(answer.read().groups[0].topics[0].partitions[0].error_code, TOPIC);
    secrets(&scene, ApiKey::OFFSET_FETCH, Operation::Describe);
    // A listing leaves it out, which is nothing to tell of.
    assert_eq!(scene.mallory.ask(12, &MetadataRequest::default()).await.read().topics.len(), 0);
    assert_eq!(scene.witness.told(), []);
}

#[tokio::test]
async fn a_fetch_session_shows_nobody_more_than_they_may_read() {
    let mut scene = Scene::start(&[]).await;
    let secret = scene.world.topic("secret", 1, &[]).await;
    scene.alice.produce(9, &secret, 0, &batch(&["treasure"])).await;
    let begin = FetchRequest { session_epoch: 0, max_bytes: 1 << 20, ..secret.fetch(&[(0, 0)]) };
    let session_id = scene.alice.ask(12, &begin).await.read().session_id;
    assert_ne!(session_id, 0);
    let more = FetchRequest { session_id, session_epoch: 1, max_bytes: 1 << 20, ..Default::default() };
    let answer = scene.mallory.ask(12, &more).await;
    let response = answer.read();
    let partitions: Vec<_> = response.responses.iter().flat_map(|topic| &topic.partitions).collect();
    assert!(
        response.error_code != ErrorCode::NONE
            || partitions.iter().all(|partition| partition.error_code == TOPIC),
        "{response:?}"
    );
    assert!(!String::from_utf8_lossy(answer.bytes()).contains("treasure"));
}

/// Who is who in one cluster is nobody in another, under whatever name, password, id or session.
#[tokio::test]
async fn another_cluster_of_the_process_is_another_world() {
    let mut scene = Scene::start(&[allow("mallory", ResourceKind::Topic, Names::All, Operation::All)]).await;
    let settings = ClusterSettings { rules_enforced: true, ..Default::default() };
    let other: Arc<Cluster> = scene.world.broker.cluster_open(config("other", 0, settings)).await.unwrap();
    let secret = topic(&other, "secret", 1, &[]).await;
    other.users_set(vec![user("alice", Mechanism::Plain, "pen"), user("bob", Mechanism::Plain, "pen")]);
    other.logins_set(vec![anybody()]).await.unwrap();
    let address = other.login_addresses().await[0];
    // Users of one cluster, also of the same name, at the port of the other.
    for name in ["mallory", "alice"] {
        let mut wire = Wire::open(address).await;
        assert_eq!(plain(&mut wire, name, "pencil").await.0, ErrorCode::SASL_AUTHENTICATION_FAILED);
        assert!(matches!(
            scene.witness.only().await,
            (Some(told), Refused::Login { .. }) if told == name
        ));
    }
    // Rights in one cluster are none in the other.
    let mut bob = logged_in(address, "bob", "pen").await;
    assert_eq!(bob.fetch(13, &secret.fetch(&[(0, 0)])).await[0].error, TOPIC);
    assert_eq!(scene.witness.told().len(), 1);
    // A topic of the other cluster is not there in one's own, by name or by id.
    let fetched = scene.mallory.fetch(13, &secret.fetch(&[(0, 0)])).await;
    assert_eq!(fetched[0].error, ErrorCode::UNKNOWN_TOPIC_ID);
    let fetched = scene.mallory.fetch(12, &secret.fetch(&[(0, 0)])).await;
    assert_eq!(fetched[0].error, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
}
