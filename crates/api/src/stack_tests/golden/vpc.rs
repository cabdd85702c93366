//! A VPC, its route table and a vSwitch, from their making to their end.

use super::Story;

const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");

#[tokio::test]
async fn of_a_vpc() {
    for format in ["JSON", "XML"] {
        let mut story = Story::begin(format).await;
        let make = [
            REGION,
            ("CidrBlock", "10.0.0.0/8"),
            ("VpcName", "付款"),
            ("Description", "<&>"),
            ("UserCidr", "192.168.0.0/16,172.16.0.0/12"),
            ("Tag.1.Key", "team"),
            ("Tag.1.Value", "a"),
        ];
        // Ids are named once known, so that the reply that makes them is compared with their names too.
        let made = story.world.ok_of("2016-04-28", "CreateVpc", &make).await;
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        let (vpc, group) = (text("VpcId"), text("ResourceGroupId"));
        for (id, stands) in [
            ("VpcId", "VPC"),
            ("VRouterId", "ROUTER"),
            ("RouteTableId", "TABLE"),
            ("ResourceGroupId", "GROUP"),
        ] {
            story.name(&text(id), stands);
        }
        story.name(&story.world.account(), "ACCOUNT");
        let at = [REGION, ("VpcId", vpc.as_str())];
        let with = |more: &[(&'static str, &'static str)]| [&at[..], more].concat();
        story
            .seen_of("vpc", "AssociateVpcCidrBlock", &with(&[("SecondaryCidrBlock", "192.168.0.0/16")]))
            .await;
        let subnet = [("ZoneId", "cn-hangzhou-c"), ("CidrBlock", "10.1.0.0/24"), ("VSwitchName", "web")];
        let made = story.world.ok_of("2016-04-28", "CreateVSwitch", &with(&subnet)).await;
        let vswitch = made["VSwitchId"].as_str().unwrap().to_owned();
        story.name(&vswitch, "VSWITCH");
        story.seen_of("vpc", "DescribeVpcs", &[REGION]).await;
        story.seen_of("vpc", "DescribeVpcAttribute", &at).await;
        story.seen_of("vpc", "DescribeRouteTableList", &at).await;
        story.seen_of("vpc", "DescribeVSwitches", &at).await;
        let on = [REGION, ("VSwitchId", vswitch.as_str())];
        story.seen_of("vpc", "DescribeVSwitchAttributes", &on).await;
        story.seen_of("vpc", "ModifyVSwitchAttribute", &[on[0], on[1], ("VSwitchName", "front")]).await;
        story.seen_of("vpc", "ModifyVpcAttribute", &with(&[("VpcName", "billing")])).await;
        let table = text("RouteTableId");
        let table = [REGION, ("RouteTableId", table.as_str()), ("RouteTableName", "main")];
        story.seen_of("vpc", "ModifyRouteTableAttributes", &table).await;
        let moved =
            [REGION, ("ResourceType", "VPC"), ("ResourceId", &vpc), ("NewResourceGroupId", group.as_str())];
        story.seen_of("vpc", "MoveResourceGroup", &moved).await;
        let tagged = [REGION, ("ResourceType", "VPC"), ("ResourceId.1", vpc.as_str())];
        story.seen_of("vpc", "TagResources", &[&tagged[..], &[("Tag.1.Key", "k")]].concat()).await;
        story.seen_of("vpc", "UnTagResources", &[&tagged[..], &[("TagKey.1", "k")]].concat()).await;
        story.seen_of("vpc", "DeleteVSwitch", &on).await;
        story
            .seen_of("vpc", "UnassociateVpcCidrBlock", &with(&[("SecondaryCidrBlock", "192.168.0.0/16")]))
            .await;
        // What the next two make has ids of its own, which are known from a first call with the same token.
        let again = ("ClientToken", "again");
        let first = story.world.ok_of("2016-04-28", "CreateVpc", &[REGION, again]).await;
        for (id, stands) in [("VpcId", "NEW-VPC"), ("VRouterId", "NEW-ROUTER"), ("RouteTableId", "NEW-TABLE")]
        {
            story.name(first[id].as_str().unwrap(), stands);
        }
        story.seen_of("vpc", "CreateVpc", &[REGION, again]).await;
        let subnet = with(&[&subnet[..], &[again]].concat());
        let first = story.world.ok_of("2016-04-28", "CreateVSwitch", &subnet).await;
        let left = first["VSwitchId"].as_str().unwrap().to_owned();
        story.name(&left, "NEW-VSWITCH");
        story.seen_of("vpc", "CreateVSwitch", &subnet).await;
        story.world.ok_of("2016-04-28", "DeleteVSwitch", &[REGION, ("VSwitchId", left.as_str())]).await;
        story.seen_of("vpc", "DeleteVpc", &at).await;
    }
}
