use std::path::Path;

use machine::clock::Clock;
use machine::commit::Committer;
use machine::disk::sim::SimDisk;
use machine::random::Random;

use super::*;

async fn store() -> Arc<Store> {
    let disk = Arc::new(SimDisk::new(1));
    let clock = Clock::held(0).0;
    let committer = Committer::start(disk.clone(), Path::new("/"), clock.clone()).unwrap();
    Store::open(disk, committer, "/cluster".into(), &clock, &Random::seeded(1)).await.unwrap()
}

fn spec(name: &str, id: u128) -> TopicSpec {
    TopicSpec {
        name: name.to_owned(),
        id: Uuid::from_u128(id),
        partitions: 2,
        config: BTreeMap::from([("retention.ms".to_owned(), "1".to_owned())]),
        created_ms: 7,
        internal: false,
    }
}

fn named(name: &str) -> TopicRef {
    TopicRef::Name(name.to_owned())
}

#[tokio::test]
async fn making_a_topic_again_changes_nothing() {
    let store = store().await;
    let made = store.topic_create(spec("a", 1)).await.unwrap();
    assert_eq!((&*made.name, made.partitions, made.created_ms), ("a", 2, 7));
    let (epoch, size) = (store.topics().epoch(), store.size());
    let again = store.topic_create(TopicSpec { partitions: 9, ..spec("a", 1) }).await.unwrap();
    assert_eq!(again, made);
    assert_eq!((store.topics().epoch(), store.size().total), (epoch, size.total));
}

#[tokio::test]
async fn what_is_taken_or_wrong_is_refused() {
    let store = store().await;
    store.topic_create(spec("a.b", 1)).await.unwrap();
    let invalid = |error: &TopicError| matches!(error, TopicError::InvalidName(_));
    for (spec, refused) in [
        (
            spec("a.b", 2),
            &(|error: &TopicError| *error == TopicError::Exists) as &dyn Fn(&TopicError) -> bool,
        ),
        (spec("other", 1), &|error| *error == TopicError::Exists),
        (spec("a_b", 3), &invalid),
        (spec("", 3), &invalid),
        (spec("..", 3), &invalid),
        (spec("a b", 3), &invalid),
        (TopicSpec { partitions: 0, ..spec("c", 3) }, &|error| {
            matches!(error, TopicError::InvalidPartitions(_))
        }),
        (TopicSpec { partitions: -1, ..spec("c", 3) }, &|error| {
            matches!(error, TopicError::InvalidPartitions(_))
        }),
    ] {
        let error = store.topic_create(spec.clone()).await.unwrap_err();
        assert!(refused(&error), "{spec:?}: {error:?}");
    }
    assert_eq!(store.topics().len(), 1);
}

#[tokio::test]
async fn topics_of_one_call_are_checked_against_each_other() {
    let store = store().await;
    let answers = store
        .topics_create(vec![
            spec("a", 1),
            spec("a", 2),
            spec("x.y", 3),
            spec("x_y", 4),
            spec("b", 1),
            spec("a", 1),
        ])
        .await;
    let kinds: Vec<_> = answers
        .iter()
        .map(|answer| match answer {
            Ok(topic) => topic.name.to_string(),
            Err(TopicError::Exists) => "exists".to_owned(),
            Err(TopicError::InvalidName(_)) => "name".to_owned(),
            Err(other) => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, ["a", "exists", "x.y", "name", "exists", "a"]);
    assert_eq!(store.topics().len(), 2);
}

#[tokio::test]
async fn many_topics_cost_one_append() {
    let store = store().await;
    let specs = (1..=1_000).map(|id| spec(&format!("t{id}"), id)).collect();
    assert!(store.topics_create(specs).await.iter().all(Result::is_ok));
    let names: Vec<_> = store.topics().iter().map(|topic| topic.name.clone()).collect();
    assert!(names.len() == 1_000 && names.is_sorted());
}

#[tokio::test]
async fn deleting_frees_the_name_but_not_the_id() {
    let store = store().await;
    store.topic_create(spec("a", 1)).await.unwrap();
    let answers =
        store.topics_delete(&[named("a"), TopicRef::Id(Uuid::from_u128(1)), named("missing")]).await;
    assert_eq!(answers[0].as_ref().unwrap().id, Uuid::from_u128(1));
    assert_eq!(answers[1..], [Err(TopicError::Unknown), Err(TopicError::Unknown)]);
    assert!(store.topics().is_empty());
    store.topic_create(spec("a", 2)).await.unwrap();
    assert_eq!(store.topic_delete(TopicRef::Id(Uuid::from_u128(1))).await, Err(TopicError::Unknown));
    assert_eq!(store.topics().named("a").unwrap().id, Uuid::from_u128(2));
}

#[tokio::test]
async fn partitions_only_grow() {
    let store = store().await;
    store.topic_create(spec("a", 1)).await.unwrap();
    for count in [-1, 0, 1, 2] {
        let error = store.partitions_grow(&named("a"), count).await.unwrap_err();
        assert!(matches!(error, TopicError::InvalidPartitions(_)), "{count}: {error:?}");
    }
    assert_eq!(store.partitions_grow(&named("a"), 5).await.unwrap().partitions, 5);
    assert_eq!(store.topics().named("a").unwrap().partitions, 5);
    assert_eq!(store.partitions_grow(&named("b"), 5).await, Err(TopicError::Unknown));
}

#[tokio::test]
async fn changes_of_settings_at_once_all_count() {
    let store = store().await;
    store.topic_create(spec("a", 1)).await.unwrap();
    let tasks: Vec<_> = (0..50)
        .map(|at| {
            let store = store.clone();
            tokio::spawn(async move {
                let change = |config: &mut BTreeMap<String, String>| {
                    config.insert(format!("key.{at}"), "v".to_owned());
                    Ok(())
                };
                store.config_change(&named("a"), change).await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(store.topics().named("a").unwrap().config.len(), 51);
    let refused = store.config_change(&named("a"), |_| Err("no".to_owned())).await;
    assert_eq!(refused, Err(TopicError::InvalidConfig("no".to_owned())));
    store.config_set(&named("a"), BTreeMap::new()).await.unwrap();
    assert!(store.topics().named("a").unwrap().config.is_empty());
    assert_eq!(store.config_set(&named("b"), BTreeMap::new()).await, Err(TopicError::Unknown));
}
