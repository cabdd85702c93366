//! Regions, zones, and a security group from its making to its end.

use super::Story;

const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");

#[tokio::test]
async fn of_a_security_group() {
    for format in ["JSON", "XML"] {
        let mut story = Story::begin(format).await;
        story.name(&story.world.account(), "ACCOUNT");
        story.seen_of("ecs", "DescribeRegions", &[REGION]).await;
        story.seen_of("ecs", "DescribeZones", &[REGION]).await;
        story.seen_of("ecs", "DescribeAvailableResource", &[REGION, ("DestinationResource", "Zone")]).await;
        let vpc = story.world.ok_of("2016-04-28", "CreateVpc", &[REGION]).await;
        let vpc = vpc["VpcId"].as_str().unwrap().to_owned();
        story.name(&vpc, "VPC");
        let make = [
            REGION,
            ("VpcId", vpc.as_str()),
            ("SecurityGroupName", "前端"),
            ("Description", "<&>"),
            ("Tag.1.Key", "team"),
            ("Tag.1.Value", "a"),
            ("ClientToken", "once"),
        ];
        let made = story.world.ok_of("2014-05-26", "CreateSecurityGroup", &make).await;
        let group = made["SecurityGroupId"].as_str().unwrap().to_owned();
        story.name(&group, "SECURITY-GROUP");
        story.seen_of("ecs", "CreateSecurityGroup", &make).await;
        let at = [REGION, ("SecurityGroupId", group.as_str())];
        let with = |more: (&'static str, &'static str)| [&at[..], &[more]].concat();
        let listed = story.world.ok_of("2014-05-26", "DescribeSecurityGroups", &at).await;
        let listed = &listed["SecurityGroups"]["SecurityGroup"][0];
        let resource_group = listed["ResourceGroupId"].as_str().unwrap().to_owned();
        story.name(&resource_group, "GROUP");
        story.seen_of("ecs", "DescribeSecurityGroups", &at).await;
        story.seen_of("ecs", "DescribeSecurityGroupAttribute", &at).await;
        story.seen_of("ecs", "ModifySecurityGroupAttribute", &with(("SecurityGroupName", "back"))).await;
        story.seen_of("ecs", "ModifySecurityGroupPolicy", &with(("InnerAccessPolicy", "Drop"))).await;
        let of = [REGION, ("ResourceType", "securitygroup")];
        let joined = [("ResourceId", group.as_str()), ("ResourceGroupId", resource_group.as_str())];
        story.seen_of("ecs", "JoinResourceGroup", &[of, joined].concat()).await;
        let one = ("ResourceId.1", group.as_str());
        story.seen_of("ecs", "TagResources", &[&of[..], &[one, ("Tag.1.Key", "k")]].concat()).await;
        story.seen_of("ecs", "UntagResources", &[&of[..], &[one, ("TagKey.1", "k")]].concat()).await;
        story.seen_of("ecs", "DeleteSecurityGroup", &at).await;
    }
}
