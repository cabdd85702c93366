//! One reply of every action, to the letter, in JSON and XML. Ids and request ids are replaced; all else is
//! as sent. The files are written by the tests (`INSTA_UPDATE=always`), never by hand.

use super::world::{Answer, World, instance_id};
use crate::actions;

/// The reply with what differs between runs replaced.
fn stable(answer: &Answer, instance: &str) -> String {
    let request_id = answer.headers["x-acs-request-id"].to_str().unwrap();
    let text = answer.text.replace(request_id, "REQUEST-ID").replace(instance, "INSTANCE");
    match text.find("<OrderId>").map(|at| at + 9).or_else(|| text.find("\"OrderId\":\"").map(|at| at + 11)) {
        None => text,
        Some(at) => format!("{}ORDER{}", &text[..at], &text[at + 15..]),
    }
}

#[tokio::test]
async fn every_action() {
    let mut seen = 0;
    for format in ["JSON", "XML"] {
        let world = World::open().await;
        let id = world.running(&[("Tag.1.Key", "team"), ("Tag.1.Value", "付款")]).await;
        let at = [("RegionId", "cn-hangzhou"), ("InstanceId", id.as_str())];
        let with = |more: &[(&'static str, &'static str)]| [&at[..], more].concat();
        let topic = with(&[("Topic", "seen"), ("Remark", "test"), ("PartitionNum", "2"), ("Tag.1.Key", "k")]);
        world.ok("CreateTopic", &topic).await;
        world.ok("CreateConsumerGroup", &with(&[("ConsumerId", "readers"), ("Remark", "<&>")])).await;
        let engine_id = instance_id(&id);
        world.engine.produce(&engine_id, "seen", 0, 9, 1_566_874_931_671);
        world.engine.commit(&engine_id, "readers", "seen", 0, 7, 1_566_874_931_000);
        let ordered = world.ordered(&[]).await;
        let region = at[0];

        let calls: [(&str, Vec<(&str, &str)>); 13] = [
            ("CreatePostPayOrder", actions_example("CreatePostPayOrder")),
            (
                "StartInstance",
                vec![region, ("InstanceId", &ordered), ("VpcId", "vpc-1"), ("VSwitchId", "vsw-1")],
            ),
            ("GetInstanceList", vec![region, ("InstanceId.1", &id)]),
            ("CreateTopic", with(&[("Topic", "orders"), ("Remark", "test")])),
            ("GetTopicList", with(&[("Topic", "seen")])),
            ("GetTopicStatus", with(&[("Topic", "seen")])),
            ("CreateConsumerGroup", with(&[("ConsumerId", "billing")])),
            ("GetConsumerList", with(&[("ConsumerId", "readers")])),
            ("GetConsumerProgress", with(&[("ConsumerId", "readers")])),
            ("DeleteTopic", with(&[("Topic", "orders")])),
            ("DeleteConsumerGroup", with(&[("ConsumerId", "billing")])),
            ("ReleaseInstance", with(&[("ForceDeleteInstance", "true")])),
            ("DeleteInstance", at.to_vec()),
        ];
        for (action, parameters) in calls {
            let answer = world.get(action, format, &parameters).await;
            assert_eq!(answer.status, 200, "{action}: {}", answer.text);
            insta::assert_snapshot!(format!("{action}.{format}"), stable(&answer, &id));
            seen += 1;
        }
    }
    assert_eq!(seen, 2 * actions().len(), "every action has its two replies");
}

fn actions_example(name: &str) -> Vec<(&'static str, &'static str)> {
    actions().into_iter().find(|action| action.name == name).unwrap().example.to_vec()
}
