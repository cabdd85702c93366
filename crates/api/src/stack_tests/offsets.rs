//! What is in a topic, and where a group goes on in it.

use control::client::{ClientSubject, SeenClients};
use control::group::{GroupActivity, GroupMember, GroupStage, Rebalance};
use control::ids::{GroupName, TopicName};
use serde_json::{Value as Json, json};

use super::world::{World, instance_id};

struct On {
    world: World,
    id: String,
}

const FIELD: (u16, &str) = (400, "BIZ_FIELD_CHECK_INVALID");
const NO_TOPIC: (u16, &str) = (404, "BIZ_TOPIC_NOT_FOUND");

impl On {
    /// An instance with a topic of two partitions, whose messages have these partitions and times.
    async fn messages(messages: &[(u32, i64)]) -> Self {
        let world = World::open().await;
        let id = world.running(&[]).await;
        let on = Self { world, id };
        on.ok("CreateTopic", &[("Topic", "orders"), ("Remark", "test"), ("PartitionNum", "2")]).await;
        for (partition, time) in messages {
            on.message(*partition, &format!("{partition} at {time}").into_bytes(), *time);
        }
        on
    }

    fn message(&self, partition: u32, value: &[u8], time: i64) {
        self.world.engine.message(&instance_id(&self.id), "orders", partition, value, time);
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

    async fn found(&self, more: &[(&str, &str)]) -> Json {
        self.ok("QueryMessage", &[&[("Topic", "orders")], more].concat()).await["MessageList"].clone()
    }

    async fn committed(&self) -> [Option<i64>; 2] {
        let id = instance_id(&self.id);
        [0, 1].map(|partition| self.world.engine.committed(&id, "readers", "orders", partition))
    }
}

fn values(messages: &Json) -> Vec<&str> {
    messages.as_array().unwrap().iter().map(|message| message["Value"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn messages_are_found_by_offset_and_by_time() {
    let on = On::messages(&[(0, 10), (1, 11), (0, 12), (1, 13)]).await;
    let by_offset = [("QueryType", "byOffset"), ("Partition", "0"), ("Offset", "1")];
    assert_eq!(values(&on.found(&by_offset).await), ["0 at 12"]);
    let by_time = [("QueryType", "byTimestamp"), ("BeginTime", "11")];
    assert_eq!(values(&on.found(&by_time).await), ["1 at 11", "0 at 12", "1 at 13"]);
    let of_one = [&by_time[..], &[("Partition", "1")]].concat();
    assert_eq!(values(&on.found(&of_one).await), ["1 at 11", "1 at 13"]);
    let late = [("QueryType", "byTimestamp"), ("BeginTime", "14")];
    assert_eq!(on.found(&late).await, json!([]));
    for _ in 0..20 {
        on.message(1, b"many", 20);
    }
    let many = [("QueryType", "byTimestamp"), ("BeginTime", "20")];
    assert_eq!(on.found(&many).await.as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn what_is_shown_of_a_message_is_a_kilobyte() {
    let on = On::messages(&[]).await;
    on.message(0, &[b'x'; 1_024], 10);
    on.message(0, format!("{}款", "x".repeat(1_023)).as_bytes(), 11);
    let messages = on.found(&[("QueryType", "byOffset"), ("Partition", "0"), ("Offset", "0")]).await;
    let shown = |index: usize| {
        let message = &messages[index];
        let names = ["SerializedValueSize", "ValueTruncated", "TruncatedValueSize", "KeyTruncated"];
        (message["Value"].as_str().unwrap().len(), json!(names.map(|name| message[name].clone())))
    };
    assert_eq!(shown(0), (1_024, json!([1_024, false, 0, false])));
    assert_eq!(shown(1), (1_023, json!([1_026, true, 1_023, false])), "between two characters");
    assert_eq!((&messages[1]["Key"], &messages[1]["SerializedKeySize"]), (&json!("1"), &json!(1)));
}

#[tokio::test]
async fn a_query_says_by_what() {
    let on = On::messages(&[(0, 10)]).await;
    let query = async |more: &[(&str, &str)], expected| {
        on.refused("QueryMessage", &[&[("Topic", "orders")], more].concat(), expected).await;
    };
    let by_offset = ("QueryType", "byOffset");
    query(&[by_offset, ("Offset", "0")], (400, "MissingPartition")).await;
    query(&[by_offset, ("Partition", "0")], (400, "MissingOffset")).await;
    query(&[("QueryType", "byTimestamp")], (400, "MissingBeginTime")).await;
    query(&[by_offset, ("Partition", "0"), ("Offset", "-1")], FIELD).await;
    query(&[by_offset, ("Partition", "2"), ("Offset", "0")], FIELD).await;
    query(&[("QueryType", "byTimestamp"), ("BeginTime", "0"), ("Partition", "2")], FIELD).await;
    let missing = [("Topic", "missing"), by_offset, ("Partition", "0"), ("Offset", "0")];
    on.refused("QueryMessage", &missing, NO_TOPIC).await;
}

#[tokio::test]
async fn a_group_goes_on_where_it_is_told_to() {
    let on = On::messages(&[(0, 10), (1, 11), (0, 12), (1, 13)]).await;
    on.ok("CreateConsumerGroup", &[("ConsumerId", "readers")]).await;
    for (more, expected) in [
        (&[("Time", "-1")][..], [2, 2]),
        // As the vendor's older Go client writes what it was not given, and numbers.
        (&[("Time", "-2"), ("Offsets", "null")], [0, 0]),
        (&[("ResetType", "offset"), ("Offsets", r#"[{"Partition":"1","Offset":"2"}]"#)], [0, 2]),
        (&[("ResetType", "timestamp"), ("Time", "-2")], [0, 0]),
        (&[("Time", "12")], [1, 1]),
        (&[("Time", "13")], [2, 1]),
        (&[("ResetType", "offset"), ("Offsets", r#"[{"Partition":0,"Offset":1}]"#)], [1, 1]),
        (
            &[
                ("ResetType", "offset"),
                ("Offsets.1.Partition", "1"),
                ("Offsets.1.Offset", "2"),
                ("Offsets.2.Partition", "0"),
                ("Offsets.2.Offset", "0"),
            ],
            [0, 2],
        ),
    ] {
        on.ok("UpdateConsumerOffset", &[&[("ConsumerId", "readers"), ("Topic", "orders")], more].concat())
            .await;
        assert_eq!(on.committed().await, expected.map(Some), "{more:?}");
    }
    // Every topic in which it has committed; clients send the empty text for that.
    on.ok("UpdateConsumerOffset", &[("ConsumerId", "readers"), ("Topic", ""), ("Time", "-1")]).await;
    assert_eq!(on.committed().await, [Some(2), Some(2)]);
    let progress = on.ok("GetConsumerProgress", &[("ConsumerId", "readers")]).await;
    assert_eq!(progress["ConsumerProgress"]["TotalDiff"], 0);
}

#[tokio::test]
async fn what_cannot_be_reset_stays() {
    let on = On::messages(&[(0, 10), (0, 12)]).await;
    on.world.engine.commit(&instance_id(&on.id), "readers", "orders", 0, 1, 0);
    let refused = async |more: &[(&str, &str)], expected| {
        let parameters = [&[("ConsumerId", "readers"), ("Topic", "orders")], more].concat();
        on.refused("UpdateConsumerOffset", &parameters, expected).await;
    };
    refused(&[], (400, "MissingTime")).await;
    refused(&[("Time", "-3")], FIELD).await;
    refused(&[("ResetType", "offset")], (400, "MissingOffsets")).await;
    refused(&[("ResetType", "offset"), ("Offsets", "null")], (400, "MissingOffsets")).await;
    for offsets in [
        r#"[{"Partition":0,"Offset":3}]"#,
        r#"[{"Partition":0,"Offset":-1}]"#,
        r#"[{"Partition":2,"Offset":0}]"#,
        r#"[{"Partition":-1,"Offset":0}]"#,
        r#"[{"Partition":0,"Offset":0},{"Partition":0,"Offset":0}]"#,
    ] {
        refused(&[("ResetType", "offset"), ("Offsets", offsets)], FIELD).await;
    }
    let half = r#"[{"Partition":0}]"#;
    refused(&[("ResetType", "offset"), ("Offsets", half)], (400, "InvalidOffsets")).await;
    let word = r#"[{"Partition":0,"Offset":"end"}]"#;
    refused(&[("ResetType", "offset"), ("Offsets", word)], (400, "InvalidOffsets")).await;
    let everywhere =
        [("ConsumerId", "readers"), ("ResetType", "offset"), ("Offsets", r#"[{"Partition":0,"Offset":0}]"#)];
    on.refused("UpdateConsumerOffset", &everywhere, (400, "MissingTopic")).await;
    let unknown = [("ConsumerId", "nobody"), ("Topic", "orders"), ("Time", "-1")];
    on.refused("UpdateConsumerOffset", &unknown, (404, "BIZ_SUBSCRIPTION_NOT_FOUND")).await;
    let missing = [("ConsumerId", "readers"), ("Topic", "missing"), ("Time", "-1")];
    on.refused("UpdateConsumerOffset", &missing, NO_TOPIC).await;
    on.world.engine.members(&instance_id(&on.id), "readers", 1);
    refused(&[("Time", "-1")], (400, "BIZ_INSTANCE_STATUS_ERROR")).await;
    assert_eq!(on.committed().await, [Some(1), None]);
}

#[tokio::test]
async fn progress_names_who_reads_a_partition() {
    let on = On::messages(&[(0, 10), (0, 12), (1, 13)]).await;
    let id = instance_id(&on.id);
    on.world.engine.commit(&id, "readers", "orders", 0, 1, 10);
    on.world.engine.commit(&id, "readers", "orders", 1, 1, 13);
    let group = [("ConsumerId", "readers")];
    let progress = async || on.ok("GetConsumerProgress", &group).await["ConsumerProgress"].clone();
    let idle = progress().await;
    assert_eq!(
        (&idle["state"], &idle["RebalanceInfoList"]),
        (&json!("EMPTY"), &json!({"RebalanceInfoList": []}))
    );

    let member = GroupMember {
        id: "m-1".into(),
        client_id: "c".into(),
        address: "10.0.0.7".into(),
        assigned: vec![(TopicName::new("orders"), 1), (TopicName::new("other"), 0)],
    };
    let rebalance = |generation| Rebalance {
        generation,
        began_ms: 1_000,
        took_ms: 12,
        cause: "Adding new member m-1".into(),
        has_members: true,
    };
    let rebalances = vec![rebalance(2), rebalance(1)];
    let activity = GroupActivity { stage: GroupStage::Stable, members: vec![member], rebalances };
    on.world.engine.activity(&id, "readers", activity);
    let busy = progress().await;
    assert_eq!(busy["state"], "STABLE");
    let offsets = &busy["TopicList"]["TopicList"][0]["OffsetList"]["OffsetList"];
    let shown = |index: usize| {
        ["Accumulate", "MemberId", "ClientId", "ClientIp"].map(|name| offsets[index][name].clone())
    };
    assert_eq!(shown(0), [json!(1), json!(""), json!(""), json!("")]);
    assert_eq!(shown(1), [json!(0), json!("m-1"), json!("c"), json!("10.0.0.7")]);
    let listed = on.ok("ListRebalanceInfo", &group).await["Data"]["RebalanceInfoList"].clone();
    assert_eq!(listed, busy["RebalanceInfoList"]["RebalanceInfoList"], "the newest first");
    let expected = json!({
        "GroupId": "readers",
        "Generation": 2,
        "LastRebalanceTimestamp": 1_000,
        "RebalanceTimeConsuming": 12,
        "RebalanceSuccess": true,
        "Reason": "Adding new member m-1",
    });
    assert_eq!(listed[0], expected);
    on.refused("ListRebalanceInfo", &[("ConsumerId", "nobody")], (404, "BIZ_SUBSCRIPTION_NOT_FOUND")).await;
    for (stage, state) in [
        (GroupStage::Empty, "EMPTY"),
        (GroupStage::Gathering, "PREPARING_REBALANCE"),
        (GroupStage::Assigning, "COMPLETING_REBALANCE"),
        (GroupStage::Reconciling, "RECONCILING"),
        (GroupStage::Ending, "DEAD"),
    ] {
        on.world.engine.activity(&id, "readers", GroupActivity { stage, ..GroupActivity::default() });
        assert_eq!(progress().await["state"], state);
    }
}

#[tokio::test]
async fn clients_are_shown_by_what_they_asked_about_and_when() {
    let on = On::messages(&[]).await;
    let id = instance_id(&on.id);
    on.world.engine.commit(&id, "readers", "orders", 0, 0, 0);
    let now = on.world.clock.now_ms();
    let hour = 3_600_000;
    let seen = |subject: ClientSubject, at_ms: i64, request: &str| {
        let clients =
            SeenClients { request: request.into(), clients: vec![("10.0.0.7".parse().unwrap(), 2)] };
        on.world.engine.client(&id, subject, at_ms, clients);
    };
    seen(ClientSubject::Instance, now, "ApiVersions");
    seen(ClientSubject::Topic(TopicName::new("orders")), now, "Produce");
    seen(ClientSubject::Group(GroupName::new("readers")), now + hour, "OffsetCommit");
    seen(ClientSubject::Group(GroupName::new("readers")), now + hour + 1, "Heartbeat");
    let found = async |more: &[(&str, &str)], from: i64, to: i64| {
        let (from, to) = (from.to_string(), to.to_string());
        let times = [("StartTime", from.as_str()), ("EndTime", to.as_str())];
        on.ok("GetKafkaClientIp", &[more, &times].concat()).await["Data"].clone()
    };
    let names = |data: &Json| {
        let requests = data["Data"]["Data"].as_array().unwrap().iter();
        requests.map(|request| request["Name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let by_instance = [("Type", "byInstance")];
    let data = found(&by_instance, now, now).await;
    assert_eq!(names(&data), ["API_VERSIONS"]);
    assert_eq!(data["Data"]["Data"][0]["Data"], json!({"Data": [{"Ip": "10.0.0.7", "Num": 2}]}));
    assert!(names(&found(&by_instance, now + 1, now + 9).await).is_empty());
    let by_topic = [("Type", "byTopic"), ("Topic", "orders")];
    assert_eq!(names(&found(&by_topic, now, now).await), ["PRODUCE"]);
    // An hour counts, whatever was asked for, and no more than a week ago.
    let by_group = [("Type", "byGroup"), ("Group", "readers")];
    assert_eq!(names(&found(&by_group, now, now + 9 * hour).await), ["OFFSET_COMMIT"]);
    let data = found(&by_group, 0, now).await;
    let week_ago = now - 7 * 24 * hour;
    assert_eq!((&data["StartDate"], &data["EndDate"]), (&json!(week_ago), &json!(week_ago + hour)));

    let refused = async |more: &[(&str, &str)], expected| {
        let at = now.to_string();
        let times = [("StartTime", at.as_str()), ("EndTime", &at)];
        on.refused("GetKafkaClientIp", &[&times[..], more].concat(), expected).await;
    };
    refused(&[("Type", "byTopic")], (400, "MissingTopic")).await;
    refused(&[("Type", "byGroup")], (400, "MissingGroup")).await;
    refused(&[("Type", "byTopic"), ("Topic", "missing")], NO_TOPIC).await;
    refused(&[("Type", "byGroup"), ("Group", "nobody")], (404, "BIZ_SUBSCRIPTION_NOT_FOUND")).await;
    // What ends before it begins is nothing, also when the week has moved its beginning.
    for (from, to) in [(now, now - 1), (5, 4), (5, 5), (0, week_ago - 1)] {
        let (from, to) = (from.to_string(), to.to_string());
        let times = [("Type", "byInstance"), ("StartTime", &from), ("EndTime", &to)];
        on.refused("GetKafkaClientIp", &times, FIELD).await;
    }
    let data = found(&by_instance, 0, week_ago).await;
    assert_eq!((&data["StartDate"], &data["EndDate"]), (&json!(week_ago), &json!(week_ago)));
}
