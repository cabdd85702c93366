//! Settings of topics: one by one, or all at once, and always shown as they were set.

use serde_json::{Value as Json, json};

use super::world::{World, instance_id};

struct On {
    world: World,
    id: String,
}

const PROFESSIONAL: &[(&str, &str)] = &[("SpecType", "professional")];

impl On {
    /// An instance with a topic.
    async fn topic(order: &[(&str, &str)], more: &[(&str, &str)]) -> Self {
        let world = World::open().await;
        let id = world.running(order).await;
        let on = Self { world, id };
        let topic = [("Topic", "orders"), ("Remark", "test"), ("PartitionNum", "1")];
        on.ok("CreateTopic", &[&topic[..], more].concat()).await;
        on
    }

    fn with<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        [&[("RegionId", "cn-hangzhou"), ("InstanceId", self.id.as_str())], more].concat()
    }

    async fn ok(&self, action: &str, more: &[(&str, &str)]) -> Json {
        self.world.ok(action, &self.with(more)).await
    }

    async fn set(&self, name: &str, value: &str) {
        let reply =
            self.ok("UpdateTopicConfig", &[("Topic", "orders"), ("Config", name), ("Value", value)]).await;
        assert_eq!(reply["Data"], "");
    }

    /// As the Terraform provider does it.
    async fn set_all(&self, configs: &str) {
        self.ok("UpdateTopicConfig", &all(configs)).await;
    }

    async fn refused(&self, more: &[(&str, &str)], expected: (u16, &str)) {
        let parameters = [&[("Topic", "orders")], more].concat();
        self.world.refused("UpdateTopicConfig", &self.with(&parameters), expected).await;
    }

    /// What is shown, and what the engine has.
    async fn settings(&self) -> (String, Json) {
        let listed = self.ok("GetTopicList", &[("Topic", "orders")]).await;
        let shown = listed["TopicList"]["TopicVO"][0]["TopicConfig"].as_str().unwrap().to_owned();
        (shown, json!(self.world.engine.topics(&instance_id(&self.id))[0].config))
    }
}

fn all(configs: &str) -> [(&str, &str); 4] {
    [("Topic", "orders"), ("Config", "skipConfig"), ("Value", "skipValue"), ("Configs", configs)]
}

const FIELD: (u16, &str) = (400, "BIZ_FIELD_CHECK_INVALID");
const UNSUPPORTED: (u16, &str) = (400, "INVALID_PARAMETER_NOT_SUPPORT");

#[tokio::test]
async fn one_setting_changes_and_the_others_stay() {
    let config = ("Config", r#"{"max.message.bytes":2097152,"retention.ms":"7200000"}"#);
    let compacted = [("LocalTopic", "true"), ("CompactTopic", "true"), ("MinInsyncReplicas", "1"), config];
    let on = On::topic(PROFESSIONAL, &compacted).await;
    on.set("retention.ms", "3600000").await;
    on.set("message.timestamp.difference.max.ms", "9").await;
    let (shown, engine) = on.settings().await;
    assert_eq!(
        shown,
        r#"{"max.message.bytes":2097152,"retention.ms":"3600000","message.timestamp.difference.max.ms":"9"}"#
    );
    let expected = json!({
        "cleanup.policy": "compact",
        "max.message.bytes": "2097152",
        "message.timestamp.after.max.ms": "9",
        "message.timestamp.before.max.ms": "9",
        "min.insync.replicas": "1",
        "retention.ms": "3600000",
    });
    assert_eq!(engine, expected);
}

#[tokio::test]
async fn all_settings_at_once_replace_those_that_were_set() {
    let on = On::topic(PROFESSIONAL, &[("LocalTopic", "true"), ("CompactTopic", "true")]).await;
    let configs = r#"{"message.timestamp.difference.max.ms":"9", "replication-factor": 2, "message.format.version":"2.2.0"}"#;
    on.set_all(configs).await;
    assert_eq!(on.settings().await.0, configs, "letter by letter");
    let configs = r#"{"min.insync.replicas":"2","max.message.bytes":"1048576"}"#;
    on.set_all(configs).await;
    let expected =
        json!({"cleanup.policy": "compact", "max.message.bytes": "1048576", "min.insync.replicas": "2"});
    assert_eq!(on.settings().await, (configs.to_owned(), expected));
    on.set_all("{}").await;
    assert_eq!(on.settings().await, ("{}".to_owned(), json!({"cleanup.policy": "compact"})));
}

#[tokio::test]
async fn keys_and_values_have_their_bounds() {
    let on = On::topic(PROFESSIONAL, &[("LocalTopic", "true")]).await;
    for (name, least, greatest) in
        [("retention.ms", 3_600_000_i64, 31_536_000_000), ("max.message.bytes", 1_048_576, 10_485_760)]
    {
        for good in [least, greatest] {
            on.set(name, &good.to_string()).await;
        }
        for bad in [least - 1, greatest + 1] {
            on.refused(&[("Config", name), ("Value", &bad.to_string())], FIELD).await;
            on.refused(&all(&json!({ name: bad }).to_string())[1..], FIELD).await;
        }
    }
    let before = on.settings().await;
    for (name, value) in [
        ("message.timestamp.type", "Now"),
        ("message.timestamp.difference.max.ms", "-1"),
        ("min.insync.replicas", "3"),
        ("retention.hours", "24"),
        ("retention.ms", "long"),
        ("cleanup.policy", "compact"),
        ("skipConfig", "skipValue"),
    ] {
        on.refused(&[("Config", name), ("Value", value)], FIELD).await;
    }
    on.refused(&all(r#"{"min.insync.replicas":2,"replications":2}"#)[1..], FIELD).await;
    on.refused(&all(r#"{"retention.ms":true}"#)[1..], (400, "InvalidConfigs")).await;
    on.refused(&all("[]")[1..], (400, "InvalidConfigs")).await;
    assert_eq!(on.settings().await, before);
    let missing = [("Topic", "missing"), ("Config", "retention.ms"), ("Value", "3600000")];
    on.world.refused("UpdateTopicConfig", &on.with(&missing), (404, "BIZ_TOPIC_NOT_FOUND")).await;
}

#[tokio::test]
async fn cloud_storage_has_settings_on_serverless_instances_only() {
    let on = On::topic(PROFESSIONAL, &[]).await;
    on.refused(&[("Config", "retention.ms"), ("Value", "3600000")], UNSUPPORTED).await;

    let reserved = r#"{"ReservedPublishCapacity":60,"ReservedSubscribeCapacity":60}"#;
    let serverless = [("PaidType", "3"), ("ServerlessConfig", reserved)];
    let on = On::topic(&serverless, &[]).await;
    on.set("retention.hours", "24").await;
    let hours = r#"{"retention.hours":"24"}"#;
    assert_eq!(on.settings().await, (hours.to_owned(), json!({"retention.ms": "86400000"})));
    on.refused(&[("Config", "retention.ms"), ("Value", "3600000")], FIELD).await;
    for bad in ["23", "8761"] {
        on.refused(&[("Config", "retention.hours"), ("Value", bad)], FIELD).await;
    }
    on.set_all(r#"{"message.timestamp.type":"LogAppendTime"}"#).await;
    assert_eq!(on.settings().await.1, json!({"message.timestamp.type": "LogAppendTime"}));
    let local = [("Topic", "local"), ("Remark", "test"), ("LocalTopic", "true"), ("Config", hours)];
    on.ok("CreateTopic", &local).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_of_different_settings_at_once_all_count() {
    let on = On::topic(PROFESSIONAL, &[("LocalTopic", "true")]).await;
    let settings = [
        ("retention.ms", "3600000"),
        ("max.message.bytes", "2097152"),
        ("message.timestamp.type", "LogAppendTime"),
        ("message.timestamp.difference.max.ms", "9"),
    ];
    let set = |at: usize| on.set(settings[at].0, settings[at].1);
    tokio::join!(set(0), set(1), set(2), set(3));
    let (shown, _) = on.settings().await;
    let shown: Json = serde_json::from_str(&shown).unwrap();
    for (name, value) in settings {
        assert_eq!(shown[name], value, "{shown}");
    }
}
