//! An instance from its order to its end, and what is in it.

use control::client::{ClientSubject, SeenClients};
use control::group::{GroupActivity, GroupMember, GroupStage, Rebalance};
use control::ids::TopicName;

use super::{Story, example};
use crate::stack::tests::world::instance_id;

#[tokio::test]
async fn of_an_instance() {
    for format in ["JSON", "XML"] {
        let mut story = Story::begin(format).await;
        let id = story.world.running(&[("Tag.1.Key", "team"), ("Tag.1.Value", "付款")]).await;
        story.name(&id, "INSTANCE");
        let at = [("RegionId", "cn-hangzhou"), ("InstanceId", id.as_str())];
        let with = |more: &[(&'static str, &'static str)]| [&at[..], more].concat();
        let topic = with(&[("Topic", "seen"), ("Remark", "test"), ("PartitionNum", "2"), ("Tag.1.Key", "k")]);
        story.world.ok("CreateTopic", &topic).await;
        story.world.ok("CreateConsumerGroup", &with(&[("ConsumerId", "readers"), ("Remark", "<&>")])).await;
        let engine_id = instance_id(&id);
        story.world.engine.produce(&engine_id, "seen", 0, 9, 1_566_874_931_671);
        story.world.engine.commit(&engine_id, "readers", "seen", 0, 7, 1_566_874_931_000);
        let ordered = story.world.ordered(&[]).await;
        let region = at[0];

        story.seen("CreatePostPayOrder", &example("CreatePostPayOrder")).await;
        let start = [region, ("InstanceId", &ordered), ("VpcId", "vpc-1"), ("VSwitchId", "vsw-1")];
        story.seen("StartInstance", &start).await;
        story.seen("CreatePrePayOrder", &example("CreatePrePayOrder")).await;
        story.seen("CreatePostPayInstance", &example("CreatePostPayInstance")).await;
        story.seen("CreatePrePayInstance", &example("CreatePrePayInstance")).await;
        story.seen("GetQuotaTip", &at).await;
        story.seen("GetInstanceList", &[region, ("InstanceId.1", &id)]).await;
        story.seen("CreateTopic", &with(&[("Topic", "orders"), ("Remark", "test")])).await;
        story.seen("GetTopicList", &with(&[("Topic", "seen")])).await;
        story.seen("GetTopicStatus", &with(&[("Topic", "seen")])).await;
        story.seen("CreateConsumerGroup", &with(&[("ConsumerId", "billing")])).await;
        story.seen("GetConsumerList", &with(&[("ConsumerId", "readers")])).await;
        story.world.engine.activity(&engine_id, "readers", activity());
        story.seen("GetConsumerProgress", &with(&[("ConsumerId", "readers")])).await;
        story.seen("ListRebalanceInfo", &with(&[("ConsumerId", "readers")])).await;
        story.world.engine.activity(&engine_id, "readers", GroupActivity::default());
        let clients = SeenClients {
            request: "OffsetCommit".to_owned(),
            clients: vec![("10.0.0.7".parse().unwrap(), 2), ("10.0.0.9".parse().unwrap(), 1)],
        };
        story.world.engine.client(&engine_id, ClientSubject::Instance, 1_656_057_601_000, clients);
        let times = [("StartTime", "1656057600000"), ("EndTime", "1656061200000")];
        story.seen("GetKafkaClientIp", &[&with(&[("Type", "byInstance")])[..], &times].concat()).await;
        story.seen("ModifyTopicRemark", &with(&[("Topic", "orders"), ("Remark", "noted")])).await;
        let topic = format!("Kafka_{id}_seen");
        let tags = [region, ("ResourceType", "topic"), ("ResourceId.1", topic.as_str())];
        let new = [("Tag.1.Key", "team"), ("Tag.1.Value", "付款"), ("Tag.2.Key", "empty")];
        story.seen("TagResources", &[&tags[..], &new].concat()).await;
        story.seen("ListTagResources", &tags).await;
        story.seen("UntagResources", &[&tags[..], &[("All", "true")]].concat()).await;
        story.seen("DeleteTopic", &with(&[("Topic", "orders")])).await;
        story.seen("DeleteConsumerGroup", &with(&[("ConsumerId", "billing")])).await;
        let raise = [("DiskSize", "600"), ("TopicQuota", "60"), ("IoMax", "30")];
        story.seen("UpgradePostPayOrder", &with(&raise)).await;
        story.seen("DowngradePostPayOrder", &with(&[("TopicQuota", "50")])).await;
        story.seen("UpgradeInstanceVersion", &with(&[("TargetVersion", "2.6.2")])).await;
        story.seen("ModifyInstanceName", &with(&[("InstanceName", "payments")])).await;
        story.seen("StopInstance", &at).await;
        story.seen("ReopenInstance", &at).await;
        story.seen("ReleaseInstance", &with(&[("ForceDeleteInstance", "true")])).await;
        story.seen("DeleteInstance", &at).await;
    }
}

#[tokio::test]
async fn of_all_instances() {
    for format in ["JSON", "XML"] {
        let mut story = Story::begin(format).await;
        let first = story.world.running(&[]).await;
        let second = story.world.ordered(&[]).await;
        let elsewhere = [("RegionId", "cn-shenzhen"), ("TopicQuota", "50"), ("DiskType", "0")];
        let size = [("DiskSize", "500"), ("DeployType", "5"), ("IoMax", "20")];
        story.world.ok("CreatePostPayOrder", &[elsewhere, size].concat()).await;
        let listed = story.world.ok("GetInstanceList", &[("RegionId", "cn-shenzhen")]).await;
        let third = listed["InstanceList"]["InstanceVO"][0]["InstanceId"].as_str().unwrap();
        // Made in one moment, they are in the order of their ids.
        let mut here = [first.as_str(), second.as_str()];
        here.sort_unstable();
        story.name(here[0], "INSTANCE-1");
        story.name(here[1], "INSTANCE-2");
        story.name(third, "INSTANCE-3");
        story.seen("GetAllInstanceIdList", &[("RegionId", "cn-beijing")]).await;
        let convert = [("RegionId", "cn-hangzhou"), ("InstanceId", first.as_str())];
        story.seen("ConvertPostPayOrder", &convert).await;
        story.seen("UpgradePrePayOrder", &[&convert[..], &[("DiskSize", "700")]].concat()).await;
        story.seen("DowngradePrePayOrder", &[&convert[..], &[("DiskSize", "600")]].concat()).await;
    }
}

/// Of a group whose one member reads the one partition.
fn activity() -> GroupActivity {
    let id = "consumer-1-cd14eb9c-379b-4b8e-9bbd-76f147f8536f".to_owned();
    GroupActivity {
        stage: GroupStage::Stable,
        rebalances: vec![Rebalance {
            generation: 1,
            began_ms: 1_656_057_629_000,
            took_ms: 12,
            cause: format!("Adding new member {id}"),
            has_members: true,
        }],
        members: vec![GroupMember {
            id,
            client_id: "consumer-1".to_owned(),
            address: "10.0.0.7".to_owned(),
            assigned: vec![(TopicName::new("seen"), 0)],
        }],
    }
}
