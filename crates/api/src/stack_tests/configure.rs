//! Settings of an instance that change while it serves, and what shows of them.

use serde_json::{Value as Json, json};

use super::world::{World, instance_id};

fn of<'a>(id: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("RegionId", "cn-hangzhou"), ("InstanceId", id)], more].concat()
}

fn config(instance: &Json) -> Json {
    serde_json::from_str(instance["AllConfig"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_configuration_is_merged_shown_and_in_force() {
    let world = World::open().await;
    let id = world.running(&[("SpecType", "professional")]).await;
    let update = of(&id, &[("Config", r#"{"kafka.log.retention.hours":"33","num.partitions":6}"#)]);
    for _ in 0..2 {
        // The same once more changes nothing.
        world.ok("UpdateInstanceConfig", &update).await;
        let instance = world.instance(&id).await;
        assert_eq!((&instance["ServiceStatus"], &instance["MsgRetain"]), (&json!(5), &json!(33)));
        assert_eq!(
            config(&instance),
            json!({
                "enable.vpc_sasl_ssl": "false", "kafka.log.retention.hours": "33", "enable.acl": "false",
                "kafka.message.max.bytes": "1048576", "num.partitions": "6",
            })
        );
        let in_force = world.engine.settings(&instance_id(&id)).unwrap();
        assert_eq!((in_force.retention_hours, in_force.extra["num.partitions"].as_str()), (33, "6"));
    }
    let larger = of(&id, &[("Config", r#"{"message.max.bytes":10485760,"enable.acl":true}"#)]);
    world.ok("UpdateInstanceConfig", &larger).await;
    let shown = config(&world.instance(&id).await);
    let values =
        ["kafka.message.max.bytes", "enable.acl", "kafka.log.retention.hours"].map(|name| &shown[name]);
    assert_eq!(values, ["10485760", "true", "33"]);
    assert_eq!(world.engine.settings(&instance_id(&id)).unwrap().message_bytes_max, 10_485_760);
}

#[tokio::test]
async fn a_bad_configuration_changes_nothing() {
    let world = World::open().await;
    let id = world.running(&[]).await;
    let before = world.instance(&id).await;
    for (text, code) in [
        ("", "MissingConfig"),
        ("[]", "InvalidConfig"),
        ("{", "InvalidConfig"),
        (r#"{"kafka.log.retention.hours":null}"#, "InvalidConfig"),
        (r#"{"kafka.log.retention.hours":"23"}"#, "BIZ_FIELD_CHECK_INVALID"),
        (r#"{"kafka.log.retention.hours":"480","kafka.message.max.bytes":"1"}"#, "BIZ_FIELD_CHECK_INVALID"),
        (r#"{"no.such.key":"1"}"#, "BIZ_FIELD_CHECK_INVALID"),
        (r#"{"enable.vpc_sasl_ssl":"true"}"#, "BIZ_FIELD_CHECK_INVALID"),
        (r#"{"enable.acl":"true"}"#, "BIZ_CAN_NOT_ENABLE_ACL"),
    ] {
        world.refused("UpdateInstanceConfig", &of(&id, &[("Config", text)]), (400, code)).await;
        assert_eq!(world.instance(&id).await, before, "{text}");
    }
    assert_eq!(world.engine.calls("cluster_configure"), 0);
    // What is not served yet, or no longer, has no settings to change, and that comes before what they may be.
    let ordered = world.ordered(&[]).await;
    let update = [("Config", r#"{"enable.acl":"true"}"#)];
    world.refused("UpdateInstanceConfig", &of(&ordered, &update), (400, "BIZ_INSTANCE_STATUS_ERROR")).await;
}

#[tokio::test]
async fn automatic_topics_are_switched_and_shown() {
    let world = World::open().await;
    let id = world.running(&[]).await;
    let shown = async || {
        let instance = world.instance(&id).await;
        let in_force = world.engine.settings(&instance_id(&id)).unwrap().extra;
        let value = |name: &str| in_force.get(name).cloned().unwrap_or_default();
        let [enabled, partitions] =
            ["AutoCreateTopicEnable", "DefaultPartitionNum"].map(|name| instance[name].to_string());
        (enabled, partitions, value("auto.create.topics.enable"), value("num.partitions"))
    };
    let told = |enabled: &str, partitions: &str, engine: [&str; 2]| {
        (enabled.to_owned(), partitions.to_owned(), engine[0].to_owned(), engine[1].to_owned())
    };
    let action = "EnableAutoTopicCreation";
    assert_eq!(shown().await, told("false", "12", ["", ""]));
    world.ok(action, &of(&id, &[("Operate", "enable")])).await;
    assert_eq!(shown().await, told("true", "12", ["true", ""]));
    let terraform = [("Operate", "updatePartition"), ("UpdatePartition", "True"), ("PartitionNum", "20")];
    world.ok(action, &of(&id, &terraform)).await;
    world.ok(action, &of(&id, &[("UpdatePartition", "true"), ("PartitionNum", "24")])).await;
    assert_eq!(shown().await, told("true", "24", ["true", "24"]));
    // A number beside another wish is not looked at.
    world.ok(action, &of(&id, &[("Operate", "disable"), ("PartitionNum", "3")])).await;
    assert_eq!(shown().await, told("false", "24", ["false", "24"]));
    for (parameters, code) in [
        (vec![], "MissingOperate"),
        (vec![("UpdatePartition", "false")], "MissingOperate"),
        (vec![("Operate", "updatePartition")], "MissingPartitionNum"),
        (vec![("UpdatePartition", "true")], "MissingPartitionNum"),
        (vec![("Operate", "enable"), ("UpdatePartition", "true")], "BIZ_FIELD_CHECK_INVALID"),
        (vec![("Operate", "updatePartition"), ("PartitionNum", "361")], "BIZ_FIELD_CHECK_INVALID"),
    ] {
        world.refused(action, &of(&id, &parameters), (400, code)).await;
    }
    assert_eq!(shown().await, told("false", "24", ["false", "24"]));
    assert_eq!(
        config(&world.instance(&id).await).get("num.partitions"),
        None,
        "its owner did not set it there"
    );
    // Where its owner did, both say the same.
    world.ok("UpdateInstanceConfig", &of(&id, &[("Config", r#"{"num.partitions":"5"}"#)])).await;
    assert_eq!(shown().await, told("false", "5", ["false", "5"]));
    world.ok(action, &of(&id, &terraform)).await;
    assert_eq!(config(&world.instance(&id).await)["num.partitions"], "20");
}

#[tokio::test]
async fn automatic_groups_are_listed_when_they_are_wanted() {
    let world = World::open().await;
    let id = world.running(&[]).await;
    world.ok("CreateTopic", &of(&id, &[("Topic", "orders"), ("Remark", "test")])).await;
    world.engine.commit(&instance_id(&id), "readers", "orders", 0, 1, 1_000);
    let listed = async || {
        let groups = world.ok("GetConsumerList", &of(&id, &[])).await;
        groups["ConsumerList"]["ConsumerVO"].as_array().unwrap().len()
    };
    assert_eq!(listed().await, 0);
    for (enable, groups) in [("True", 1), ("false", 0)] {
        world.ok("EnableAutoGroupCreation", &of(&id, &[("Enable", enable)])).await;
        assert_eq!(world.instance(&id).await["AutoCreateGroupEnable"], groups == 1);
        assert_eq!(listed().await, groups);
    }
    let ordered = world.ordered(&[]).await;
    let enable = of(&ordered, &[("Enable", "true")]);
    world.refused("EnableAutoGroupCreation", &enable, (400, "BIZ_INSTANCE_STATUS_ERROR")).await;
}

#[tokio::test]
async fn a_resource_group_changes_in_every_state() {
    let world = World::open().await;
    let id = world.ordered(&[("ResourceGroupId", "rg-one")]).await;
    let to =
        |group| [("RegionId", "cn-hangzhou"), ("ResourceId", id.as_str()), ("NewResourceGroupId", group)];
    let reply = world.ok("ChangeResourceGroup", &to("rg-two")).await;
    assert_eq!((&reply["NewResourceGroupId"], &reply["Success"]), (&json!("rg-two"), &json!(1)));
    let in_group = async |group| {
        let filter = [("RegionId", "cn-hangzhou"), ("ResourceGroupId", group)];
        let listed = world.ok("GetInstanceList", &filter).await;
        listed["InstanceList"]["InstanceVO"].as_array().unwrap().len()
    };
    assert_eq!((in_group("rg-one").await, in_group("rg-two").await), (0, 1));
    world.ok("StartInstance", &of(&id, &[("VpcId", "vpc-1"), ("VSwitchId", "vsw-1")])).await;
    world.until_status(&id, 5).await;
    assert_eq!(world.instance(&id).await["ResourceGroupId"], "rg-two", "deployment keeps it");
    world.ok("ReleaseInstance", &of(&id, &[])).await;
    world.ok("ChangeResourceGroup", &to("rg-three")).await;
    assert_eq!(world.instance(&id).await["ResourceGroupId"], "rg-three");
    let unknown =
        [("RegionId", "cn-hangzhou"), ("ResourceId", "alikafka_post-cn-0"), ("NewResourceGroupId", "rg")];
    world.refused("ChangeResourceGroup", &unknown, (404, "BIZ.INSTANCE.NOT.FOUND")).await;
    let long = "g".repeat(65);
    world.refused("ChangeResourceGroup", &to(&long), (400, "BIZ_FIELD_CHECK_INVALID")).await;
}
