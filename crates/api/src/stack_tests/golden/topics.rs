//! Topics that change, and who reads them.

use super::Story;
use crate::stack::tests::world::instance_id;

#[tokio::test]
async fn of_topics_that_change() {
    for format in ["JSON", "XML"] {
        let mut story = Story::begin(format).await;
        let id = story.world.running(&[("SpecType", "professional")]).await;
        story.name(&id, "INSTANCE");
        let at = [("RegionId", "cn-hangzhou"), ("InstanceId", id.as_str())];
        let with = |more: &[(&'static str, &'static str)]| [&at[..], more].concat();
        let topic = with(&[("Topic", "orders"), ("Remark", "test"), ("PartitionNum", "2")]);
        let topic = [&topic[..], &[("LocalTopic", "true")]].concat();
        story.world.ok("CreateTopic", &topic).await;
        story.world.engine.commit(&instance_id(&id), "readers", "orders", 0, 7, 1_566_874_931_000);

        story.seen("ModifyPartitionNum", &with(&[("Topic", "orders"), ("AddPartitionNum", "4")])).await;
        let setting = with(&[("Topic", "orders"), ("Config", "retention.ms"), ("Value", "3600000")]);
        story.seen("UpdateTopicConfig", &setting).await;
        story.seen("GetTopicSubscribeStatus", &with(&[("Topic", "orders")])).await;
        let engine_id = instance_id(&id);
        story.world.engine.message(&engine_id, "orders", 0, "付款 1".as_bytes(), 1_656_057_630_000);
        story.world.engine.message(&engine_id, "orders", 0, &[b'x'; 1_100], 1_656_057_631_000);
        let first =
            with(&[("Topic", "orders"), ("QueryType", "byOffset"), ("Partition", "0"), ("Offset", "0")]);
        story.seen("QueryMessage", &first).await;
        let group = [("ConsumerId", "readers"), ("Topic", "orders"), ("Time", "-2")];
        story.seen("UpdateConsumerOffset", &with(&group)).await;
        story.seen("BatchDeleteTopics", &with(&[("Topics", "[\"orders\",\"missing\"]")])).await;
    }
}
