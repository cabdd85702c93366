//! Rules of single actions that need a running instance: truncation, pages, lists, tags, storage, settings.

use serde_json::{Value as Json, json};

use super::world::World;

/// An instance and a way to call on it.
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

    async fn refused(&self, action: &str, more: &[(&str, &str)], code: &str) {
        self.world.refused(action, &self.with(more), (400, code)).await;
    }

    async fn topic(&self, name: &str) {
        self.ok("CreateTopic", &[("Topic", name), ("Remark", "test"), ("PartitionNum", "1")]).await;
    }

    async fn topics(&self, more: &[(&str, &str)]) -> Json {
        self.ok("GetTopicList", more).await
    }
}

fn names(listed: &Json, item: &str) -> Vec<String> {
    let items = listed.as_array().unwrap().iter();
    items.map(|each| each[item].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn long_names_are_cut_and_the_cut_name_is_shown() {
    let on = On::running(&[]).await;
    let long = "t".repeat(70);
    on.topic(&long).await;
    let listed = on.topics(&[]).await;
    assert_eq!(names(&listed["TopicList"]["TopicVO"], "Topic"), ["t".repeat(64)]);
    // Duplicates are found by the cut name; lookups take the name as it is.
    on.refused("CreateTopic", &[("Topic", &long[..65]), ("Remark", "test")], "BIZ_TOPIC_EXISTED").await;
    let kafkas = [("Topic", "__consumer_offsets"), ("Remark", "test")];
    on.refused("CreateTopic", &kafkas, "BIZ_FIELD_CHECK_INVALID").await;
    on.world.refused("DeleteTopic", &on.with(&[("Topic", &long)]), (404, "BIZ_TOPIC_NOT_FOUND")).await;
    on.ok("DeleteTopic", &[("Topic", &long[..64])]).await;

    let long = "g".repeat(200);
    on.ok("CreateConsumerGroup", &[("ConsumerId", &long)]).await;
    let groups = on.ok("GetConsumerList", &[]).await;
    assert_eq!(names(&groups["ConsumerList"]["ConsumerVO"], "ConsumerId"), ["g".repeat(128)]);
    for (topic, remark) in
        [("ab", "test"), ("a.bc", "test"), ("中文中", "test"), ("abc", "ab"), ("abc", "a b c")]
    {
        let pairs = [("Topic", topic), ("Remark", remark)];
        on.refused("CreateTopic", &pairs, "BIZ_FIELD_CHECK_INVALID").await;
    }
    on.refused("CreateTopic", &[("Topic", "abc"), ("Remark", &"r".repeat(65))], "BIZ_FIELD_CHECK_INVALID")
        .await;
    on.refused("CreateConsumerGroup", &[("ConsumerId", "---")], "BIZ_FIELD_CHECK_INVALID").await;
}

#[tokio::test]
async fn pages_of_topics_are_as_long_as_asked_for() {
    let on = On::running(&[]).await;
    for n in 0..12 {
        on.topic(&format!("topic-{n:02}")).await;
    }
    let first = on.topics(&[]).await;
    assert_eq!(
        [&first["Total"], &first["PageSize"], &first["CurrentPage"]],
        [&json!(12), &json!(10), &json!(1)]
    );
    assert_eq!(names(&first["TopicList"]["TopicVO"], "Topic").len(), 10);
    let second = on.topics(&[("CurrentPage", "2")]).await;
    assert_eq!(names(&second["TopicList"]["TopicVO"], "Topic"), ["topic-10", "topic-11"]);
    let alias = on.topics(&[("PageNumber", "2"), ("PageSize", "11")]).await;
    assert_eq!(names(&alias["TopicList"]["TopicVO"], "Topic"), ["topic-11"]);
    let past = on.topics(&[("CurrentPage", "2147483647"), ("PageSize", "10000")]).await;
    assert_eq!((&past["TopicList"]["TopicVO"], &past["Total"]), (&json!([]), &json!(12)));
    let exact = on.topics(&[("Topic", "topic-03")]).await;
    assert_eq!(names(&exact["TopicList"]["TopicVO"], "Topic"), ["topic-03"]);
    let prefix = on.topics(&[("Topic", "topic-0")]).await;
    assert_eq!((&prefix["TopicList"]["TopicVO"], &prefix["Total"]), (&json!([]), &json!(0)));
}

#[tokio::test]
async fn groups_come_all_at_once_unless_a_page_is_asked_for() {
    let on = On::running(&[]).await;
    for n in 0..12 {
        on.ok("CreateConsumerGroup", &[("ConsumerId", &format!("group-{n:02}"))]).await;
    }
    let all = on.ok("GetConsumerList", &[]).await;
    assert_eq!([&all["Total"], &all["PageSize"]], [&json!(12), &json!(12)]);
    assert_eq!(names(&all["ConsumerList"]["ConsumerVO"], "ConsumerId").len(), 12);
    let page = on.ok("GetConsumerList", &[("CurrentPage", "2")]).await;
    assert_eq!(names(&page["ConsumerList"]["ConsumerVO"], "ConsumerId"), ["group-10", "group-11"]);
    let sized = on.ok("GetConsumerList", &[("PageSize", "5")]).await;
    assert_eq!(names(&sized["ConsumerList"]["ConsumerVO"], "ConsumerId").len(), 5);
    let one = on.ok("GetConsumerList", &[("ConsumerId", "group-07")]).await;
    assert_eq!(names(&one["ConsumerList"]["ConsumerVO"], "ConsumerId"), ["group-07"]);
}

#[tokio::test]
async fn a_list_is_read_the_same_in_its_three_forms() {
    let on = On::running(&[]).await;
    // Oldest first, so the second one has to be younger.
    on.world.hand.advance(std::time::Duration::from_millis(1));
    let other = on.world.ordered(&[("Tag.1.Key", "env"), ("Tag.1.Value", "prod")]).await;
    let list = async |pairs: &[(&str, &str)]| {
        let pairs = [&[("RegionId", "cn-hangzhou")], pairs].concat();
        let listed = on.world.ok("GetInstanceList", &pairs).await;
        names(&listed["InstanceList"]["InstanceVO"], "InstanceId")
    };
    let both = [on.id.clone(), other.clone()];
    let json = json!([on.id, other]).to_string();
    assert_eq!(list(&[]).await, both);
    assert_eq!(list(&[("InstanceId.1", &on.id), ("InstanceId.7", &other)]).await, both);
    assert_eq!(list(&[("InstanceId", &json)]).await, both);
    assert_eq!(list(&[("InstanceId", &other)]).await, both[1..]);
    // Indexed entries win over the others.
    assert_eq!(list(&[("InstanceId", &json), ("InstanceId.2", &other)]).await, both[1..]);
    assert_eq!(list(&[("InstanceId.1", "alikafka_post-cn-unknown")]).await, [] as [&str; 0]);
    assert_eq!(list(&[("Tag.1.Key", "env"), ("Tag.1.Value", "prod")]).await, both[1..]);
    assert_eq!(list(&[("Tag.3.Key", "env")]).await, both[1..]);
    assert_eq!(list(&[("Tag", r#"[{"Key":"env","Value":"prod"}]"#)]).await, both[1..]);
    assert_eq!(list(&[("Tag.1.Key", "env"), ("Tag.1.Value", "test")]).await, [] as [&str; 0]);
    assert_eq!(list(&[("Tag.1.Key", ""), ("Tag.1.Value", "")]).await, both);
    assert_eq!(list(&[("Series", "v3")]).await, [] as [&str; 0]);
    assert_eq!(list(&[("Series", "v2"), ("ResourceGroupId", "rg-1")]).await, [] as [&str; 0]);
    let region = ("RegionId", "cn-hangzhou");
    for pairs in [
        [region, ("Tag.1.Key", ""), ("Tag.1.Value", "x")],
        [region, ("Tag.1.Key", "aliyun-x"), ("Tag.2.Key", "y")],
        [region, ("InstanceId.0", "x"), ("Tag.2.Key", "y")],
        [region, ("InstanceId.01", "x"), ("Tag.2.Key", "y")],
    ] {
        on.world.refused("GetInstanceList", &pairs, (400, "BIZ_FIELD_CHECK_INVALID")).await;
    }
}

#[tokio::test]
async fn tags_are_set_at_creation_and_shown() {
    let on = On::running(&[]).await;
    let tagged = [
        ("Topic", "orders"),
        ("Remark", "test"),
        ("Tag.1.Key", "team"),
        ("Tag.1.Value", "空 格"),
        ("Tag.4.Key", "empty"),
    ];
    on.ok("CreateTopic", &tagged).await;
    let tags = &on.topics(&[]).await["TopicList"]["TopicVO"][0]["Tags"];
    let expected = json!({"TagVO": [{"Key": "empty", "Value": ""}, {"Key": "team", "Value": "空 格"}]});
    assert_eq!(*tags, expected);
    let long = "k".repeat(129);
    for (key, value) in [(long.as_str(), ""), ("k", "acs:x"), ("aliyun", ""), ("k", "see http://x")] {
        let pairs = [("Topic", "abc"), ("Remark", "abc"), ("Tag.1.Key", key), ("Tag.1.Value", value)];
        on.refused("CreateTopic", &pairs, "BIZ_FIELD_CHECK_INVALID").await;
    }
    let twice = [("Topic", "abc"), ("Remark", "abc"), ("Tag.1.Key", "k"), ("Tag.2.Key", "k")];
    on.refused("CreateTopic", &twice, "BIZ_FIELD_CHECK_INVALID").await;
    let keyless = [("Topic", "abc"), ("Remark", "abc"), ("Tag.1.Value", "v")];
    on.refused("CreateTopic", &keyless, "MissingTag").await;
}

#[tokio::test]
async fn local_storage_needs_a_professional_edition() {
    let local = [("Topic", "local"), ("Remark", "test"), ("LocalTopic", "true"), ("CompactTopic", "True")];
    let normal = On::running(&[]).await;
    normal.refused("CreateTopic", &local, "INVALID_PARAMETER_NOT_SUPPORT").await;
    let on = On::running(&[("SpecType", "professional")]).await;
    let config = r#"{"retention.ms":"3600000","replications":1}"#;
    on.ok("CreateTopic", &[&local[..], &[("Config", config)]].concat()).await;
    let topic = &on.topics(&[]).await["TopicList"]["TopicVO"][0];
    assert_eq!((&topic["LocalTopic"], &topic["CompactTopic"]), (&json!(true), &json!(true)));
    assert_eq!(topic["TopicConfig"], config, "as it was set");
    let engine = on.world.engine.topics(&super::world::instance_id(&on.id));
    assert_eq!(engine[0].config["cleanup.policy"], "compact");
    assert_eq!(engine[0].config["retention.ms"], "3600000");
    on.refused("CreateTopic", &[("Topic", "abc"), ("Remark", "abc"), ("Config", "[]")], "InvalidConfig")
        .await;
}

#[tokio::test]
async fn what_was_bought_is_the_limit() {
    let on = On::running(&[("TopicQuota", "3"), ("IoMaxSpec", "alikafka.hw.test")]).await;
    for name in ["one", "two", "three"] {
        on.topic(name).await;
    }
    on.refused("CreateTopic", &[("Topic", "four"), ("Remark", "test")], "DATA_EXCEED_MAX_LIMIT").await;
    on.ok("DeleteTopic", &[("Topic", "one")]).await;
    // Two topics have two of 36 partitions; 35 more are one too many.
    let many = [("Topic", "many"), ("Remark", "test"), ("PartitionNum", "35")];
    on.refused("CreateTopic", &many, "DATA_EXCEED_MAX_LIMIT").await;
    for n in 0..6 {
        on.ok("CreateConsumerGroup", &[("ConsumerId", &format!("group-{n}"))]).await;
    }
    on.refused("CreateConsumerGroup", &[("ConsumerId", "group-6")], "DATA_EXCEED_MAX_LIMIT").await;
}

#[tokio::test]
async fn what_a_deployment_was_told_is_shown_as_it_was_sent() {
    let world = World::open().await;
    let id = world.ordered(&[("SpecType", "professional"), ("ResourceGroupId", "rg-1")]).await;
    let at = [("RegionId", "cn-hangzhou"), ("InstanceId", id.as_str())];
    let start = [
        ("VpcId", "vpc-1"),
        ("VSwitchIds.1", "vsw-b"),
        ("VSwitchIds.2", "vsw-a"),
        ("ZoneId", "zonei"),
        ("Name", "my_instance-1"),
        ("SecurityGroup", "sg-1"),
        ("KMSKeyId", "key-1"),
        ("ServiceVersion", " 2.6.2 "),
        ("SelectedZones", r#"[["zoneb"],["zonec"]]"#),
        ("Config", r#"{"enable.acl":true,"kafka.log.retention.hours":"66"}"#),
    ];
    world.ok("StartInstance", &[&at[..], &start].concat()).await;
    world.until_status(&id, 5).await;
    let shown = world.instance(&id).await;
    for (name, value) in [
        ("VpcId", json!("vpc-1")),
        ("VSwitchId", json!("vsw-b")),
        ("VSwitchIds", json!({"VSwitchIds": ["vsw-b", "vsw-a"]})),
        ("ZoneId", json!("zonei")),
        ("StandardZoneId", json!("cn-hangzhou-i")),
        ("Name", json!("my_instance-1")),
        ("SecurityGroup", json!("sg-1")),
        ("KmsKeyId", json!("key-1")),
        ("ResourceGroupId", json!("rg-1")),
        ("UpgradeServiceDetailInfo", json!({"Current2OpenSourceVersion": "2.6.2"})),
        ("MsgRetain", json!(66)),
        ("TopicNumLimit", json!(100)),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    let all: Json = serde_json::from_str(shown["AllConfig"].as_str().unwrap()).unwrap();
    assert_eq!(all["enable.acl"], "true");
    assert_eq!(shown.get("ConfluentConfig"), None, "its presence crashes a client");

    // The name is taken now, for every instance of the region.
    let other = world.ordered(&[]).await;
    let start = [
        at[0],
        ("InstanceId", other.as_str()),
        ("VpcId", "vpc-1"),
        ("VSwitchId", "vsw-1"),
        ("Name", "my_instance-1"),
    ];
    world.refused("StartInstance", &start, (400, "INVALID_PARAMETER_DATA_ALREADY_EXIST")).await;
}

#[tokio::test]
async fn a_deployment_must_fit_what_was_bought() {
    let world = World::open().await;
    let private = world.ordered(&[]).await;
    let public = world.ordered(&[("DeployType", "4"), ("EipMax", "10")]).await;
    let start = async |id: &str, more: &[(&str, &str)], code: &str| {
        let base = [("RegionId", "cn-hangzhou"), ("InstanceId", id), ("VpcId", "vpc-1")];
        world.refused("StartInstance", &[&base[..], more].concat(), (400, code)).await;
    };
    let switch = ("VSwitchId", "vsw-1");
    start(&private, &[], "MissingVSwitchId").await;
    for (id, name, value) in [
        (&private, "DeployModule", "eip"),
        (&private, "IsEipInner", "true"),
        (&public, "DeployModule", "vpc"),
        (&public, "IsEipInner", "False"),
        (&private, "ZoneId", "zone9"),
        (&private, "ZoneId", "cn-shanghai-a"),
        (&private, "ServiceVersion", "3.0.0"),
        (&public, "IsSetUserAndPassword", "true"),
    ] {
        start(id, &[switch, (name, value)], "BIZ_FIELD_CHECK_INVALID").await;
    }
    let user = [switch, ("IsSetUserAndPassword", "true"), ("Username", "u"), ("Password", "p w")];
    start(&public, &user, "BIZ_FIELD_CHECK_INVALID").await;
    let acl = [switch, ("Config", r#"{"enable.acl":"true"}"#)];
    start(&private, &acl, "BIZ_CAN_NOT_ENABLE_ACL").await;
    start(&private, &[switch, ("Config", "{")], "InvalidConfig").await;
    start(&private, &[switch, ("Config", r#"{"log.retention.hours":23}"#)], "BIZ_FIELD_CHECK_INVALID").await;
    // Ignored where they do not apply, as the vendor's example has it.
    let ignored = [switch, ("IsSetUserAndPassword", "false"), ("Username", "user name"), ("Password", "p w")];
    let base = [("RegionId", "cn-hangzhou"), ("InstanceId", private.as_str()), ("VpcId", "vpc-1")];
    world.ok("StartInstance", &[&base[..], &ignored].concat()).await;
}

#[tokio::test]
async fn when_the_engine_is_away_clients_are_told_to_come_back() {
    let on = On::running(&[]).await;
    let topic = [("Topic", "orders"), ("Remark", "test")];
    on.ok("CreateTopic", &topic).await;
    for error in [
        || control::engine::EngineError::Failed("secret cause".into()),
        || control::engine::EngineError::StorageFull("secret cause".into()),
    ] {
        on.world.engine.fail_next("topic_ends", false, error);
        on.refused("GetTopicStatus", &[("Topic", "orders")], "ONS_SYSTEM_FLOW_CONTROL").await;
    }
    on.ok("GetTopicStatus", &[("Topic", "orders")]).await;
}
