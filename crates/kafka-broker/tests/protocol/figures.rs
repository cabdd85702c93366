//! A cluster in figures: what is told of topics and groups, and what is left out where that is too much.

use kafka_broker::{CommitFigures, GroupOffset};

use crate::harness::{World, batch};

#[tokio::test]
async fn figures_are_told_whole_or_counted_as_left_out() {
    let world = World::start().await;
    let topic = world.topic("a", 2, &[]).await;
    world.topic("b", 3, &[]).await;
    world.probe().await;
    world.wire().await.produce(9, &topic, 1, &batch(&["x", "y", "z"])).await;
    for (group, topic, partitions) in [("one", "a", 0..2_u32), ("two", "b", 0..3)] {
        let offset = |partition| GroupOffset { topic: topic.into(), partition, offset: 1 };
        let offsets: Vec<_> = partitions.map(offset).collect();
        world.cluster.group_reset(group, &offsets).await.unwrap();
    }
    let topics = |mut room: usize| {
        let (topics, omitted) = world.cluster.topic_figures(&mut room);
        let ends: Vec<_> =
            topics.into_iter().map(|figures| (figures.topic.to_string(), figures.ends)).collect();
        (ends, omitted, room)
    };
    let (a, b) = (("a".to_owned(), vec![(0, 0), (0, 3)]), ("b".to_owned(), vec![(0, 0); 3]));
    assert_eq!(
        topics(7),
        (vec![a.clone(), b.clone()], 0, 2),
        "the broker's own are left out, and not counted"
    );
    assert_eq!(topics(4), (vec![a], 1, 2));
    assert_eq!(topics(0), (vec![], 2, 0));

    let (groups, omitted) = world.cluster.group_figures(&mut 7);
    assert_eq!((groups.len(), omitted), (2, 0));
    assert_eq!((&*groups[0].group, groups[0].members), ("one", 0));
    let figures = |partition, end| CommitFigures { topic: "a".into(), partition, committed: 1, end };
    assert_eq!(groups[0].commits, [figures(0, 0), figures(1, 3)]);
    let lags: Vec<_> = groups[0].commits.iter().map(CommitFigures::lag).collect();
    assert_eq!(lags, [0, 2], "who is ahead of the end lags by nothing");
    let (groups, omitted) = world.cluster.group_figures(&mut 6);
    assert_eq!((groups.len(), omitted), (1, 1));
}
