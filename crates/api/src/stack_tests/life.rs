//! The life of an instance, as Terraform and the SDKs live it.

use serde_json::json;

use super::world::{World, instance_id};

#[tokio::test]
async fn order_start_use_release_delete() {
    let world = World::open().await;
    let id = world.ordered(&[]).await;
    assert!(id.starts_with("alikafka_post-cn-") && id.len() == "alikafka_post-cn-".len() + 12, "{id}");
    let ordered = world.instance(&id).await;
    assert_eq!((&ordered["ServiceStatus"], &ordered["Name"]), (&json!(0), &json!(id)));
    assert_eq!(ordered["EndPoint"], "");
    assert_eq!(ordered["UpgradeServiceDetailInfo"]["Current2OpenSourceVersion"], "");

    let region = ("RegionId", "cn-hangzhou");
    let at = [region, ("InstanceId", id.as_str())];
    let with = |more: &[(&'static str, &'static str)]| [&at[..], more].concat();
    world.refused("GetTopicList", &at, (400, "BIZ_INSTANCE_STATUS_ERROR")).await;
    world.ok("StartInstance", &with(&[("VpcId", "vpc-1"), ("VSwitchId", "vsw-1")])).await;
    world.until_status(&id, 5).await;
    let running = world.instance(&id).await;
    assert_eq!(running["EndPoint"], "127.0.0.1:9092");
    assert_eq!(running["DomainEndpoint"], "localhost:9092");
    assert_eq!(running["ViewInstanceStatusCode"], 2);
    let again = with(&[("VpcId", "vpc-1"), ("VSwitchId", "vsw-1")]);
    world.refused("StartInstance", &again, (400, "BIZ_INSTANCE_STATUS_ERROR")).await;

    let topic = with(&[("Topic", "orders"), ("Remark", "test"), ("PartitionNum", "3")]);
    assert_eq!(world.ok("CreateTopic", &topic).await["Message"], "operation success");
    world.refused("CreateTopic", &topic, (400, "BIZ_TOPIC_EXISTED")).await;
    let group = with(&[("ConsumerId", "billing")]);
    world.ok("CreateConsumerGroup", &group).await;
    world.refused("CreateConsumerGroup", &group, (400, "BIZ_SUBSCRIPTION_EXISTED")).await;

    let engine_id = instance_id(&id);
    world.engine.produce(&engine_id, "orders", 0, 76, 1_566_470_063_547);
    world.engine.produce(&engine_id, "orders", 2, 4, 1_566_470_063_575);
    world.engine.commit(&engine_id, "billing", "orders", 0, 70, 1_566_470_000_000);
    let status = world.ok("GetTopicStatus", &with(&[("Topic", "orders")])).await;
    assert_eq!(status["TopicStatus"]["TotalCount"], 80);
    assert_eq!(status["TopicStatus"]["LastTimeStamp"], 1_566_470_063_575_i64);
    assert_eq!(status["TopicStatus"]["OffsetTable"]["OffsetTable"].as_array().unwrap().len(), 3);
    let progress = world.ok("GetConsumerProgress", &group).await;
    assert_eq!(progress["ConsumerProgress"]["TotalDiff"], 6);
    assert_eq!(progress["ConsumerProgress"]["LastTimestamp"], 1_566_470_000_000_i64);
    let hidden = with(&[("ConsumerId", "billing"), ("HideLastTimestamp", "True")]);
    let hidden = world.ok("GetConsumerProgress", &hidden).await;
    let topics = &hidden["ConsumerProgress"]["TopicList"]["TopicList"];
    assert_eq!(hidden["ConsumerProgress"]["LastTimestamp"], -1);
    assert_eq!(topics[0]["LastTimestamp"], -1);
    assert_eq!(topics[0]["OffsetList"]["OffsetList"][0]["LastTimestamp"], -1);

    let used = world.instance(&id).await;
    let counts = ["UsedTopicCount", "UsedPartitionCount", "UsedGroupCount"].map(|name| used[name].clone());
    assert_eq!(counts, [json!(1), json!(3), json!(1)]);

    // A group that someone is reading with stays.
    world.engine.members(&engine_id, "billing", 1);
    world.refused("DeleteConsumerGroup", &group, (400, "BIZ_INSTANCE_STATUS_ERROR")).await;
    world.engine.members(&engine_id, "billing", 0);

    world.refused("ReleaseInstance", &at, (400, "BIZ_INSTANCE_STATUS_ERROR")).await;
    world.refused("DeleteInstance", &at, (400, "BIZ_INSTANCE_STATUS_ERROR")).await;
    world.ok("DeleteConsumerGroup", &group).await;
    world.refused("DeleteConsumerGroup", &group, (404, "BIZ_SUBSCRIPTION_NOT_FOUND")).await;
    world.refused("GetConsumerProgress", &group, (404, "BIZ_SUBSCRIPTION_NOT_FOUND")).await;
    world.ok("DeleteTopic", &with(&[("Topic", "orders")])).await;
    world.refused("DeleteTopic", &with(&[("Topic", "orders")]), (404, "BIZ_TOPIC_NOT_FOUND")).await;
    world.refused("GetTopicStatus", &with(&[("Topic", "orders")]), (404, "BIZ_TOPIC_NOT_FOUND")).await;

    world.ok("ReleaseInstance", &at).await;
    world.until_status(&id, 15).await;
    assert_eq!(world.instance(&id).await["ViewInstanceStatusCode"], 6);
    world.ok("ReleaseInstance", &at).await;
    world.ok("DeleteInstance", &at).await;
    assert_eq!(world.instance(&id).await, json!(null));
    world.refused("DeleteInstance", &at, (404, "BIZ.INSTANCE.NOT.FOUND")).await;
}

#[tokio::test]
async fn a_forced_release_stays_visible_until_deleted() {
    let world = World::open().await;
    let id = world.running(&[]).await;
    let at = [("RegionId", "cn-hangzhou"), ("InstanceId", id.as_str())];
    world.ok("CreateTopic", &[at[0], at[1], ("Topic", "orders"), ("Remark", "test")]).await;
    world.ok("ReleaseInstance", &[at[0], at[1], ("ForceDeleteInstance", "true")]).await;
    world.until_status(&id, 15).await;
    assert_eq!(world.instance(&id).await["EndPoint"], "");
    world.ok("DeleteInstance", &at).await;
    assert_eq!(world.instance(&id).await, json!(null));
}

#[tokio::test]
async fn an_instance_is_found_in_its_own_region_alone() {
    let world = World::open().await;
    let id = world.running(&[]).await;
    let there = [("RegionId", "cn-shanghai"), ("InstanceId", id.as_str())];
    world.refused("GetTopicList", &there, (404, "BIZ.INSTANCE.NOT.FOUND")).await;
    world.refused("DeleteInstance", &there, (404, "BIZ.INSTANCE.NOT.FOUND")).await;
    let listed = world.ok("GetInstanceList", &[("RegionId", "cn-shanghai")]).await;
    assert_eq!(listed["InstanceList"]["InstanceVO"], json!([]));
    // Without a region the id decides.
    world
        .ok("CreateTopic", &[("RegionId", "cn-hangzhou"), there[1], ("Topic", "abc"), ("Remark", "abc")])
        .await;
    let topics = world.ok("GetTopicList", &[there[1]]).await;
    assert_eq!(topics["TopicList"]["TopicVO"][0]["RegionId"], "cn-hangzhou");
    world.ok("GetTopicStatus", &[there[1], ("Topic", "abc")]).await;
}

#[tokio::test]
async fn ports_of_somebody_else_are_passed_over_and_the_endpoint_is_true() {
    let world = World::open().await;
    let id = world.ordered(&[]).await;
    world.engine.port_take(9_092);
    let start =
        [("RegionId", "cn-hangzhou"), ("InstanceId", &id), ("VpcId", "vpc-1"), ("VSwitchId", "vsw-1")];
    world.ok("StartInstance", &start).await;
    // Control takes the next block of ports instead of failing, and the endpoint says which.
    world.until_status(&id, 5).await;
    assert_eq!(world.instance(&id).await["EndPoint"], "127.0.0.1:9102");
}

#[tokio::test]
async fn an_instance_is_switched_off_and_on() {
    let world = World::open().await;
    let id = world.running(&[]).await;
    let at = [("RegionId", "cn-hangzhou"), ("InstanceId", id.as_str())];
    world.ok("CreateTopic", &[at[0], at[1], ("Topic", "orders"), ("Remark", "test")]).await;
    let shown = async || {
        let instance = world.instance(&id).await;
        ["ServiceStatus", "ViewInstanceStatusCode", "EndPoint"].map(|name| instance[name].clone())
    };
    let on = [json!(5), json!(2), json!("127.0.0.1:9092")];
    let off = [json!(15), json!(3), json!("")];
    assert_eq!(shown().await, on);
    world.refused("ReopenInstance", &at, (400, "BIZ_INSTANCE_STATUS_ERROR")).await;
    world.ok("StopInstance", &at).await;
    assert_eq!(shown().await, off);
    for action in ["StopInstance", "DeleteInstance", "GetTopicList", "ReleaseInstance"] {
        world.refused(action, &at, (400, "BIZ_INSTANCE_STATUS_ERROR")).await;
    }
    assert_eq!(shown().await, off);
    world.ok("ReopenInstance", &at).await;
    assert_eq!(shown().await, on);
    assert_eq!(world.ok("GetTopicList", &at).await["Total"], 1);

    let order =
        [("TopicQuota", "50"), ("DiskType", "1"), ("DiskSize", "900"), ("DeployType", "5"), ("IoMax", "20")];
    let order_id = world.ok("CreatePrePayOrder", &[&at[..1], &order].concat()).await["OrderId"].clone();
    let filter = [at[0], ("OrderId", order_id.as_str().unwrap())];
    let listed = world.ok("GetInstanceList", &filter).await;
    let paid = listed["InstanceList"]["InstanceVO"][0]["InstanceId"].as_str().unwrap();
    for action in ["StopInstance", "ReopenInstance"] {
        let refusal = (400, "INVALID_PARAMETER_NOT_SUPPORT");
        world.refused(action, &[at[0], ("InstanceId", paid)], refusal).await;
    }
}
