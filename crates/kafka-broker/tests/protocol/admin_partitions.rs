//! CreatePartitions, DescribeTopicPartitions, DescribeLogDirs and ListPartitionReassignments.

use kafka_broker::{ClusterSettings, Limits};
use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    CreatePartitionsRequest, CreatePartitionsRequestAssignment, CreatePartitionsRequestTopic,
    DescribeLogDirsRequest, DescribeLogDirsRequestTopic, DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsRequestCursor, DescribeTopicPartitionsRequestTopic,
    ListPartitionReassignmentsRequest,
};

use crate::harness::{Wire, World, batch};

fn wanted(name: &str, count: i32) -> CreatePartitionsRequestTopic<'_> {
    CreatePartitionsRequestTopic { name, count, assignments: None }
}

fn assigned(to: &[&[i32]]) -> Option<Vec<CreatePartitionsRequestAssignment>> {
    let assignment =
        |broker_ids: &&[i32]| CreatePartitionsRequestAssignment { broker_ids: broker_ids.to_vec() };
    Some(to.iter().map(assignment).collect())
}

async fn grown(
    wire: &mut Wire,
    version: i16,
    validate_only: bool,
    topics: Vec<CreatePartitionsRequestTopic<'_>>,
) -> Vec<ErrorCode> {
    let names: Vec<_> = topics.iter().map(|topic| topic.name).collect();
    let request = CreatePartitionsRequest { topics, validate_only, ..Default::default() };
    let answer = wire.ask(version, &request).await;
    let results = answer.read().results;
    assert_eq!(results.iter().map(|result| &*result.name).collect::<Vec<_>>(), names);
    for result in &results {
        assert_eq!(result.error_message.is_some(), result.error_code.is_error(), "{result:?}");
    }
    results.iter().map(|result| result.error_code).collect()
}

#[tokio::test]
async fn each_growth_is_judged_by_itself_and_checking_changes_nothing() {
    let limits = Limits { partitions_max: 22, ..Limits::default() };
    let mut world = World::with(ClusterSettings::default(), limits).await;
    for name in ["grows", "by-assignment", "as-it-is", "less", "much", "elsewhere", "short", "twice"] {
        world.topic(name, 2, &[]).await;
    }
    world.cluster.probe_topic().await.unwrap();
    let mut wire = world.wire().await;
    let assign = |name, count, to: &[&[i32]]| CreatePartitionsRequestTopic {
        assignments: assigned(to),
        ..wanted(name, count)
    };
    let rows = [
        (wanted("grows", 3), ErrorCode::NONE),
        (assign("by-assignment", 3, &[&[1]]), ErrorCode::NONE),
        (wanted("as-it-is", 2), ErrorCode::INVALID_PARTITIONS),
        (wanted("less", 1), ErrorCode::INVALID_PARTITIONS),
        (wanted("less-than-none", -1), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        (wanted("much", 9), ErrorCode::INVALID_PARTITIONS),
        (assign("elsewhere", 3, &[&[2]]), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
        (assign("short", 4, &[&[1]]), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
        (wanted("twice", 3), ErrorCode::INVALID_REQUEST),
        (wanted("twice", 3), ErrorCode::INVALID_REQUEST),
        (wanted("__probe", 3), ErrorCode::INVALID_TOPIC_EXCEPTION),
    ];
    let expected: Vec<_> = rows.iter().map(|row| row.1).collect();
    let topics = || rows.iter().map(|row| row.0.clone()).collect::<Vec<_>>();
    for version in 0..=3 {
        assert_eq!(grown(&mut wire, version, true, topics()).await, expected, "checked, {version}");
        assert!(world.cluster.topics().iter().all(|topic| topic.partitions <= 2), "nothing was changed");
    }
    assert_eq!(grown(&mut wire, 3, false, topics()).await, expected);
    for _ in 0..2 {
        let has = |name: &str| world.cluster.topic(name).unwrap().partitions;
        let counts = ["grows", "by-assignment", "as-it-is", "less", "much", "twice"].map(has);
        assert_eq!(counts, [3, 3, 2, 2, 2, 2]);
        world.restart().await;
    }
    let too_much =
        grown(&mut world.wire().await, 3, false, vec![wanted("grows", 10_004), wanted("less", 3)]).await;
    assert_eq!(too_much, [ErrorCode::POLICY_VIOLATION; 2]);
}

/// A page: each topic with its code and partitions, and where the next one begins.
async fn page(
    wire: &mut Wire,
    topics: &[&str],
    limit: i32,
    cursor: Option<(&str, i32)>,
) -> (Vec<(String, ErrorCode, Vec<i32>)>, Option<(String, i32)>) {
    let request = DescribeTopicPartitionsRequest {
        topics: topics.iter().map(|name| DescribeTopicPartitionsRequestTopic { name }).collect(),
        response_partition_limit: limit,
        cursor: cursor.map(|(topic_name, partition_index)| DescribeTopicPartitionsRequestCursor {
            topic_name,
            partition_index,
        }),
    };
    let answer = wire.ask(0, &request).await;
    let response = answer.read();
    let topics = response
        .topics
        .iter()
        .map(|topic| {
            let partitions = topic.partitions.iter().map(|partition| partition.partition_index).collect();
            (topic.name.as_deref().unwrap().to_owned(), topic.error_code, partitions)
        })
        .collect();
    (topics, response.next_cursor.map(|cursor| (cursor.topic_name.into_owned(), cursor.partition_index)))
}

#[tokio::test]
async fn partitions_are_told_a_page_at_a_time() {
    let world = World::start().await;
    for (name, partitions) in [("a", 2), ("b", 3), ("c", 1)] {
        world.topic(name, partitions, &[]).await;
    }
    world.cluster.probe_topic().await.unwrap();
    let mut wire = world.wire().await;
    let told = |name: &str, partitions: &[i32]| (name.to_owned(), ErrorCode::NONE, partitions.to_vec());
    let next = |name: &str, partition| Some((name.to_owned(), partition));
    let all = vec![told("a", &[0, 1]), told("b", &[0, 1, 2]), told("c", &[0])];
    assert_eq!(page(&mut wire, &[], 2_000, None).await, (all.clone(), None));
    assert_eq!(page(&mut wire, &[], i32::MAX, None).await, (all.clone(), None));
    // In whatever order they are named.
    assert_eq!(page(&mut wire, &["c", "a", "b", "a"], 6, None).await, (all, None));
    let first = vec![told("a", &[0, 1]), told("b", &[0])];
    assert_eq!(page(&mut wire, &[], 3, None).await, (first, next("b", 1)));
    let second = vec![told("b", &[1, 2]), told("c", &[0])];
    assert_eq!(page(&mut wire, &[], 3, Some(("b", 1))).await, (second, None));
    // A page that ends with a topic, and one of at least a partition.
    assert_eq!(page(&mut wire, &[], 2, None).await, (vec![told("a", &[0, 1])], next("b", 0)));
    assert_eq!(page(&mut wire, &[], -7, None).await, (vec![told("a", &[0])], next("a", 1)));
    // The topic at which it should go on is gone.
    assert_eq!(page(&mut wire, &[], 9, Some(("bb", 2))).await, (vec![told("c", &[0])], None));
    let refused = |name: &str, code| (name.to_owned(), code, Vec::new());
    let named = page(&mut wire, &["a", "nowhere", "no where"], 9, None).await;
    let unknown = refused("nowhere", ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    assert_eq!(
        named,
        (vec![told("a", &[0, 1]), refused("no where", ErrorCode::INVALID_TOPIC_EXCEPTION), unknown], None)
    );
    let before = page(&mut wire, &["a"], 9, Some(("a", -1))).await;
    assert_eq!(before, (vec![refused("a", ErrorCode::INVALID_REQUEST)], None));
}

#[tokio::test]
async fn what_lies_on_disk_is_told_partition_by_partition() {
    let world = World::start().await;
    let orders = world.topic("orders", 2, &[]).await;
    world.topic("other", 1, &[]).await;
    let mut wire = world.wire().await;
    let written = batch(&["value"]);
    wire.produce(9, &orders, 1, &written).await;
    let size = i64::try_from(written.len()).unwrap();
    for version in 1..=4 {
        let named = DescribeLogDirsRequestTopic { topic: "orders", partitions: vec![1, 7] };
        let absent = DescribeLogDirsRequestTopic { topic: "nowhere", partitions: vec![0] };
        for (topics, expected) in [
            (None, vec![("orders", vec![(0, 0), (1, size)]), ("other", vec![(0, 0)])]),
            (Some(vec![named, absent]), vec![("orders", vec![(1, size)])]),
            (Some(Vec::new()), Vec::new()),
        ] {
            let answer = wire.ask(version, &DescribeLogDirsRequest { topics }).await;
            let response = answer.read();
            let [dir] = &response.results[..] else { panic!("one directory: {response:?}") };
            assert_eq!((response.error_code, dir.error_code), (ErrorCode::NONE, ErrorCode::NONE));
            let told: Vec<_> = dir
                .topics
                .iter()
                .map(|topic| {
                    let partition = |told: &kafka_wire::messages::DescribeLogDirsResponsePartition| {
                        (told.partition_index, told.partition_size)
                    };
                    (&*topic.name, topic.partitions.iter().map(partition).collect::<Vec<_>>())
                })
                .collect();
            assert_eq!(told, expected, "version {version}");
            assert!(std::path::Path::new(&*dir.log_dir).is_dir(), "{}", dir.log_dir);
            assert_eq!(dir.total_bytes > dir.usable_bytes && dir.usable_bytes > 0, version >= 4, "{dir:?}");
        }
    }
}

#[tokio::test]
async fn nothing_is_ever_on_the_move() {
    let world = World::start().await;
    world.topic("orders", 2, &[]).await;
    let answer = world.wire().await.ask(0, &ListPartitionReassignmentsRequest::default()).await;
    let response = answer.read();
    assert_eq!((response.error_code, response.topics.len()), (ErrorCode::NONE, 0));
}
