//! Lists: order, filters, pages, and what is merged from store and engine.

use control::ids::{InstanceId, TopicName};
use control::instance::{InstanceFilter, InstanceOrder, Usage};
use control::tag::{Tag, TagFilter};
use control::topic::{Page, TopicCreate};
use machine::clock::Clock;

use crate::world::{ALL, Tenant, World};

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.into(), value: value.into() }
}

fn condition(key: &str, value: Option<&str>) -> TagFilter {
    TagFilter { key: key.into(), value: value.map(str::to_owned) }
}

async fn ids(tenant: &Tenant, filter: InstanceFilter) -> Vec<InstanceId> {
    let list = tenant.control.instance_list(&tenant.caller, &tenant.region, &filter).await.unwrap();
    list.into_iter().map(|instance| instance.id).collect()
}

#[tokio::test]
async fn instances_come_oldest_first_then_by_id() {
    let mut world = World::new();
    let (clock, hand) = Clock::held(1_000);
    world.clock = clock;
    let tenant = world.open().await;
    let mut same_age = vec![tenant.order().await, tenant.order().await, tenant.order().await];
    hand.set_ms(500);
    let oldest = tenant.order().await;
    same_age.sort();
    same_age.insert(0, oldest);
    assert_eq!(ids(&tenant, InstanceFilter::default()).await, same_age);
}

#[tokio::test]
async fn instances_are_filtered_by_all_conditions_at_once() {
    let world = World::new();
    let tenant = world.open().await;
    let tagged = |tags: Vec<Tag>| InstanceOrder { tags, ..tenant.an_order() };
    let order = |order: InstanceOrder| async {
        tenant.control.instance_order(&tenant.caller, order).await.unwrap().into_inner()
    };
    let plain = order(tenant.an_order()).await;
    let test = order(tagged(vec![tag("env", "test"), tag("team", "a")])).await;
    let live = order(tagged(vec![tag("env", "live"), tag("team", "a")])).await;

    let by = |filter: InstanceFilter| ids(&tenant, filter);
    let order_id = Some(test.order_id.clone());
    assert_eq!(
        by(InstanceFilter { order_id: order_id.clone(), ..Default::default() }).await,
        vec![test.instance_id.clone()]
    );
    let one = vec![live.instance_id.clone()];
    assert_eq!(by(InstanceFilter { ids: one.clone(), ..Default::default() }).await, one);
    let several = vec![live.instance_id.clone(), InstanceId::new("unknown"), plain.instance_id.clone()];
    assert_eq!(by(InstanceFilter { ids: several, ..Default::default() }).await.len(), 2);
    assert!(by(InstanceFilter { ids: one, order_id, tags: vec![] }).await.is_empty());

    let by_tags = |tags: Vec<TagFilter>| by(InstanceFilter { tags, ..Default::default() });
    assert_eq!(by_tags(vec![condition("team", None)]).await.len(), 2);
    assert_eq!(
        by_tags(vec![condition("team", Some("a")), condition("env", Some("live"))]).await,
        [live.instance_id]
    );
    assert!(by_tags(vec![condition("env", Some("none"))]).await.is_empty());
    assert_eq!(by_tags(vec![condition("", None)]).await.len(), 3);
    let found = tenant.find(&test.instance_id).await.unwrap();
    assert_eq!(found.tags, [tag("env", "test"), tag("team", "a")]);
}

#[tokio::test]
async fn at_most_twenty_tags() {
    let world = World::new();
    let tenant = world.open().await;
    let order = |many: usize| InstanceOrder {
        tags: (0..many).map(|number| tag(&format!("key-{number}"), "")).collect(),
        ..tenant.an_order()
    };
    tenant.control.instance_order(&tenant.caller, order(20)).await.unwrap().into_inner();
    let refused = tenant.control.instance_order(&tenant.caller, order(21)).await;
    let capacity = control::fault::Capacity::Tags { limit: 20 };
    assert!(matches!(refused, Err(control::Fault::Capacity(found)) if found == capacity));
    assert_eq!(
        ids(&tenant, InstanceFilter::default()).await.len(),
        1,
        "nothing is left of the refused order"
    );
}

#[tokio::test]
async fn what_is_used_comes_from_the_engine() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.topic_create(&id, "events").await.unwrap();
    tenant.group_create(&id, "readers").await.unwrap();
    world.engine.client_topic(&id, "automatic", 4, 7);
    let expected = Usage { topics: 2, partitions: 6, groups: 1 };
    assert_eq!(tenant.find(&id).await.unwrap().used, expected);
    let filter = InstanceFilter::default();
    let list = tenant.control.instance_list(&tenant.caller, &tenant.region, &filter).await.unwrap();
    assert_eq!(list[0].used, expected);
    assert_eq!(list[0].endpoints, tenant.find(&id).await.unwrap().endpoints);
}

#[tokio::test]
async fn topics_of_store_and_engine_are_one_list() {
    let mut world = World::new();
    let (clock, hand) = Clock::held(10_000);
    world.clock = clock;
    let tenant = world.open().await;
    let id = tenant.running().await;
    for name in ["beta", "alpha"] {
        let create = TopicCreate { tags: vec![tag("name", name)], ..tenant.a_topic(&id, name) };
        tenant.control.topic_create(&tenant.caller, create).await.unwrap().into_inner();
    }
    world.engine.client_topic(&id, "by-client", 9, 9_000);
    hand.set_ms(20_000);
    tenant.topic_create(&id, "last").await.unwrap();

    let topics = tenant.topics(&id).await;
    let seen: Vec<_> = topics
        .iter()
        .map(|topic| (topic.name.as_str(), topic.created_ms, topic.automatic, topic.tags.len()))
        .collect();
    assert_eq!(
        seen,
        [
            ("by-client", 9_000, true, 0),
            ("alpha", 10_000, false, 1),
            ("beta", 10_000, false, 1),
            ("last", 20_000, false, 0),
        ]
    );
    assert_eq!((topics[0].partitions, topics[0].remark.as_str()), (9, ""));
    assert_eq!(topics[0].config_text, "{}");
    assert_eq!(topics[1].tags, [tag("name", "alpha")]);

    // What a client changes shows, whoever made the topic, and what the owner wrote stays as it is.
    for name in ["alpha", "by-client"] {
        world.engine.topic_set(&id, name, "cleanup.policy", "compact");
        let topic = tenant.topics(&id).await.into_iter().find(|topic| topic.name.as_str() == name).unwrap();
        assert_eq!((topic.compact, topic.config_text.as_str()), (true, "{}"), "{name}");
        assert_eq!(topic.config["cleanup.policy"], "compact", "{name}");
    }
}

#[tokio::test]
async fn pages_cut_the_list_and_keep_the_total() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    for number in 0..5 {
        world.engine.client_topic(&id, &format!("topic-{number}"), 1, number);
    }
    let page = |skip, take| {
        let (tenant, id) = (tenant.clone(), id.clone());
        async move {
            let page = Page { skip, take };
            let paged = tenant.control.topic_list(&tenant.caller, None, &id, None, page).await.unwrap();
            let names: Vec<_> = paged.items().iter().map(|topic| topic.name.to_string()).collect();
            (names, paged.total())
        }
    };
    assert_eq!(page(0, 2).await, (vec!["topic-0".into(), "topic-1".into()], 5));
    assert_eq!(page(4, 2).await, (vec!["topic-4".into()], 5));
    assert_eq!(page(5, 2).await, (vec![], 5));
    assert_eq!(page(usize::MAX, usize::MAX).await, (vec![], 5));
}

#[tokio::test]
async fn one_topic_is_found_by_its_exact_name() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    let create = TopicCreate { tags: vec![tag("k", "v")], ..tenant.a_topic(&id, "event") };
    tenant.control.topic_create(&tenant.caller, create).await.unwrap().into_inner();
    tenant.topic_create(&id, "events").await.unwrap();
    world.engine.client_topic(&id, "by-client", 1, 7);
    let named = |name: &'static str| {
        let (tenant, id) = (tenant.clone(), id.clone());
        async move {
            let name = TopicName::new(name);
            tenant.control.topic_list(&tenant.caller, None, &id, Some(&name), ALL).await.unwrap()
        }
    };
    let found = named("event").await;
    assert_eq!((found.total(), found.items()[0].name.as_str()), (1, "event"));
    assert_eq!(found.items()[0].tags, [tag("k", "v")]);
    assert!(named("by-client").await.items()[0].automatic);
    assert_eq!(named("even").await.total(), 0);
    assert_eq!(named("EVENT").await.total(), 0);
}

#[tokio::test]
async fn a_topic_on_its_way_is_not_listed() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    world.engine.hold("topic_create");
    let creating = tokio::spawn({
        let (tenant, id) = (tenant.clone(), id.clone());
        async move { tenant.topic_create(&id, "events").await }
    });
    crate::world::eventually(|| async { (world.engine.calls("topic_create") == 1).then_some(()) }).await;
    assert!(tenant.topics(&id).await.is_empty());
    world.engine.release("topic_create");
    creating.await.unwrap().unwrap();
    assert_eq!(tenant.topics(&id).await.len(), 1);
}
