//! Fetch sessions: what a step says, what its answer leaves out, and what ends them.

use kafka_broker::{
    AccessRule, ClusterSettings, FetchSessionCounts, Limits, Mechanism, Names, Operation, Permission,
    ResourceKind,
};
use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    DeleteRecordsRequest, DeleteRecordsRequestPartition, DeleteRecordsRequestTopic, FetchRequest,
    FetchRequestForgottenTopic, FetchResponse,
};
use kafka_wire::wire::Records;

use crate::harness::{Topic, Wire, World, batch, soon, values};
use crate::login::{anybody, logged_in, user};

/// A wait that a test would not sit out.
const LONG_MS: i32 = 60_000;
/// One that names topics, and one that has ids for them.
const VERSIONS: [i16; 4] = [7, 12, 13, 18];

/// What an answer says: its error, its session, and by partition the error, the high watermark and how many records.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    error: ErrorCode,
    session: i32,
    partitions: Vec<(i32, ErrorCode, i64, usize)>,
}

impl From<FetchResponse<'_>> for Said {
    fn from(response: FetchResponse<'_>) -> Self {
        let partitions = response.responses.into_iter().flat_map(|topic| topic.partitions);
        let partition = |partition: kafka_wire::messages::FetchResponsePartition<'_>| {
            let Records::Bytes(bytes) = partition.records else { panic!("records are bytes") };
            let (index, error) = (partition.partition_index, partition.error_code);
            (index, error, partition.high_watermark, values(&bytes).len())
        };
        Self {
            error: response.error_code,
            session: response.session_id,
            partitions: partitions.map(partition).collect(),
        }
    }
}

async fn ask(wire: &mut Wire, version: i16, request: &FetchRequest<'_>) -> Said {
    wire.ask(version, request).await.read().into()
}

/// A fetch of a session: of these partitions from these offsets, beside what it reads anyway.
fn step<'a>(topic: &'a Topic, (id, epoch): (i32, i32), from: &[(i32, i64)]) -> FetchRequest<'a> {
    let request = topic.fetch(from);
    let topics = if from.is_empty() { Vec::new() } else { request.topics };
    FetchRequest { session_id: id, session_epoch: epoch, topics, ..request }
}

fn forget<'a>(topic: &'a Topic, partitions: &[i32]) -> Vec<FetchRequestForgottenTopic<'a>> {
    let partitions = partitions.to_vec();
    vec![FetchRequestForgottenTopic { topic: &topic.name, topic_id: topic.id, partitions }]
}

/// Begins a session at the beginning of these partitions, and tells its id.
async fn begin(wire: &mut Wire, version: i16, topic: &Topic, partitions: &[i32]) -> i32 {
    let from: Vec<_> = partitions.iter().map(|partition| (*partition, 0)).collect();
    let said = ask(wire, version, &step(topic, (0, 0), &from)).await;
    assert_eq!((said.error, said.partitions.len()), (ErrorCode::NONE, partitions.len()));
    assert!(said.session > 0, "there is room for a session");
    said.session
}

const OK: ErrorCode = ErrorCode::NONE;

#[tokio::test]
async fn a_step_is_told_only_what_is_new() {
    for version in VERSIONS {
        let world = World::start().await;
        let topic = world.topic("orders", 3, &[]).await;
        let mut wire = world.wire().await;
        let session = begin(&mut wire, version, &topic, &[0, 1, 2]).await;
        let said = |partitions| Said { error: OK, session, partitions };
        let one = batch(&["value"]);
        assert_eq!(ask(&mut wire, version, &step(&topic, (session, 1), &[])).await, said(vec![]));
        wire.produce(9, &topic, 1, &one).await;
        let got = ask(&mut wire, version, &step(&topic, (session, 2), &[])).await;
        assert_eq!(got, said(vec![(1, OK, 1, 1)]));
        // It has not moved on, so it is given the same again.
        let got = ask(&mut wire, version, &step(&topic, (session, 3), &[])).await;
        assert_eq!(got, said(vec![(1, OK, 1, 1)]));
        let got = ask(&mut wire, version, &step(&topic, (session, 4), &[(1, 1)])).await;
        assert_eq!(got, said(vec![]));
        // A partition that is told of without data: its log begins elsewhere.
        let delete = DeleteRecordsRequestPartition { partition_index: 1, offset: 1 };
        let delete = DeleteRecordsRequestTopic { name: &topic.name, partitions: vec![delete] };
        wire.ask(2, &DeleteRecordsRequest { topics: vec![delete], ..Default::default() }).await;
        let got = ask(&mut wire, version, &step(&topic, (session, 5), &[])).await;
        assert_eq!(got, said(vec![(1, OK, 1, 0)]));
        let got = ask(&mut wire, version, &step(&topic, (session, 6), &[])).await;
        assert_eq!(got, said(vec![]));
    }
}

#[tokio::test]
async fn what_is_no_step_of_a_session_is_refused() {
    for version in VERSIONS {
        let world = World::start().await;
        let topic = world.topic("orders", 1, &[]).await;
        let mut wire = world.wire().await;
        let session = begin(&mut wire, version, &topic, &[0]).await;
        let unknown = session ^ 1;
        for (id, epoch, error) in [
            (unknown, 1, ErrorCode::FETCH_SESSION_ID_NOT_FOUND),
            (0, 1, ErrorCode::FETCH_SESSION_ID_NOT_FOUND),
            (-5, i32::MAX, ErrorCode::FETCH_SESSION_ID_NOT_FOUND),
            (session, 2, ErrorCode::INVALID_FETCH_SESSION_EPOCH),
            (session, -2, ErrorCode::INVALID_FETCH_SESSION_EPOCH),
        ] {
            let said = ask(&mut wire, version, &step(&topic, (id, epoch), &[(0, 0)])).await;
            assert_eq!(said, Said { error, session: 0, partitions: vec![] }, "{id} {epoch}");
        }
        // A session names topics by id all its life, or never.
        let other = if version < 13 { 13 } else { 12 };
        let said = ask(&mut wire, other, &step(&topic, (session, 1), &[(0, 0)])).await;
        assert_eq!(said.error, ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR);
        let said = ask(&mut wire, version, &step(&topic, (session, 1), &[])).await;
        assert_eq!(said.error, OK, "none of that has harmed it");
    }
}

#[tokio::test]
async fn sessions_end_when_their_client_says_so() {
    let world = World::start().await;
    let topic = world.topic("orders", 2, &[]).await;
    let mut wire = world.wire().await;
    wire.produce(9, &topic, 0, &batch(&["value"])).await;
    let none = ErrorCode::FETCH_SESSION_ID_NOT_FOUND;
    // The last fetch of one is a whole one.
    let first = begin(&mut wire, 12, &topic, &[0, 1]).await;
    let said = ask(&mut wire, 12, &step(&topic, (first, -1), &[(0, 0)])).await;
    assert_eq!(said, Said { error: OK, session: 0, partitions: vec![(0, OK, 1, 1)] });
    assert_eq!(ask(&mut wire, 12, &step(&topic, (first, 1), &[])).await.error, none);
    // A new one takes the place of the one named.
    let second = begin(&mut wire, 12, &topic, &[0]).await;
    let said = ask(&mut wire, 12, &step(&topic, (second, 0), &[(1, 0)])).await;
    assert!(said.session > 0 && said.session != second);
    assert_eq!(said.partitions, [(1, OK, 0, 0)]);
    assert_eq!(ask(&mut wire, 12, &step(&topic, (second, 1), &[])).await.error, none);
    // One that reads nothing any more.
    let third = said.session;
    let forgotten_topics_data = forget(&topic, &[1]);
    let request =
        FetchRequest { forgotten_topics_data, max_wait_ms: LONG_MS, ..step(&topic, (third, 1), &[]) };
    let said = ask(&mut wire, 12, &request).await;
    assert_eq!(said, Said { error: OK, session: 0, partitions: vec![] });
    assert_eq!(ask(&mut wire, 12, &step(&topic, (third, 2), &[])).await.error, none);
    assert_eq!(world.cluster.fetch_sessions_counted(), FetchSessionCounts::default());
}

#[tokio::test]
async fn partitions_come_and_go_within_a_session() {
    for version in VERSIONS {
        let world = World::start().await;
        let topic = world.topic("orders", 3, &[]).await;
        let other = world.topic("other", 1, &[]).await;
        let mut wire = world.wire().await;
        let one = batch(&["value"]);
        let session = begin(&mut wire, version, &topic, &[0, 1]).await;
        for partition in 0..3 {
            wire.produce(9, &topic, partition, &one).await;
        }
        wire.produce(9, &other, 0, &one).await;
        let mut request = step(&topic, (session, 1), &[(2, 1), (0, 1)]);
        request.topics.extend(other.fetch(&[(0, 1)]).topics);
        request.forgotten_topics_data = forget(&topic, &[1]);
        let said = ask(&mut wire, version, &request).await;
        let expected = vec![(0, OK, 1, 0), (2, OK, 1, 0), (0, OK, 1, 0)];
        assert_eq!(said, Said { error: OK, session, partitions: expected }, "each is told of once");
        let counts = world.cluster.fetch_sessions_counted();
        assert_eq!((counts.sessions, counts.partitions), (1, 3));
        wire.produce(9, &topic, 1, &one).await;
        wire.produce(9, &other, 0, &one).await;
        let said = ask(&mut wire, version, &step(&topic, (session, 2), &[])).await;
        assert_eq!(said.partitions, [(0, OK, 2, 1)], "of the other topic alone");
    }
}

#[tokio::test]
async fn who_gave_data_comes_last() {
    let world = World::start().await;
    let topic = world.topic("orders", 3, &[]).await;
    let mut wire = world.wire().await;
    let one = batch(&["value"]);
    for partition in 0..3 {
        for _ in 0..4 {
            wire.produce(9, &topic, partition, &one).await;
        }
    }
    let mut session = (begin(&mut wire, 12, &topic, &[0, 1, 2]).await, 1);
    let mut order = Vec::new();
    let mut offsets = [0; 3];
    let mut moved: Vec<(i32, i64)> = Vec::new();
    for _ in 0..12 {
        // One batch an answer: whoever comes first is the only one served.
        let request = FetchRequest { max_bytes: 1, ..step(&topic, session, &moved) };
        let said = ask(&mut wire, 12, &request).await;
        session.1 += 1;
        let served = said.partitions.iter().find(|(.., records)| *records > 0);
        let partition = served.expect("there is data left").0;
        offsets[usize::try_from(partition).unwrap()] += 1;
        moved = vec![(partition, offsets[usize::try_from(partition).unwrap()])];
        order.push(partition);
    }
    assert_eq!(order, [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]);
}

#[tokio::test]
async fn a_step_waits_for_all_its_session_reads() {
    for version in VERSIONS {
        let world = World::start().await;
        let topic = world.topic("orders", 3, &[]).await;
        let (mut reader, mut writer) = (world.wire().await, world.wire().await);
        let session = begin(&mut reader, version, &topic, &[0, 1, 2]).await;
        let good = batch(&["value"]);
        let mut moved = Vec::new();
        for round in 0..10 {
            let request = FetchRequest { max_wait_ms: LONG_MS, ..step(&topic, (session, round + 1), &moved) };
            reader.send(version, &request).await;
            writer.produce(9, &topic, 2, &good).await;
            let said = Said::from(reader.receive::<FetchRequest<'_>>(version).await.read());
            assert_eq!(said.partitions, [(2, OK, i64::from(round) + 1, 1)]);
            moved = vec![(2, i64::from(round) + 1)];
        }
    }
}

#[tokio::test]
async fn two_cannot_take_the_same_step() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let (mut first, mut second) = (world.wire().await, world.wire().await);
    let session = begin(&mut first, 12, &topic, &[0]).await;
    first.send(12, &FetchRequest { max_wait_ms: LONG_MS, ..step(&topic, (session, 1), &[]) }).await;
    // The other goes on with the session as soon as the first has moved it on.
    let said = loop {
        let said = ask(&mut second, 12, &step(&topic, (session, 2), &[])).await;
        if said.error == OK {
            break said;
        }
        assert_eq!(said.error, ErrorCode::INVALID_FETCH_SESSION_EPOCH);
    };
    assert_eq!(said.partitions, []);
    second.produce(9, &topic, 0, &batch(&["value"])).await;
    let late = Said::from(first.receive::<FetchRequest<'_>>(12).await.read());
    let error = ErrorCode::INVALID_FETCH_SESSION_EPOCH;
    assert_eq!(late, Said { error, session, partitions: vec![] });
    let said = ask(&mut second, 12, &step(&topic, (session, 3), &[])).await;
    assert_eq!(said.partitions, [(0, OK, 1, 1)], "nothing is lost to the one who came too late");
}

#[tokio::test]
async fn a_topic_deleted_in_a_session_is_told_until_it_is_forgotten() {
    for version in VERSIONS {
        let world = World::start().await;
        let topic = world.topic("orders", 1, &[]).await;
        let stays = world.topic("stays", 1, &[]).await;
        let mut wire = world.wire().await;
        let session = begin(&mut wire, version, &topic, &[0]).await;
        let request = step(&stays, (session, 1), &[(0, 0)]);
        assert_eq!(ask(&mut wire, version, &request).await.partitions, [(0, OK, 0, 0)]);
        let request = FetchRequest { max_wait_ms: LONG_MS, ..step(&topic, (session, 2), &[]) };
        wire.send(version, &request).await;
        world.cluster.topic_delete(topic.id).await.unwrap();
        let gone = match version {
            ..13 => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            _ => ErrorCode::UNKNOWN_TOPIC_ID,
        };
        let said = Said::from(wire.receive::<FetchRequest<'_>>(version).await.read());
        assert_eq!(said.partitions, [(0, gone, -1, 0)]);
        let said = ask(&mut wire, version, &step(&topic, (session, 3), &[])).await;
        assert_eq!(said.partitions, [(0, gone, -1, 0)], "an error is told each time");
        // A name finds the topic that has it now, an id does not.
        let again = world.topic("orders", 1, &[]).await;
        let said = ask(&mut wire, version, &step(&again, (session, 4), &[])).await;
        let expected = if version < 13 { (0, OK, 0, 0) } else { (0, gone, -1, 0) };
        assert_eq!(said.partitions, [expected]);
        let forgotten_topics_data = forget(&topic, &[0]);
        let request = FetchRequest { forgotten_topics_data, ..step(&topic, (session, 5), &[]) };
        assert_eq!(ask(&mut wire, version, &request).await.partitions, []);
    }
}

#[tokio::test]
async fn there_are_so_many_sessions_and_more_fetch_without() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    let mut ids = std::collections::HashSet::new();
    for _ in 0..1_000 {
        ids.insert(begin(&mut wire, 12, &topic, &[0]).await);
    }
    assert_eq!(ids.len(), 1_000);
    let said = ask(&mut wire, 12, &step(&topic, (0, 0), &[(0, 0)])).await;
    assert_eq!(said, Said { error: OK, session: 0, partitions: vec![(0, OK, 0, 0)] });
    // Where memory is short there are fewer.
    let limits = Limits { session_bytes_max: 1_000, ..Limits::default() };
    let world = World::with(ClusterSettings::default(), limits).await;
    let topic = world.topic("orders", 9, &[]).await;
    let mut wire = world.wire().await;
    let from: Vec<_> = (0..9).map(|partition| (partition, 0)).collect();
    let said = ask(&mut wire, 12, &step(&topic, (0, 0), &from)).await;
    assert_eq!((said.session, said.partitions.len()), (0, 9));
    begin(&mut wire, 12, &topic, &[0]).await;
}

#[tokio::test]
async fn a_restart_forgets_sessions() {
    let mut world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let session = begin(&mut world.wire().await, 12, &topic, &[0]).await;
    world.restart().await;
    let said = ask(&mut world.wire().await, 12, &step(&topic, (session, 1), &[])).await;
    assert_eq!(said.error, ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
}

/// Lets a user read this topic.
fn may_read(user: &str, topic: &str) -> AccessRule {
    AccessRule {
        user: Some(user.into()),
        host: None,
        resource: ResourceKind::Topic,
        names: Names::Equal(topic.into()),
        operation: Operation::Read,
        permission: Permission::Allow,
    }
}

#[tokio::test]
async fn a_session_grants_nothing_and_is_its_users() {
    let settings = ClusterSettings { rules_enforced: true, ..ClusterSettings::default() };
    let world = World::with(settings, Limits::default()).await;
    let users = ["reader", "other"].map(|name| user(name, Mechanism::Plain, "pencil"));
    world.cluster.users_set(users.into());
    world.cluster.logins_set(vec![anybody()]).await.unwrap();
    let address = world.cluster.login_addresses().await[0];
    let rules = [may_read("reader", "orders"), may_read("reader", "stays"), may_read("other", "orders")];
    world.cluster.rules_replace(&rules);
    let topic = world.topic("orders", 1, &[]).await;
    let stays = world.topic("stays", 1, &[]).await;
    let mut host = world.wire().await;
    let mut reader = logged_in(address, "reader", "pencil").await;
    let session = begin(&mut reader, 12, &topic, &[0]).await;
    let said = ask(&mut reader, 12, &step(&stays, (session, 1), &[(0, 0)])).await;
    assert_eq!(said.partitions, [(0, OK, 0, 0)]);
    // To anybody else there is no such session, and it goes on undisturbed.
    let mut other = logged_in(address, "other", "pencil").await;
    for wire in [&mut other, &mut host] {
        let said = ask(wire, 12, &step(&topic, (session, 2), &[])).await;
        assert_eq!(said.error, ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
        ask(wire, 12, &step(&topic, (session, -1), &[(0, 0)])).await;
    }
    // Who may not read any more is told while it waits, and gets nothing from then on.
    let request = FetchRequest { max_wait_ms: LONG_MS, ..step(&topic, (session, 2), &[]) };
    reader.send(12, &request).await;
    world.cluster.rules_replace(&[may_read("reader", "stays"), may_read("other", "orders")]);
    let said = soon(reader.receive::<FetchRequest<'_>>(12)).await;
    let denied = (0, ErrorCode::TOPIC_AUTHORIZATION_FAILED, -1, 0);
    assert_eq!(Said::from(said.read()).partitions, [denied]);
    host.produce(9, &topic, 0, &batch(&["value"])).await;
    host.produce(9, &stays, 0, &batch(&["value"])).await;
    let said = ask(&mut reader, 12, &step(&topic, (session, 3), &[])).await;
    assert_eq!(said.partitions, [denied, (0, OK, 1, 1)]);
    // Who may again is told of what there is.
    world.cluster.rules_replace(&rules);
    let said = ask(&mut reader, 12, &step(&stays, (session, 4), &[(0, 1)])).await;
    assert_eq!(said.partitions, [(0, OK, 1, 1)]);
    // A change that takes nothing from a reader does not end its wait.
    let request = FetchRequest { max_wait_ms: LONG_MS, ..step(&topic, (session, 5), &[(0, 1)]) };
    reader.send(12, &request).await;
    world.cluster.rules_replace(&rules[..2]);
    host.produce(9, &stays, 0, &batch(&["value"])).await;
    let said = soon(reader.receive::<FetchRequest<'_>>(12)).await;
    assert_eq!(Said::from(said.read()).partitions, [(0, OK, 2, 1)]);
}
