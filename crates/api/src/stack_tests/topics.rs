//! Topics that change: partitions, deletion of many, and who reads them.

use serde_json::{Value as Json, json};

use super::world::{World, instance_id};

struct On {
    world: World,
    id: String,
}

impl On {
    async fn running(changes: &[(&str, &str)]) -> Self {
        let world = World::open().await;
        let id = world.running(changes).await;
        Self { world, id }
    }

    fn with<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        [&[("RegionId", "cn-hangzhou"), ("InstanceId", self.id.as_str())], more].concat()
    }

    async fn ok(&self, action: &str, more: &[(&str, &str)]) -> Json {
        self.world.ok(action, &self.with(more)).await
    }

    async fn refused(&self, action: &str, more: &[(&str, &str)], expected: (u16, &str)) {
        self.world.refused(action, &self.with(more), expected).await;
    }

    async fn topic(&self, name: &str, partitions: &str) {
        let topic = [("Topic", name), ("Remark", "test"), ("PartitionNum", partitions)];
        self.ok("CreateTopic", &topic).await;
    }

    async fn partitions(&self, name: &str) -> Json {
        let listed = self.ok("GetTopicList", &[("Topic", name)]).await;
        listed["TopicList"]["TopicVO"][0]["PartitionNum"].clone()
    }
}

const FIELD: (u16, &str) = (400, "BIZ_FIELD_CHECK_INVALID");
const NO_TOPIC: (u16, &str) = (404, "BIZ_TOPIC_NOT_FOUND");

#[tokio::test]
async fn partitions_are_added_up_to_the_limits() {
    let on = On::running(&[]).await;
    on.topic("orders", "2").await;
    let add = async |more: &'static str| {
        on.ok("ModifyPartitionNum", &[("Topic", "orders"), ("AddPartitionNum", more)]).await
    };
    add("4").await;
    add("4").await;
    assert_eq!(on.partitions("orders").await, 10, "each call adds");
    let status = on.ok("GetTopicStatus", &[("Topic", "orders")]).await;
    assert_eq!(status["TopicStatus"]["OffsetTable"]["OffsetTable"].as_array().unwrap().len(), 10);
    let quota = on.ok("GetQuotaTip", &[]).await["QuotaData"].clone();
    assert_eq!(quota["PartitionUsed"], 10);

    on.refused("ModifyPartitionNum", &[("Topic", "orders"), ("AddPartitionNum", "351")], FIELD).await;
    add("350").await;
    on.refused("ModifyPartitionNum", &[("Topic", "orders"), ("AddPartitionNum", "1")], FIELD).await;
    assert_eq!(on.partitions("orders").await, 360);
    on.refused("ModifyPartitionNum", &[("Topic", "missing"), ("AddPartitionNum", "1")], NO_TOPIC).await;

    // 1100 partitions come with the instance.
    on.topic("payments", "360").await;
    on.topic("refunds", "350").await;
    on.topic("rest", "29").await;
    let over = [("Topic", "rest"), ("AddPartitionNum", "2")];
    on.refused("ModifyPartitionNum", &over, (400, "DATA_EXCEED_MAX_LIMIT")).await;
    on.ok("ModifyPartitionNum", &[("Topic", "rest"), ("AddPartitionNum", "1")]).await;
}

#[tokio::test]
async fn many_topics_are_deleted_each_for_itself() {
    let on = On::running(&[]).await;
    for name in ["one", "two", "kept"] {
        on.topic(name, "1").await;
    }
    let reply = on.ok("BatchDeleteTopics", &[("Topics", r#"["one","missing","two","one"]"#)]).await;
    let data = &reply["Data"];
    assert_eq!(
        (&data["Total"], &data["SuccessCount"], &data["FailedCount"]),
        (&json!(4), &json!(2), &json!(2))
    );
    let results = data["Results"]["TopicDeleteResultItemVO"].as_array().unwrap();
    let seen: Vec<_> = results
        .iter()
        .map(|result| (result["Topic"].as_str().unwrap(), result["Success"] == true, result["Code"].as_u64()))
        .collect();
    let expected = [("one", true, 200), ("missing", false, 404), ("two", true, 200), ("one", false, 404)];
    assert_eq!(seen, expected.map(|(topic, success, code)| (topic, success, Some(code))));
    assert_eq!(results[1]["DynamicCode"], "BIZ_TOPIC_NOT_FOUND");
    let left = on.ok("GetTopicList", &[]).await;
    assert_eq!((&left["Total"], &left["TopicList"]["TopicVO"][0]["Topic"]), (&json!(1), &json!("kept")));

    // The indexed form, too.
    on.ok("BatchDeleteTopics", &[("Topics.1", "kept")]).await;
    assert_eq!(on.ok("GetTopicList", &[]).await["Total"], 0);
    on.refused("BatchDeleteTopics", &[("Topics", "[]")], FIELD).await;
    let many = serde_json::to_string(&vec!["x"; 101]).unwrap();
    on.refused("BatchDeleteTopics", &[("Topics", &many)], FIELD).await;
    on.refused("BatchDeleteTopics", &[("Topics", "[[1]]")], (400, "InvalidTopics")).await;
}

#[tokio::test]
async fn groups_of_a_topic_are_those_with_commits_in_it() {
    let on = On::running(&[]).await;
    on.topic("orders", "1").await;
    on.topic("payments", "1").await;
    let engine_id = instance_id(&on.id);
    on.world.engine.commit(&engine_id, "billing", "orders", 0, 1, 0);
    on.world.engine.commit(&engine_id, "audit", "orders", 0, 1, 0);
    on.world.engine.commit(&engine_id, "other", "payments", 0, 1, 0);
    let groups = async |topic: &'static str| {
        let reply = on.ok("GetTopicSubscribeStatus", &[("Topic", topic)]).await;
        assert_eq!(reply["TopicSubscribeStatus"]["Topic"], topic);
        reply["TopicSubscribeStatus"]["ConsumerGroups"].clone()
    };
    assert_eq!(groups("orders").await, json!(["audit", "billing"]));
    assert_eq!(groups("payments").await, json!(["other"]));
    on.refused("GetTopicSubscribeStatus", &[("Topic", "missing")], NO_TOPIC).await;
}
