//! What is allowed in which state. The state comes before every rule on what is wanted of the instance.

use std::time::Duration;

use super::world::World;

const STATE: (u16, &str) = (400, "BIZ_INSTANCE_STATUS_ERROR");

/// Actions that need an instance that serves, with values that no instance would be given.
const OF_SERVING: &[Call<'_>] = &[
    ("BatchDeleteTopics", &[("Topics", "[\"orders\"]")]),
    ("ConvertPostPayOrder", &[]),
    ("CreateConsumerGroup", &[("ConsumerId", "readers")]),
    ("CreateSaslUser", &[("Username", "writer"), ("Password", "secret")]),
    ("CreateTopic", &[("Topic", "orders"), ("Remark", "test")]),
    ("DeleteConsumerGroup", &[("ConsumerId", "readers")]),
    ("DeleteSaslUser", &[("Username", "writer")]),
    ("DeleteTopic", &[("Topic", "orders")]),
    ("DescribeSaslUsers", &[]),
    ("DowngradePostPayOrder", &[("DiskSize", "999999")]),
    ("DowngradePrePayOrder", &[("DiskSize", "999999")]),
    ("GetConsumerList", &[]),
    ("GetConsumerProgress", &[("ConsumerId", "readers")]),
    ("GetTopicList", &[]),
    ("GetTopicStatus", &[("Topic", "orders")]),
    ("GetTopicSubscribeStatus", &[("Topic", "orders")]),
    ("ModifyPartitionNum", &[("Topic", "orders"), ("AddPartitionNum", "1")]),
    ("ModifyTopicRemark", &[("Topic", "orders")]),
    ("GetKafkaClientIp", &[("Type", "byInstance"), ("StartTime", "0"), ("EndTime", NOW)]),
    ("ListRebalanceInfo", &[("ConsumerId", "readers")]),
    ("QueryMessage", &[("Topic", "orders"), ("QueryType", "byTimestamp"), ("BeginTime", "0")]),
    ("UpdateConsumerOffset", &[("ConsumerId", "readers"), ("Time", "-1")]),
    ("UpdateTopicConfig", &[("Topic", "orders"), ("Config", "no.such.key"), ("Value", "1")]),
    ("UpdateInstanceConfig", &[("Config", "{\"enable.vpc_sasl_ssl\":true}")]),
    ("UpdateTopicConfig", &[("Topic", "orders"), ("Config", "retention.ms"), ("Value", "1")]),
    ("UpgradeInstanceVersion", &[("TargetVersion", "0.10.2")]),
    ("UpgradePostPayOrder", &[("DiskSize", "1"), ("EipModel", "true")]),
    ("UpgradePrePayOrder", &[("DiskSize", "1"), ("EipModel", "true")]),
];

/// The time on a world's clock.
const NOW: &str = "1656057630000";

const TASK: (u16, &str) = (400, "ScheduledTask.AlreadyHasSameTaskType");

/// An action, and its parameters beside the instance.
type Call<'a> = (&'a str, &'a [(&'a str, &'a str)]);

const ADD: &[(&str, &str)] = &[
    ("UpdateType", "add"),
    ("AllowedListType", "vpc"),
    ("PortRange", "9092/9092"),
    ("AllowedListIp", "10.0.0.1"),
];

const CONFIG: &str = "{\"kafka.log.retention.hours\":\"33\"}";
/// What waits for a change that is running.
const CHANGES: &[Call<'_>] = &[
    ("UpgradePostPayOrder", &[("DiskSize", "600")]),
    ("DowngradePostPayOrder", &[("DiskSize", "500")]),
    ("UpgradeInstanceVersion", &[("TargetVersion", "2.6.2")]),
    ("UpdateInstanceConfig", &[("Config", CONFIG)]),
    ("StopInstance", &[]),
];
/// What concerns the instance as a whole.
const WHOLE: &[Call<'_>] = &[
    ("ConvertPostPayOrder", &[]),
    ("ReleaseInstance", &[]),
    ("DeleteInstance", &[]),
    ("StartInstance", &[("VpcId", "vpc-1"), ("VSwitchId", "vsw-1")]),
    ("ReopenInstance", &[]),
];
/// What is answered while an instance is changed.
const MEANWHILE: &[Call<'_>] = &[
    ("GetTopicList", &[]),
    ("GetConsumerList", &[]),
    ("GetAllowedIpList", &[]),
    ("GetQuotaTip", &[]),
    ("ModifyInstanceName", &[("InstanceName", "meanwhile")]),
];
/// What waits for the end of the change, and is then done.
const AFTERWARDS: &[Call<'_>] = &[
    ("CreateTopic", &[("Topic", "orders"), ("Remark", "test")]),
    ("ModifyTopicRemark", &[("Topic", "orders"), ("Remark", "noted")]),
    ("ModifyPartitionNum", &[("Topic", "orders"), ("AddPartitionNum", "1")]),
    ("GetTopicStatus", &[("Topic", "orders")]),
    ("CreateConsumerGroup", &[("ConsumerId", "readers")]),
    ("GetConsumerProgress", &[("ConsumerId", "readers")]),
    ("DeleteConsumerGroup", &[("ConsumerId", "readers")]),
    ("DeleteTopic", &[("Topic", "orders")]),
    ("UpdateAllowedIp", ADD),
];

async fn each(world: &World, id: &str, actions: &[Call<'_>], allowed: bool) {
    match allowed {
        true => {
            for (action, more) in actions {
                world.ok(action, &of(id, more)).await;
            }
        }
        false => each_refused(world, id, actions, STATE).await,
    }
}

async fn each_refused(world: &World, id: &str, actions: &[Call<'_>], code: (u16, &str)) {
    for (action, more) in actions {
        world.refused(action, &of(id, more), code).await;
    }
}

/// Lets time pass, for what waits; slowly enough for a request to be verified before it is stale.
async fn pass_time(world: &World) {
    loop {
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        world.hand.advance(Duration::from_secs(11));
    }
}

fn of<'a>(id: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("RegionId", "cn-hangzhou"), ("InstanceId", id)], more].concat()
}

#[tokio::test]
async fn what_does_not_serve_is_renamed_counted_and_little_else() {
    let world = World::open().await;
    let ordered = world.ordered(&[]).await;
    let [stopped, released] = [world.running(&[]).await, world.running(&[]).await];
    world.ok("StopInstance", &of(&stopped, &[])).await;
    world.ok("ReleaseInstance", &of(&released, &[])).await;
    for (id, status) in [(&ordered, 0), (&stopped, 15), (&released, 15)] {
        each(&world, id, OF_SERVING, false).await;
        each(&world, id, &[("GetQuotaTip", &[]), ("ModifyInstanceName", &[("InstanceName", id)])], true)
            .await;
        let instance = world.instance(id).await;
        assert_eq!(instance["ServiceStatus"], status, "refused is unchanged");
    }
    let start = [("VpcId", "vpc-1"), ("VSwitchId", "vsw-1"), ("DeployModule", "eip")];
    each(&world, &stopped, &[("StartInstance", &start)], false).await;
    each(&world, &released, &[("StartInstance", &start), ("ReopenInstance", &[])], false).await;
    each(&world, &ordered, &[("StopInstance", &[]), ("ReopenInstance", &[])], false).await;
    each(&world, &stopped, &[("DeleteInstance", &[])], false).await;
    // Given back once more changes nothing; only then it can be deleted, once.
    each(&world, &released, &[("ReleaseInstance", &[]), ("DeleteInstance", &[])], true).await;
    world.refused("DeleteInstance", &of(&released, &[]), (404, "BIZ.INSTANCE.NOT.FOUND")).await;

    let running = world.running(&[]).await;
    each(&world, &running, &[("StartInstance", &start), ("DeleteInstance", &[])], false).await;
    each(&world, &running, &[("ReopenInstance", &[])], false).await;
    each(&world, &running, &[("GetQuotaTip", &[])], true).await;
}

#[tokio::test]
async fn what_is_being_deployed_is_renamed_counted_and_tagged() {
    let world = World::open().await;
    let id = world.ordered(&[]).await;
    let start = [("VpcId", "vpc-1"), ("VSwitchId", "vsw-1")];
    world.engine.hold("cluster_open");
    each(&world, &id, &[("StartInstance", &start)], true).await;
    world.until_status(&id, 1).await;
    each(&world, &id, OF_SERVING, false).await;
    each(&world, &id, &[("GetAllowedIpList", &[]), ("UpdateAllowedIp", ADD)], false).await;
    each(&world, &id, &[("StartInstance", &start), ("ReleaseInstance", &[]), ("DeleteInstance", &[])], false)
        .await;
    each(&world, &id, &[("StopInstance", &[]), ("ReopenInstance", &[])], false).await;
    each(&world, &id, &[("GetQuotaTip", &[]), ("ModifyInstanceName", &[("InstanceName", "early")])], true)
        .await;
    let tag = [("ResourceType", "INSTANCE"), ("ResourceId.1", id.as_str()), ("Tag.1.Key", "team")];
    each(&world, &id, &[("TagResources", &tag), ("ListTagResources", &tag[..2])], true).await;
    assert_eq!(world.instance(&id).await["ViewInstanceStatusCode"], 1);
    world.engine.release("cluster_open");
    world.until_status(&id, 5).await;
    assert_eq!(world.instance(&id).await["Name"], "early");
}

#[tokio::test]
async fn what_is_being_changed_answers_and_takes_no_second_change() {
    let world = World::open().await;
    let id = world.running(&[]).await;
    world.engine.hold("cluster_configure");
    let config: &[Call<'_>] = &[("UpdateInstanceConfig", &[("Config", CONFIG)])];
    let meanwhile = async {
        world.until_status(&id, 8).await;
        assert_eq!(world.instance(&id).await["ViewInstanceStatusCode"], 7);
        tokio::select! {
            () = each_refused(&world, &id, CHANGES, TASK) => {}
            () = pass_time(&world) => unreachable!("time does not end"),
        }
        each(&world, &id, WHOLE, false).await;
        each(&world, &id, MEANWHILE, true).await;
        let end = async {
            // Long enough for the first call to be waiting; if it is not, it finds the change at its end.
            for _ in 0..1_000 {
                tokio::task::yield_now().await;
            }
            world.engine.release("cluster_configure");
        };
        tokio::join!(each(&world, &id, AFTERWARDS, true), end);
    };
    tokio::join!(each(&world, &id, config, true), meanwhile);
    world.until_status(&id, 5).await;
    let after = world.instance(&id).await;
    assert_eq!((&after["MsgRetain"], &after["Name"]), (&33.into(), &"meanwhile".into()));
}
