//! Names and descriptions that are taken away: an empty text that was sent is a change, and reads back as empty.

use serde_json::Value as Json;

use super::world::World;

const VPC: &str = "2016-04-28";
const ECS: &str = "2014-05-26";
const RAM: &str = "2015-05-01";
const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");

/// One thing with two texts that can be changed.
struct Labelled<'a> {
    version: &'a str,
    change: &'a str,
    read: &'a str,
    /// What names the thing.
    at: (&'a str, &'a str),
    /// The two texts as they are sent, and where they are read.
    texts: [(&'a str, &'a str); 2],
}

impl Labelled<'_> {
    async fn change(&self, world: &World, more: &[(&str, &str)]) {
        world.ok_of(self.version, self.change, &[&[REGION, self.at], more].concat()).await;
    }

    async fn texts(&self, world: &World) -> [String; 2] {
        let reply = world.ok_of(self.version, self.read, &[REGION, self.at]).await;
        self.texts.map(|(_, pointer)| match reply.pointer(pointer) {
            Some(Json::String(text)) => text.clone(),
            other => panic!("{} {pointer}: {other:?} in {reply}", self.read),
        })
    }
}

#[tokio::test]
async fn an_empty_text_takes_away_what_was_there_and_an_absent_one_leaves_it() {
    let world = World::open().await;
    let vpc = world.ok_of(VPC, "CreateVpc", &[REGION]).await;
    let text = |reply: &Json, name: &str| reply[name].as_str().unwrap().to_owned();
    let (vpc_id, table) = (text(&vpc, "VpcId"), text(&vpc, "RouteTableId"));
    let within =
        [REGION, ("VpcId", vpc_id.as_str()), ("ZoneId", "cn-hangzhou-b"), ("CidrBlock", "172.16.0.0/24")];
    let vswitch = text(&world.ok_of(VPC, "CreateVSwitch", &within).await, "VSwitchId");
    let group = text(&world.ok_of(ECS, "CreateSecurityGroup", &[REGION]).await, "SecurityGroupId");
    world.ok_of(RAM, "CreateUser", &[("UserName", "alice")]).await;
    for labelled in [
        Labelled {
            version: VPC,
            change: "ModifyVpcAttribute",
            read: "DescribeVpcAttribute",
            at: ("VpcId", &vpc_id),
            texts: [("VpcName", "/VpcName"), ("Description", "/Description")],
        },
        Labelled {
            version: VPC,
            change: "ModifyRouteTableAttributes",
            read: "DescribeRouteTableList",
            at: ("RouteTableId", &table),
            texts: [
                ("RouteTableName", "/RouterTableList/RouterTableListType/0/RouteTableName"),
                ("Description", "/RouterTableList/RouterTableListType/0/Description"),
            ],
        },
        Labelled {
            version: VPC,
            change: "ModifyVSwitchAttribute",
            read: "DescribeVSwitchAttributes",
            at: ("VSwitchId", &vswitch),
            texts: [("VSwitchName", "/VSwitchName"), ("Description", "/Description")],
        },
        Labelled {
            version: ECS,
            change: "ModifySecurityGroupAttribute",
            read: "DescribeSecurityGroups",
            at: ("SecurityGroupId", &group),
            texts: [
                ("SecurityGroupName", "/SecurityGroups/SecurityGroup/0/SecurityGroupName"),
                ("Description", "/SecurityGroups/SecurityGroup/0/Description"),
            ],
        },
        Labelled {
            version: RAM,
            change: "UpdateUser",
            read: "GetUser",
            at: ("UserName", "alice"),
            texts: [("NewDisplayName", "/User/DisplayName"), ("NewComments", "/User/Comments")],
        },
    ] {
        let what = labelled.change;
        let [(name, _), (note, _)] = labelled.texts;
        labelled.change(&world, &[(name, "web"), (note, "for the web")]).await;
        assert_eq!(labelled.texts(&world).await, ["web", "for the web"], "{what}");
        labelled.change(&world, &[(note, "")]).await;
        assert_eq!(labelled.texts(&world).await, ["web", ""], "{what}");
        labelled.change(&world, &[(name, "")]).await;
        assert_eq!(labelled.texts(&world).await, ["", ""], "{what}");
    }
}
