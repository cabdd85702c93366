//! Tags of instances, topics and groups, and remarks of topics.

use serde_json::{Value as Json, json};

use super::world::World;

const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");

/// An instance with a topic and a group.
struct Tagging {
    world: World,
    id: String,
}

impl Tagging {
    async fn begin() -> Self {
        let world = World::open().await;
        let id = world.running(&[]).await;
        let at = [REGION, ("InstanceId", id.as_str())];
        let topic = [("Topic", "orders"), ("Remark", "test"), ("PartitionNum", "1")];
        world.ok("CreateTopic", &[&at[..], &topic].concat()).await;
        world.ok("CreateConsumerGroup", &[&at[..], &[("ConsumerId", "readers")]].concat()).await;
        Self { world, id }
    }

    fn of(&self, name: &str) -> String {
        format!("Kafka_{}_{name}", self.id)
    }

    async fn list(&self, kind: &str, more: &[(&str, &str)]) -> Json {
        self.world.ok("ListTagResources", &[&[REGION, ("ResourceType", kind)], more].concat()).await
    }

    /// `key=value` of every tag listed for a resource.
    async fn tags(&self, kind: &str, resource: &str) -> Vec<String> {
        pairs(&self.list(kind, &[("ResourceId.1", resource)]).await)
    }
}

fn pairs(listed: &Json) -> Vec<String> {
    let tags = listed["TagResources"]["TagResource"].as_array().unwrap().iter();
    tags.map(|tag| format!("{}={}", tag["TagKey"].as_str().unwrap(), tag["TagValue"].as_str().unwrap()))
        .collect()
}

fn tag<'a>(kind: &'a str, resource: &'a str, key: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        REGION,
        ("ResourceType", kind),
        ("ResourceId.1", resource),
        ("Tag.1.Key", key),
        ("Tag.1.Value", value),
    ]
}

#[tokio::test]
async fn each_kind_has_tags_of_its_own_and_lists_show_them() {
    let on = Tagging::begin().await;
    let (topic, group) = (on.of("orders"), on.of("readers"));
    for (kind, resource) in
        [("instance", &on.id), ("TOPIC", &topic), ("ALIYUN::ALIKAFKA::ConsumerGroup", &group)]
    {
        assert_eq!(
            on.world.ok("TagResources", &tag(kind, resource, "of", kind)).await.as_object().unwrap().len(),
            1
        );
        assert_eq!(on.tags(kind, resource).await, [format!("of={kind}")]);
        // The same key again replaces the value; repeating changes nothing.
        for _ in 0..2 {
            on.world.ok("TagResources", &tag(kind, resource, "of", "new")).await;
        }
        assert_eq!(on.tags(kind, resource).await, ["of=new"]);
    }
    let instance = on.world.instance(&on.id).await;
    assert_eq!(instance["Tags"]["TagVO"], json!([{ "Key": "of", "Value": "new" }]));
    let at = [REGION, ("InstanceId", on.id.as_str())];
    let topics = on.world.ok("GetTopicList", &at).await;
    assert_eq!(topics["TopicList"]["TopicVO"][0]["Tags"]["TagVO"], json!([{ "Key": "of", "Value": "new" }]));
    let groups = on.world.ok("GetConsumerList", &at).await;
    assert_eq!(
        groups["ConsumerList"]["ConsumerVO"][0]["Tags"]["TagVO"],
        json!([{ "Key": "of", "Value": "new" }])
    );
}

#[tokio::test]
async fn all_or_nothing() {
    let on = Tagging::begin().await;
    let missing = on.of("missing");
    let orders = on.of("orders");
    for (kind, good, bad, code) in [
        ("INSTANCE", on.id.as_str(), "alikafka_post-cn-000000000000", "BIZ.INSTANCE.NOT.FOUND"),
        ("TOPIC", &orders, &missing, "BIZ_TOPIC_NOT_FOUND"),
        ("CONSUMERGROUP", &on.of("readers"), &missing, "BIZ_SUBSCRIPTION_NOT_FOUND"),
    ] {
        let both = [&tag(kind, good, "k", "v")[..], &[("ResourceId.2", bad)]].concat();
        on.world.refused("TagResources", &both, (404, code)).await;
        assert_eq!(on.tags(kind, good).await, [""; 0]);
        on.world.ok("TagResources", &tag(kind, good, "k", "v")).await;
        let untag = [
            REGION,
            ("ResourceType", kind),
            ("ResourceId.1", good),
            ("ResourceId.2", bad),
            ("TagKey.1", "k"),
        ];
        on.world.refused("UntagResources", &untag, (404, code)).await;
        assert_eq!(on.tags(kind, good).await, ["k=v"]);
    }
    on.world
        .refused("TagResources", &tag("TOPIC", "orders", "k", "v"), (400, "BIZ_FIELD_CHECK_INVALID"))
        .await;
    let elsewhere = [
        ("RegionId", "cn-beijing"),
        ("ResourceType", "INSTANCE"),
        ("ResourceId.1", on.id.as_str()),
        ("Tag.1.Key", "k"),
    ];
    on.world.refused("TagResources", &elsewhere, (404, "BIZ.INSTANCE.NOT.FOUND")).await;
}

#[tokio::test]
async fn a_resource_has_twenty_tags_at_most() {
    let on = Tagging::begin().await;
    let keys: Vec<String> = (1..=20).map(|number| format!("Tag.{number}.Key")).collect();
    let values: Vec<String> = (1..=20).map(|number| format!("key-{number:02}")).collect();
    let mut all = vec![REGION, ("ResourceType", "INSTANCE"), ("ResourceId.1", on.id.as_str())];
    all.extend(keys.iter().map(String::as_str).zip(values.iter().map(String::as_str)));
    on.world.ok("TagResources", &all).await;
    assert_eq!(on.tags("INSTANCE", &on.id).await.len(), 20);
    on.world
        .refused("TagResources", &tag("INSTANCE", &on.id, "one-more", "v"), (400, "DATA_EXCEED_MAX_LIMIT"))
        .await;
    on.world.ok("TagResources", &tag("INSTANCE", &on.id, "key-07", "replaced")).await;
    let tags = on.tags("INSTANCE", &on.id).await;
    assert_eq!((tags.len(), tags[6].as_str()), (20, "key-07=replaced"));
}

#[tokio::test]
async fn taking_tags_off() {
    let on = Tagging::begin().await;
    let orders = on.of("orders");
    for key in ["a", "b", "c"] {
        on.world.ok("TagResources", &tag("TOPIC", &orders, key, "")).await;
    }
    let at = [REGION, ("ResourceType", "TOPIC"), ("ResourceId", orders.as_str())];
    let untag = async |more: &[(&str, &str)]| on.world.ok("UntagResources", &[&at[..], more].concat()).await;
    on.world.refused("UntagResources", &at, (400, "MissingTagKey")).await;
    // Keys win over All, and those that are not there are ignored.
    untag(&[("TagKey.1", "a"), ("TagKey.2", "no-such-key"), ("All", "true")]).await;
    assert_eq!(on.tags("TOPIC", &orders).await, ["b=", "c="]);
    untag(&[("All", "True")]).await;
    untag(&[("All", "true")]).await;
    assert_eq!(on.tags("TOPIC", &orders).await, [""; 0]);
}

#[tokio::test]
async fn a_long_list_comes_in_pages() {
    let on = Tagging::begin().await;
    let mut expected = Vec::new();
    for topic in 0..3 {
        let name = format!("topic-{topic}");
        let create = [
            REGION,
            ("InstanceId", on.id.as_str()),
            ("Topic", name.as_str()),
            ("Remark", "test"),
            ("PartitionNum", "1"),
        ];
        on.world.ok("CreateTopic", &create).await;
        for key in 0..19 {
            let key = format!("key-{key:02}");
            on.world.ok("TagResources", &tag("TOPIC", &on.of(&name), &key, "v")).await;
            expected.push(format!("{key}=v"));
        }
        on.world.ok("TagResources", &tag("TOPIC", &on.of(&name), "all", "yes")).await;
        expected.insert(expected.len() - 19, "all=yes".to_owned());
    }
    let filter = [("Tag.1.Key", "all")];
    let first = on.list("TOPIC", &filter).await;
    let token = first["NextToken"].as_str().unwrap().to_owned();
    assert_eq!(pairs(&first).len(), 50);
    let second = on.list("TOPIC", &[filter[0], ("NextToken", &token)]).await;
    assert_eq!(second["NextToken"], "");
    assert_eq!([pairs(&first), pairs(&second)].concat(), expected);
    // A token belongs to its question.
    for foreign in
        [vec![("Tag.1.Key", "other"), ("NextToken", token.as_str())], vec![filter[0], ("NextToken", "x")]]
    {
        let parameters = [&[REGION, ("ResourceType", "TOPIC")], &foreign[..]].concat();
        on.world.refused("ListTagResources", &parameters, (400, "BIZ_FIELD_CHECK_INVALID")).await;
    }
    on.world
        .refused("ListTagResources", &[REGION, ("ResourceType", "TOPIC")], (400, "MissingResourceId"))
        .await;
    // Conditions are joined by AND, and unknown resources match nothing.
    let both = [("Tag.1.Key", "all"), ("Tag.1.Value", "yes"), ("Tag.2.Key", "key-00"), ("Tag.2.Value", "w")];
    assert_eq!(pairs(&on.list("TOPIC", &both).await), [""; 0]);
    assert_eq!(on.tags("TOPIC", &on.of("missing")).await, [""; 0]);
}

#[tokio::test]
async fn a_condition_that_everything_matches_asks_for_every_tag() {
    let on = Tagging::begin().await;
    on.world.ok("TagResources", &tag("TOPIC", &on.of("orders"), "team", "pay")).await;
    for everything in [&[("Tag.1.Key", "")][..], &[("Tag.1.Key", ""), ("Tag.1.Value", "")]] {
        assert_eq!(pairs(&on.list("TOPIC", everything).await), ["team=pay"]);
        assert_eq!(pairs(&on.list("CONSUMERGROUP", everything).await), [""; 0]);
    }
    let valued = [REGION, ("ResourceType", "TOPIC"), ("Tag.1.Key", ""), ("Tag.1.Value", "pay")];
    on.world.refused("ListTagResources", &valued, (400, "BIZ_FIELD_CHECK_INVALID")).await;
}

#[tokio::test]
async fn a_remark_is_changed_and_cleared() {
    let on = Tagging::begin().await;
    let at = [REGION, ("InstanceId", on.id.as_str()), ("Topic", "orders")];
    let remark = async || {
        let listed = on.world.ok("GetTopicList", &at).await;
        listed["TopicList"]["TopicVO"][0]["Remark"].as_str().unwrap().to_owned()
    };
    on.world.ok("ModifyTopicRemark", &[&at[..], &[("Remark", "payments-2")]].concat()).await;
    assert_eq!(remark().await, "payments-2");
    for bad in ["ab", "two words", &"r".repeat(65)] {
        let parameters = [&at[..], &[("Remark", bad)]].concat();
        on.world.refused("ModifyTopicRemark", &parameters, (400, "BIZ_FIELD_CHECK_INVALID")).await;
    }
    assert_eq!(remark().await, "payments-2");
    on.world.ok("ModifyTopicRemark", &at).await;
    assert_eq!(remark().await, "");
    let missing = [REGION, ("InstanceId", on.id.as_str()), ("Topic", "missing")];
    on.world.refused("ModifyTopicRemark", &missing, (404, "BIZ_TOPIC_NOT_FOUND")).await;
}
