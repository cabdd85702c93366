//! Who may use an instance.

use super::Story;

#[tokio::test]
async fn of_who_may_use_an_instance() {
    for format in ["JSON", "XML"] {
        let mut story = Story::begin(format).await;
        let public = [("DeployType", "4"), ("EipMax", "3"), ("SpecType", "professional")];
        let id = story.world.ordered(&public).await;
        let at = [("RegionId", "cn-hangzhou"), ("InstanceId", id.as_str())];
        let with = |more: &[(&'static str, &'static str)]| [&at[..], more].concat();
        let start = [("VpcId", "vpc-1"), ("VSwitchId", "vsw-1"), ("Config", "{\"enable.acl\":true}")];
        let first = [("IsSetUserAndPassword", "true"), ("Username", "first"), ("Password", "Secret!1")];
        story.world.ok("StartInstance", &with(&[&start[..], &first[..]].concat())).await;
        story.world.until_status(&id, 5).await;
        story.name(&id, "INSTANCE");

        let list =
            [("AllowedListType", "vpc"), ("PortRange", "9092/9092"), ("AllowedListIp", "192.168.0.0/16")];
        story.seen("UpdateAllowedIp", &with(&[&[("UpdateType", "add")], &list[..]].concat())).await;
        story.seen("GetAllowedIpList", &at).await;

        let user = [("Username", "test12"), ("Password", "12345678"), ("Type", "SCRAM")];
        story.seen("CreateSaslUser", &with(&user)).await;
        story.seen("DescribeSaslUsers", &at).await;
        story.seen("DeleteSaslUser", &with(&[("Username", "test12"), ("Type", "scram")])).await;

        story.world.ok("CreateTopic", &with(&[("Topic", "orders"), ("Remark", "remark")])).await;
        let about = [("Username", "test12"), ("AclResourceType", "Topic"), ("AclResourceName", "orders")];
        let write = [("AclResourcePatternType", "LITERAL"), ("AclOperationType", "Write")];
        let rule = with(&[&about[..], &write[..]].concat());
        story.seen("CreateAcl", &rule).await;
        story.seen("DescribeAcls", &with(&about)).await;
        let write_orders =
            [("Operation", "Write"), ("ResourceType", "Topic"), ("ResourceName", "orders"), about[0]];
        story.seen_of("weir", "ExplainAcl", &with(&write_orders)).await;
        story.seen("DescribeAclResourceName", &with(&[about[1], write[0]])).await;
        story.seen("DeleteAcl", &rule).await;
    }
}
