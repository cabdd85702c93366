//! Rules of orders, names, terms and quotas of instances.

use serde_json::{Value as Json, json};

use super::world::World;

const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");
/// A month of thirty days, for the world's clock stands in June.
const JUNE_24_TO_JULY_24_MS: i64 = 30 * 24 * 3_600_000;

fn of<'a>(id: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[REGION, ("InstanceId", id)], more].concat()
}

async fn bought_for_a_term(world: &World, changes: &[(&str, &str)]) -> Json {
    let order = [
        REGION,
        ("TopicQuota", "50"),
        ("DiskType", "1"),
        ("DiskSize", "900"),
        ("DeployType", "5"),
        ("IoMax", "20"),
    ];
    let reply = world.ok("CreatePrePayOrder", &[&order, changes].concat()).await;
    let order_id = reply["OrderId"].as_str().unwrap();
    let listed = world.ok("GetInstanceList", &[REGION, ("OrderId", order_id)]).await;
    listed["InstanceList"]["InstanceVO"][0].clone()
}

#[tokio::test]
async fn an_instance_bought_for_a_term_ends_with_it() {
    let world = World::open().await;
    let instance = bought_for_a_term(&world, &[]).await;
    assert!(instance["InstanceId"].as_str().unwrap().starts_with("alikafka_pre-cn-"));
    assert_eq!((&instance["PaidType"], &instance["ServiceStatus"]), (&json!(0), &json!(0)));
    let paid_ms = |instance: &Json| {
        instance["ExpiredTime"].as_i64().unwrap() - instance["CreateTime"].as_i64().unwrap()
    };
    assert_eq!(paid_ms(&instance), JUNE_24_TO_JULY_24_MS);
    let year = bought_for_a_term(&world, &[("Duration", "12")]).await;
    assert_eq!(paid_ms(&year), 365 * 24 * 3_600_000);
    for duration in ["0", "13", "25", "37", "-1"] {
        let order = [REGION, ("TopicQuota", "50"), ("DiskType", "1"), ("DiskSize", "900")];
        let more = [("DeployType", "5"), ("IoMax", "20"), ("Duration", duration)];
        world
            .refused("CreatePrePayOrder", &[&order[..], &more].concat(), (400, "BIZ_FIELD_CHECK_INVALID"))
            .await;
    }
}

#[tokio::test]
async fn an_instance_bought_for_a_term_is_not_released() {
    let world = World::open().await;
    let instance = bought_for_a_term(&world, &[]).await;
    let id = instance["InstanceId"].as_str().unwrap();
    world.ok("StartInstance", &of(id, &[("VpcId", "vpc-1"), ("VSwitchId", "vsw-1")])).await;
    world.until_status(id, 5).await;
    let force = of(id, &[("ForceDeleteInstance", "true")]);
    world.refused("ReleaseInstance", &force, (400, "INVALID_PARAMETER_NOT_SUPPORT")).await;
    assert_eq!(world.instance(id).await["ServiceStatus"], 5);
}

#[tokio::test]
async fn a_term_can_be_bought_once_for_a_running_instance() {
    let world = World::open().await;
    let ordered = world.ordered(&[]).await;
    world.refused("ConvertPostPayOrder", &of(&ordered, &[]), (400, "BIZ_INSTANCE_STATUS_ERROR")).await;
    let id = world.running(&[]).await;
    let before = world.instance(&id).await;
    assert_eq!(before["PaidType"], 1);
    let reply = world.ok("ConvertPostPayOrder", &of(&id, &[])).await;
    let order_id = reply["OrderId"].as_str().unwrap();
    assert!(order_id.len() == 15 && order_id.bytes().all(|digit| digit.is_ascii_digit()), "{order_id}");
    let mut after = world.instance(&id).await;
    assert_eq!(after["PaidType"], 0);
    let now_ms = world.clock.now_ms();
    assert_eq!(after["ExpiredTime"].as_i64().unwrap(), now_ms + JUNE_24_TO_JULY_24_MS);
    // Nothing else has changed, the id least of all.
    after["PaidType"] = before["PaidType"].clone();
    after["ExpiredTime"] = before["ExpiredTime"].clone();
    assert_eq!(after, before);
    world.refused("ConvertPostPayOrder", &of(&id, &[]), (400, "INVALID_PARAMETER_NOT_SUPPORT")).await;
}

#[tokio::test]
async fn a_name_is_cut_and_belongs_to_one_instance_of_the_region() {
    let world = World::open().await;
    let (id, other) = (world.running(&[]).await, world.ordered(&[]).await);
    let long = "n".repeat(70);
    world.ok("ModifyInstanceName", &of(&id, &[("InstanceName", &long)])).await;
    assert_eq!(world.instance(&id).await["Name"], "n".repeat(64));
    // Its own name once more is no conflict; for another instance it is, also before it is cut.
    world.ok("ModifyInstanceName", &of(&id, &[("InstanceName", &long[..64])])).await;
    let taken = of(&other, &[("InstanceName", &long)]);
    world.refused("ModifyInstanceName", &taken, (400, "INVALID_PARAMETER_DATA_ALREADY_EXIST")).await;
    for bad in ["ab", "with space", "名字名字"] {
        let parameters = of(&other, &[("InstanceName", bad)]);
        world.refused("ModifyInstanceName", &parameters, (400, "BIZ_FIELD_CHECK_INVALID")).await;
    }
    assert_eq!(world.instance(&other).await["Name"], other.as_str());
    // A deployment under the same name is refused too.
    let start = of(&other, &[("VpcId", "vpc-1"), ("VSwitchId", "vsw-1"), ("Name", &long)]);
    world.refused("StartInstance", &start, (400, "INVALID_PARAMETER_DATA_ALREADY_EXIST")).await;
}

#[tokio::test]
async fn all_ids_are_listed_whatever_region_is_named() {
    let world = World::open().await;
    assert_eq!(world.ok("GetAllInstanceIdList", &[("RegionId", "anywhere")]).await["InstanceIds"], json!({}));
    let id = world.ordered(&[]).await;
    let listed = world.ok("GetAllInstanceIdList", &[("RegionId", "anywhere")]).await;
    assert_eq!(listed["InstanceIds"], json!({ "cn-hangzhou": [id] }));
}

#[tokio::test]
async fn quotas_follow_what_was_bought_and_what_is_used() {
    let world = World::open().await;
    let id = world.running(&[("SpecType", "professional")]).await;
    let topic = [("Topic", "orders"), ("Remark", "test"), ("PartitionNum", "6")];
    world.ok("CreateTopic", &of(&id, &topic)).await;
    world.ok("CreateConsumerGroup", &of(&id, &[("ConsumerId", "readers")])).await;
    let quota = world.ok("GetQuotaTip", &of(&id, &[])).await;
    assert_eq!(
        quota["QuotaData"],
        json!({
            "TopicQuota": 1000, "TopicNumOfBuy": 50, "TopicUsed": 1, "TopicLeft": 99,
            "PartitionQuota": 1100, "PartitionNumOfBuy": 0, "PartitionUsed": 6, "PartitionLeft": 1094,
            "GroupUsed": 1, "GroupLeft": 99, "IsPartitionBuy": 0,
        })
    );
    // In every state: Terraform looks at an instance before it was deployed, too.
    let by_partition = world.ordered(&[("PartitionNum", "50")]).await;
    let quota = world.ok("GetQuotaTip", &of(&by_partition, &[])).await;
    assert_eq!(
        quota["QuotaData"],
        json!({
            "TopicQuota": 1050, "TopicNumOfBuy": 1050, "TopicUsed": 0, "TopicLeft": 1050,
            "PartitionQuota": 1050, "PartitionNumOfBuy": 50, "PartitionUsed": 0, "PartitionLeft": 1050,
            "GroupUsed": 0, "GroupLeft": 2100, "IsPartitionBuy": 1,
        })
    );
}

#[tokio::test]
async fn a_configuration_is_raised_and_shown_at_once() {
    let world = World::open().await;
    let id = world.running(&[]).await;
    // As Terraform asks for more disk: never a topic quota, always the public network and the partitions.
    let terraform = [("PartitionNum", "0"), ("SpecType", "normal"), ("EipModel", "false"), ("EipMax", "0")];
    let raise = of(&id, &[&terraform[..], &[("DiskSize", "800"), ("IoMax", "30")]].concat());
    for _ in 0..2 {
        // The same once more changes nothing.
        world.ok("UpgradePostPayOrder", &raise).await;
        let instance = world.instance(&id).await;
        let shown =
            ["DiskSize", "IoMax", "IoMaxSpec", "DeployType", "ServiceStatus"].map(|name| &instance[name]);
        assert_eq!(shown, [&json!(800), &json!(30), &json!("alikafka.hw.3xlarge"), &json!(5), &json!(5)]);
    }
    let public = of(&id, &[("DiskSize", "800"), ("EipModel", "true"), ("EipMax", "10")]);
    assert_eq!(world.instance(&id).await["SslEndPoint"], "");
    world.ok("UpgradePostPayOrder", &public).await;
    let instance = world.instance(&id).await;
    assert_eq!((&instance["DeployType"], &instance["EipMax"]), (&json!(4), &json!(10)));
    assert_eq!(instance["SslEndPoint"], "127.0.0.1:9093");
    for (change, code) in [
        (vec![("DiskSize", "700")], "BIZ_FIELD_CHECK_INVALID"),
        (vec![("DiskSize", "800"), ("IoMax", "20")], "BIZ_FIELD_CHECK_INVALID"),
        (vec![("DiskSize", "800"), ("EipModel", "false"), ("EipMax", "0")], "INVALID_PARAMETER_NOT_SUPPORT"),
        (vec![("DiskSize", "")], "MissingDiskSize"),
    ] {
        world.refused("UpgradePostPayOrder", &of(&id, &change), (400, code)).await;
        assert_eq!(world.instance(&id).await, instance, "{change:?} changed something");
    }
    let other_way = of(&id, &[("DiskSize", "900")]);
    world.refused("UpgradePrePayOrder", &other_way, (400, "INVALID_PARAMETER_NOT_SUPPORT")).await;
    let ordered = world.ordered(&[]).await;
    let early = of(&ordered, &[("DiskSize", "900")]);
    world.refused("UpgradePostPayOrder", &early, (400, "BIZ_INSTANCE_STATUS_ERROR")).await;
}

#[tokio::test]
async fn a_version_goes_up_only() {
    let world = World::open().await;
    let id = world.ordered(&[]).await;
    let target = |version| of(&id, &[("TargetVersion", version)]);
    world.refused("UpgradeInstanceVersion", &target("2.2.0"), (400, "BIZ_INSTANCE_STATUS_ERROR")).await;
    let start = of(&id, &[("VpcId", "vpc-1"), ("VSwitchId", "vsw-1"), ("ServiceVersion", "0.10.2")]);
    world.ok("StartInstance", &start).await;
    world.until_status(&id, 5).await;
    world.refused("UpgradeInstanceVersion", &target("0.10.2"), (400, "ONS_INIT_ENV_ERROR")).await;
    world.ok("UpgradeInstanceVersion", &target("2.2.0")).await;
    let version = |instance: Json| instance["UpgradeServiceDetailInfo"]["Current2OpenSourceVersion"].clone();
    assert_eq!(version(world.instance(&id).await), "2.2.0");
    world.refused("UpgradeInstanceVersion", &target("0.10.2"), (400, "BIZ_FIELD_CHECK_INVALID")).await;
    world.refused("UpgradeInstanceVersion", &target("3.0.0"), (400, "BIZ_FIELD_CHECK_INVALID")).await;
    assert_eq!(version(world.instance(&id).await), "2.2.0");
}
