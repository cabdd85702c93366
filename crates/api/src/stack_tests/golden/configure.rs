//! Settings of an instance that serves.

use super::Story;

#[tokio::test]
async fn of_settings() {
    for format in ["JSON", "XML"] {
        let mut story = Story::begin(format).await;
        let id = story.world.running(&[]).await;
        let at = [("RegionId", "cn-hangzhou"), ("InstanceId", id.as_str())];
        let with = |more: &[(&'static str, &'static str)]| [&at[..], more].concat();
        let config = [("Config", r#"{"kafka.log.retention.hours":"33"}"#)];
        story.seen("UpdateInstanceConfig", &with(&config)).await;
        story.seen("EnableAutoTopicCreation", &with(&[("Operate", "enable")])).await;
        story.seen("EnableAutoGroupCreation", &with(&[("Enable", "true")])).await;
        let group = [at[0], ("ResourceId", id.as_str()), ("NewResourceGroupId", "rg-1")];
        story.seen("ChangeResourceGroup", &group).await;
    }
}
