//! Orders that name what they bought, orders for less, and what is bought by reservation.

use serde_json::{Value as Json, json};

use super::world::World;

const UNSUPPORTED: &str = "INVALID_PARAMETER_NOT_SUPPORT";
const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");

fn of<'a>(id: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[REGION, ("InstanceId", id)], more].concat()
}

/// What is bought, with some parameters changed; an empty value takes one away.
fn order<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut order = vec![
        REGION,
        ("DeployType", "5"),
        ("DiskType", "1"),
        ("DiskSize", "1400"),
        ("IoMaxSpec", "alikafka.hw.6xlarge"),
        ("PartitionNum", "50"),
        ("SpecType", "professional"),
    ];
    order.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    order.extend(changes);
    order
}

#[tokio::test]
async fn an_order_that_names_its_instance() {
    let world = World::open().await;
    for (action, prefix, paid_type) in
        [("CreatePostPayInstance", "alikafka_post-cn-", 1), ("CreatePrePayInstance", "alikafka_pre-cn-", 0)]
    {
        let tagged = order(&[("Tag.1.Key", "team"), ("ResourceGroupId", "rg-1"), ("PaidType", "")]);
        let data = world.ok(action, &tagged).await["Data"].clone();
        let id = data["InstanceId"].as_str().unwrap();
        assert!(id.starts_with(prefix), "{id}");
        let by_order = data["OrderId"].as_u64().unwrap().to_string();
        let listed = world.ok("GetInstanceList", &[REGION, ("OrderId", &by_order)]).await;
        let instance = &listed["InstanceList"]["InstanceVO"][0];
        let shown = ["InstanceId", "PaidType", "IoMax", "DiskSize", "TopicNumLimit", "ResourceGroupId"]
            .map(|name| instance[name].clone());
        let expected = [json!(id), json!(paid_type), json!(60), json!(1400), json!(1050), json!("rg-1")];
        assert_eq!(shown, expected);
        assert_eq!(instance["Tags"]["TagVO"][0]["Key"], "team");
        let other = if paid_type == 1 { "3" } else { "4" };
        for (name, value, code) in [
            ("PartitionNum", "0", "BIZ_FIELD_CHECK_INVALID"),
            ("PartitionNum", "10001", "BIZ_FIELD_CHECK_INVALID"),
            ("IoMaxSpec", "alikafka.hw.7xlarge", "BIZ_FIELD_CHECK_INVALID"),
            ("DiskSize", "1300", "BIZ_FIELD_CHECK_INVALID"),
            ("DeployType", "4", "MissingEipMax"),
            ("PaidType", other, if paid_type == 1 { "MissingServerlessConfig" } else { UNSUPPORTED }),
            ("IoMaxSpec", "", "MissingIoMaxSpec"),
            ("PartitionNum", "", "MissingPartitionNum"),
            ("DiskSize", "", "MissingDiskSize"),
            ("DiskType", "", "MissingDiskType"),
        ] {
            world.refused(action, &order(&[(name, value)]), (400, code)).await;
        }
    }
    assert_eq!(
        world.ok("GetInstanceList", &[REGION]).await["InstanceList"]["InstanceVO"].as_array().unwrap().len(),
        2
    );
}

fn configuration(instance: &Json) -> [Json; 5] {
    ["DiskSize", "IoMax", "IoMaxSpec", "TopicNumLimit", "ServiceStatus"].map(|name| instance[name].clone())
}

#[tokio::test]
async fn a_configuration_is_lowered_as_far_as_what_it_holds_allows() {
    let world = World::open().await;
    let sizes = [("TopicQuota", "80"), ("DiskSize", "2000"), ("IoMax", "60")];
    let id = world.running(&sizes).await;
    for name in 0..51 {
        let topic = format!("topic-{name}");
        let create = [("Topic", topic.as_str()), ("Remark", "test"), ("PartitionNum", "1")];
        world.ok("CreateTopic", &of(&id, &create)).await;
    }
    let before = world.instance(&id).await;
    let less = of(&id, &[("DiskSize", "900"), ("TopicQuota", "50"), ("IoMax", "30")]);
    world.refused("DowngradePostPayOrder", &less, (400, "DATA_EXCEED_MAX_LIMIT")).await;
    let more = of(&id, &[("DiskSize", "2100")]);
    world.refused("DowngradePostPayOrder", &more, (400, "BIZ_FIELD_CHECK_INVALID")).await;
    world.refused("DowngradePrePayOrder", &less, (400, UNSUPPORTED)).await;
    assert_eq!(world.instance(&id).await, before);

    world.ok("DeleteTopic", &of(&id, &[("Topic", "topic-0")])).await;
    let expected = [json!(900), json!(30), json!("alikafka.hw.3xlarge"), json!(50), json!(5)];
    for _ in 0..2 {
        // The same once more changes nothing.
        world.ok("DowngradePostPayOrder", &less).await;
        assert_eq!(configuration(&world.instance(&id).await), expected);
    }
    let one_more = [("Topic", "one-more"), ("Remark", "test"), ("PartitionNum", "1")];
    world.refused("CreateTopic", &of(&id, &one_more), (400, "DATA_EXCEED_MAX_LIMIT")).await;

    world.ok("ConvertPostPayOrder", &of(&id, &[])).await;
    let smaller = of(&id, &[("DiskSize", "800")]);
    assert!(world.ok("DowngradePrePayOrder", &smaller).await["OrderId"].is_string());
    assert_eq!(world.instance(&id).await["DiskSize"], 800);
    world.refused("DowngradePostPayOrder", &smaller, (400, UNSUPPORTED)).await;
    let series = of(&id, &[("PaidType", "4")]);
    world.refused("DowngradePrePayOrder", &series, (400, UNSUPPORTED)).await;
    let ordered = world.ordered(&[]).await;
    let early = of(&ordered, &[("TopicQuota", "50")]);
    world.refused("DowngradePostPayOrder", &early, (400, "BIZ_INSTANCE_STATUS_ERROR")).await;
}

fn reserving(publish: u32, subscribe: u32) -> String {
    json!({ "ReservedPublishCapacity": publish, "ReservedSubscribeCapacity": subscribe }).to_string()
}

#[tokio::test]
async fn a_serverless_instance_lives_by_its_reservation() {
    let world = World::open().await;
    let first = reserving(60, 20);
    let bare = [REGION, ("DeployType", "5"), ("PaidType", "3"), ("SpecType", "basic")];
    let order = [&bare[..], &[("ServerlessConfig", &first)]].concat();
    let bought = world.ok("CreatePostPayInstance", &order).await["Data"].clone();
    let id = bought["InstanceId"].as_str().unwrap();
    assert!(id.starts_with("alikafka_serverless-cn-"), "{id}");
    assert!(world.ok("CreatePostPayOrder", &order).await["OrderId"].is_string());
    for action in ["CreatePostPayInstance", "CreatePostPayOrder"] {
        world.refused(action, &bare, (400, "MissingServerlessConfig")).await;
        let least = reserving(59, 20);
        let small = [&bare[..], &[("ServerlessConfig", &least)]].concat();
        world.refused(action, &small, (400, "BIZ_FIELD_CHECK_INVALID")).await;
        let unreadable = [&bare[..], &[("ServerlessConfig", "60")]].concat();
        world.refused(action, &unreadable, (400, "InvalidServerlessConfig")).await;
    }

    let network = [("VpcId", "vpc-1"), ("VSwitchId", "vsw-1")];
    let old = [&network[..], &[("ServiceVersion", "2.2.0")]].concat();
    world.refused("StartInstance", &of(id, &old), (400, "BIZ_FIELD_CHECK_INVALID")).await;
    let rules = [&network[..], &[("Config", "{\"enable.acl\":\"true\"}")]].concat();
    world.ok("StartInstance", &of(id, &rules)).await;
    world.until_status(id, 5).await;
    let shown = async || {
        let instance = world.instance(id).await;
        let names = ["PaidType", "Series", "SpecType", "DeployType", "TopicNumLimit", "EipMax"];
        let reserved = ["ReservedPublishCapacity", "ReservedSubscribeCapacity"];
        assert_eq!(instance["UpgradeServiceDetailInfo"]["Current2OpenSourceVersion"], "3.3.1");
        (names.map(|name| instance[name].clone()), reserved.map(|name| instance[name].as_u64().unwrap()))
    };
    let kind = |edition: &str, deploy: u8| {
        [json!(3), json!("v3"), json!(edition), json!(deploy), json!(1000), json!(0)]
    };
    assert_eq!(shown().await, (kind("basic", 5), [60, 20]));

    let more = reserving(100, 50);
    let raise = [("ServerlessConfig", &*more), ("SpecType", "normal"), ("EipModel", "true")];
    world.ok("UpgradePostPayOrder", &of(id, &raise)).await;
    assert_eq!(shown().await, (kind("normal", 4), [100, 50]));
    let small = of(id, &[("ServerlessConfig", &first)]);
    world.refused("UpgradePostPayOrder", &small, (400, "BIZ_FIELD_CHECK_INVALID")).await;
    let bare = of(id, &[("DiskSize", "500")]);
    world.refused("UpgradePostPayOrder", &bare, (400, "MissingServerlessConfig")).await;
    world.ok("DowngradePostPayOrder", &small).await;
    assert_eq!(shown().await, (kind("normal", 4), [60, 20]));
    let large = of(id, &[("ServerlessConfig", &more)]);
    world.refused("DowngradePostPayOrder", &large, (400, "BIZ_FIELD_CHECK_INVALID")).await;

    world.refused("ConvertPostPayOrder", &of(id, &[]), (400, UNSUPPORTED)).await;
    let version = |version| of(id, &[("TargetVersion", version)]);
    world.refused("UpgradeInstanceVersion", &version("3.3.1"), (400, "ONS_INIT_ENV_ERROR")).await;
    world.refused("UpgradeInstanceVersion", &version("2.6.2"), (400, "BIZ_FIELD_CHECK_INVALID")).await;
    world.ok("ReleaseInstance", &of(id, &[])).await;
    world.ok("DeleteInstance", &of(id, &[])).await;

    let series = |series| [REGION, ("Series", series)];
    let count = async |of| {
        world.ok("GetInstanceList", &series(of)).await["InstanceList"]["InstanceVO"].as_array().unwrap().len()
    };
    let bought = world.running(&[]).await;
    assert_eq!((count("v2").await, count("v3").await), (1, 1));
    // What was bought by specification reserves nothing.
    let reserve = of(&bought, &[("DiskSize", "500"), ("ServerlessConfig", &first)]);
    world.refused("UpgradePostPayOrder", &reserve, (400, UNSUPPORTED)).await;
    world.refused("DowngradePostPayOrder", &reserve, (400, UNSUPPORTED)).await;
    let version = of(&bought, &[("TargetVersion", "3.3.1")]);
    world.refused("UpgradeInstanceVersion", &version, (400, UNSUPPORTED)).await;
    world.refused("UpgradePostPayOrder", &of(&bought, &[]), (400, "MissingDiskSize")).await;
}
