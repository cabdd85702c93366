//! VPCs, vSwitches and security groups, called and read as the Terraform provider does: whatever was applied is read
//! back as it was applied, again and again, and what is gone is gone in the words that the provider knows.

use serde_json::{Value as Json, json};

use super::world::World;

const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");
const VPC: &str = "2016-04-28";
const ECS: &str = "2014-05-26";

type Pairs<'a> = &'a [(&'a str, &'a str)];

async fn vpc(world: &World, action: &str, more: Pairs<'_>) -> Json {
    world.ok_of(VPC, action, &[&[REGION], more].concat()).await
}

async fn ecs(world: &World, action: &str, more: Pairs<'_>) -> Json {
    world.ok_of(ECS, action, &[&[REGION], more].concat()).await
}

async fn refused(world: &World, version: &str, action: &str, more: Pairs<'_>, expected: (u16, &str)) {
    let pairs = [&[("Version", version), REGION], more].concat();
    let answer = world.post(action, &pairs).await;
    assert_eq!(answer.outcome(), (expected.0, expected.1.to_owned()), "{action} {more:?}: {}", answer.text);
    // Terraform takes the word for the news that the resource is gone.
    let message = answer.json()["Message"].as_str().unwrap().to_owned();
    assert_eq!(message.contains("NotFound"), expected.0 == 404, "{message}");
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_else(|| panic!("not a text: {json}")).to_owned()
}

async fn new_vpc(world: &World, more: Pairs<'_>) -> String {
    text(&vpc(world, "CreateVpc", more).await["VpcId"])
}

async fn new_vswitch(world: &World, vpc_id: &str, cidr: &str) -> String {
    let make = [("VpcId", vpc_id), ("ZoneId", "cn-hangzhou-b"), ("CidrBlock", cidr)];
    text(&vpc(world, "CreateVSwitch", &make).await["VSwitchId"])
}

async fn new_group(world: &World, more: Pairs<'_>) -> String {
    text(&ecs(world, "CreateSecurityGroup", more).await["SecurityGroupId"])
}

/// A reply without its request id, which must be there.
fn body(mut json: Json) -> Json {
    assert!(json.as_object_mut().unwrap().remove("RequestId").is_some());
    assert!(json.get("Code").is_none() && json.get("Success").is_none(), "{json}");
    json
}

#[tokio::test]
async fn a_vpc_is_read_back_as_it_was_applied() {
    let world = World::open().await;
    let make =
        [("CidrBlock", "10.0.0.0/8"), ("VpcName", "app"), ("UserCidr", "192.168.0.0/16,172.16.0.0/12")];
    let made = vpc(&world, "CreateVpc", &make).await;
    let id = text(&made["VpcId"]);
    let at = [("VpcId", id.as_str())];
    let read = body(vpc(&world, "DescribeVpcAttribute", &at).await);
    for (name, expected) in [
        ("VpcId", json!(id)),
        ("CidrBlock", json!("10.0.0.0/8")),
        ("VpcName", json!("app")),
        ("Description", json!("")),
        ("Status", json!("Available")),
        ("RegionId", json!("cn-hangzhou")),
        ("CreationTime", json!("2022-06-24T08:00:30Z")),
        ("IsDefault", json!(false)),
        ("EnabledIpv6", json!(false)),
        ("ClassicLinkEnabled", json!(false)),
        ("Ipv6CidrBlock", json!("")),
        ("Ipv6CidrBlocks", json!({ "Ipv6CidrBlock": [] })),
        ("UserCidrs", json!({ "UserCidr": ["192.168.0.0/16", "172.16.0.0/12"] })),
        ("SecondaryCidrBlocks", json!({ "SecondaryCidrBlock": [] })),
        ("DnsHostnameStatus", json!("DISABLED")),
        ("VSwitchIds", json!({ "VSwitchId": [] })),
        ("Tags", json!({ "Tag": [] })),
        ("VRouterId", made["VRouterId"].clone()),
        ("ResourceGroupId", made["ResourceGroupId"].clone()),
    ] {
        assert_eq!(read[name], expected, "{name}");
    }
    let tables = body(vpc(&world, "DescribeRouteTableList", &at).await);
    let table = &tables["RouterTableList"]["RouterTableListType"][0];
    for (name, expected) in [
        ("RouteTableType", json!("System")),
        ("VpcId", json!(id)),
        ("RouteTableId", made["RouteTableId"].clone()),
        ("RouterId", made["VRouterId"].clone()),
        ("ResourceGroupId", made["ResourceGroupId"].clone()),
        ("RouteTableName", json!("")),
        ("Description", json!("")),
        ("RoutePropagationEnable", json!(true)),
    ] {
        assert_eq!(table[name], expected, "{name}");
    }
    // Time passes and nothing differs.
    world.hand.advance(std::time::Duration::from_secs(100));
    assert_eq!(body(vpc(&world, "DescribeVpcAttribute", &at).await), read);
    assert_eq!(body(vpc(&world, "DescribeRouteTableList", &at).await), tables);
}

#[tokio::test]
async fn a_vpc_changes_only_where_it_is_told_to() {
    let world = World::open().await;
    let made = vpc(&world, "CreateVpc", &[("VpcName", "app"), ("Description", "first")]).await;
    let (id, table) = (text(&made["VpcId"]), text(&made["RouteTableId"]));
    let at = [("VpcId", id.as_str())];
    assert_eq!(vpc(&world, "DescribeVpcAttribute", &at).await["CidrBlock"], "172.16.0.0/12", "the default");
    vpc(&world, "ModifyVpcAttribute", &[at[0], ("VpcName", "web"), ("EnableDnsHostname", "true")]).await;
    let read = vpc(&world, "DescribeVpcAttribute", &at).await;
    assert_eq!(
        (&read["VpcName"], &read["Description"], &read["DnsHostnameStatus"]),
        (&json!("web"), &json!("first"), &json!("ENABLED"))
    );
    let on = ("RouteTableId", table.as_str());
    vpc(
        &world,
        "ModifyRouteTableAttributes",
        &[on, ("Description", "main"), ("RoutePropagationEnable", "false")],
    )
    .await;
    let tables = vpc(&world, "DescribeRouteTableList", &[on]).await;
    let row = &tables["RouterTableList"]["RouterTableListType"][0];
    assert_eq!(
        (&row["RouteTableName"], &row["Description"], &row["RoutePropagationEnable"]),
        (&json!(""), &json!("main"), &json!(false))
    );
    // Its vSwitches must stay within.
    new_vswitch(&world, &id, "172.16.0.0/24").await;
    let narrow = [at[0], ("CidrBlock", "172.17.0.0/16")];
    refused(&world, VPC, "ModifyVpcAttribute", &narrow, (400, "InvalidParameter")).await;
    vpc(&world, "ModifyVpcAttribute", &[at[0], ("CidrBlock", "172.16.0.0/16")]).await;
    for more in [("EnableIPv6", "true"), ("VpcName", "http://x"), ("Description", "https://x")] {
        let code = match more.0 {
            "VpcName" => "InvalidVpcName.Malformed",
            "Description" => "InvalidVpcDiscription.Malformed",
            _ => "UnsupportedOperation",
        };
        refused(&world, VPC, "ModifyVpcAttribute", &[at[0], more], (400, code)).await;
    }
    let elsewhere = [at[0], ("NewResourceGroupId", "rg-other"), ("ResourceType", "vpc"), ("ResourceId", &id)];
    refused(&world, VPC, "MoveResourceGroup", &elsewhere, (400, "InvalidResourceGroupId")).await;
}

#[tokio::test]
async fn what_no_vpc_can_be() {
    let world = World::open().await;
    for (more, code) in [
        (("CidrBlock", "10.0.0.1/8"), "InvalidParameter"),
        (("CidrBlock", "10.0.0.0/7"), "InvalidParameter"),
        (("CidrBlock", "10.0.0.0/29"), "InvalidParameter"),
        (("CidrBlock", "100.64.0.0/16"), "InvalidParameter"),
        (("CidrBlock", "anything"), "InvalidParameter"),
        (("UserCidr", "10.0.0.0/8,x"), "InvalidParameter"),
        (("UserCidr", "10.0.0.0/8,11.0.0.0/8,12.0.0.0/8,13.0.0.0/8"), "InvalidParameter"),
        (("VpcName", "http://x"), "InvalidVpcName.Malformed"),
        (("ResourceGroupId", "rg-NotFound"), "InvalidResourceGroupId"),
        (("EnableIpv6", "true"), "UnsupportedOperation"),
        (("Ipv6CidrBlock", "x"), "UnsupportedOperation"),
        (("Ipv4IpamPoolId", "x"), "UnsupportedOperation"),
        (("Tag.1.Key", "aliyun"), "InvalidParameter"),
        (("Tag.1.Key", "http://"), "InvalidParameter"),
        (("DryRun", "true"), "DryRunOperation"),
    ] {
        refused(&world, VPC, "CreateVpc", &[more], (400, code)).await;
    }
    assert_eq!(vpc(&world, "DescribeVpcs", &[]).await["TotalCount"], 0, "nothing was made");
}

#[tokio::test]
async fn ten_vpcs_page_by_page_and_no_eleventh() {
    let world = World::open().await;
    let mut made = Vec::new();
    for n in 0..10 {
        let tag = [("Tag.1.Key", "n"), ("Tag.1.Value", if n % 2 == 0 { "even" } else { "odd" })];
        made.push(
            new_vpc(&world, &[&[("VpcName", if n == 3 { "third" } else { "x" })], &tag[..]].concat()).await,
        );
        world.hand.advance(std::time::Duration::from_secs(1));
    }
    refused(&world, VPC, "CreateVpc", &[], (400, "QuotaExceeded.Vpc")).await;
    let ids = |listed: &Json| -> Vec<String> {
        listed["Vpcs"]["Vpc"].as_array().unwrap().iter().map(|vpc| text(&vpc["VpcId"])).collect()
    };
    let page = async |number: &str, size: &str| {
        let listed = vpc(&world, "DescribeVpcs", &[("PageNumber", number), ("PageSize", size)]).await;
        assert_eq!(listed["TotalCount"], 10);
        assert_eq!(
            (listed["PageNumber"].to_string(), listed["PageSize"].to_string()),
            (number.into(), size.into())
        );
        ids(&listed)
    };
    let all = page("1", "50").await;
    assert_eq!(all, made, "oldest first");
    assert_eq!(page("1", "4").await, all[..4]);
    assert_eq!(page("3", "4").await, all[8..]);
    assert_eq!(page("4", "4").await, [""; 0]);
    assert_eq!(page("2147483647", "50").await, [""; 0]);
    for (more, expected) in [
        (vec![("VpcName", "third")], vec![all[3].clone()]),
        (vec![("VpcId", &*format!("{},{}", all[5], all[1]))], vec![all[1].clone(), all[5].clone()]),
        (vec![("IsDefault", "true")], vec![]),
        (
            vec![("IsDefault", "false"), ("Tag.1.Key", "n"), ("Tag.1.Value", "odd"), ("PageSize", "2")],
            vec![all[1].clone(), all[3].clone()],
        ),
        (vec![("ResourceGroupId", "rg-none")], vec![]),
        (vec![("VpcOwnerId", "1")], vec![]),
        (vec![("DhcpOptionsSetId", "dopt-1")], vec![]),
        (vec![("VpcOwnerId", world.account().as_str()), ("PageSize", "1")], vec![all[0].clone()]),
    ] {
        assert_eq!(ids(&vpc(&world, "DescribeVpcs", &more).await), expected, "{more:?}");
    }
    refused(&world, VPC, "DescribeVpcs", &[("DryRun", "true")], (400, "DryRunOperation")).await;
    // Another region has VPCs of its own.
    let far = [("Version", VPC), ("RegionId", "cn-beijing")];
    assert_eq!(world.ok("DescribeVpcs", &far).await["TotalCount"], 0);
    world.ok("CreateVpc", &far).await;
}

#[tokio::test]
async fn a_token_makes_one_thing() {
    let world = World::open().await;
    let token = ("ClientToken", "TF-CreateVpc-1");
    let first = body(vpc(&world, "CreateVpc", &[token, ("VpcName", "a")]).await);
    assert_eq!(body(vpc(&world, "CreateVpc", &[token, ("VpcName", "a")]).await), first);
    let other = [token, ("VpcName", "b")];
    refused(&world, VPC, "CreateVpc", &other, (400, "IdempotentParameterMismatch")).await;
    assert_eq!(vpc(&world, "DescribeVpcs", &[]).await["TotalCount"], 1);
    let id = text(&first["VpcId"]);
    // A token is one per action, and a refused request does not use it up.
    let bad = [token, ("VpcId", &id), ("ZoneId", "cn-hangzhou-b"), ("CidrBlock", "10.0.0.0/24")];
    refused(&world, VPC, "CreateVSwitch", &bad, (400, "InvalidParameter")).await;
    let good = [bad[0], bad[1], bad[2], ("CidrBlock", "172.16.0.0/24")];
    let vswitch = body(vpc(&world, "CreateVSwitch", &good).await);
    assert_eq!(body(vpc(&world, "CreateVSwitch", &good).await), vswitch);
    let group = body(ecs(&world, "CreateSecurityGroup", &[token, ("VpcId", &id)]).await);
    assert_eq!(body(ecs(&world, "CreateSecurityGroup", &[token, ("VpcId", &id)]).await), group);
    refused(&world, ECS, "CreateSecurityGroup", &[token], (400, "IdempotentParameterMismatch")).await;
    // A day later the token is new.
    world.hand.advance(std::time::Duration::from_secs(25 * 3_600));
    vpc(&world, "CreateVpc", &[("ClientToken", "another")]).await;
    assert_ne!(body(vpc(&world, "CreateVpc", &[token, ("VpcName", "a")]).await), first);
}

#[tokio::test]
async fn vswitches_share_a_vpc_and_no_address() {
    let world = World::open().await;
    let id = new_vpc(&world, &[("CidrBlock", "10.0.0.0/16")]).await;
    let one = new_vswitch(&world, &id, "10.0.0.0/24").await;
    let make = |zone: &'static str, cidr: &'static str| {
        [("VpcId", id.as_str()), ("ZoneId", zone), ("CidrBlock", cidr)]
    };
    for (zone, cidr, code) in [
        ("cn-hangzhou-b", "10.0.0.128/25", "InvalidCidrBlock.Overlapped"),
        ("cn-hangzhou-b", "10.0.0.0/16", "InvalidCidrBlock.Overlapped"),
        ("cn-hangzhou-b", "10.1.0.0/24", "InvalidParameter"),
        ("cn-hangzhou-b", "10.0.0.0/15", "InvalidParameter"),
        ("cn-hangzhou-b", "10.0.1.0/30", "InvalidParameter"),
        ("cn-hangzhou-b", "10.0.1.1/24", "InvalidParameter"),
        ("cn-hangzhou-a", "10.0.1.0/24", "InvalidZoneId.NotFound"),
        ("cn-beijing-b", "10.0.1.0/24", "InvalidZoneId.NotFound"),
    ] {
        refused(&world, VPC, "CreateVSwitch", &make(zone, cidr), (400, code)).await;
    }
    let nowhere = [("VpcId", "vpc-no"), ("ZoneId", "cn-hangzhou-b"), ("CidrBlock", "10.0.1.0/24")];
    refused(&world, VPC, "CreateVSwitch", &nowhere, (404, "InvalidVpcId.NotFound")).await;
    let ipv6 = [&make("cn-hangzhou-b", "10.0.1.0/24")[..], &[("Ipv6CidrBlock", "12")]].concat();
    refused(&world, VPC, "CreateVSwitch", &ipv6, (400, "UnsupportedOperation")).await;
    let two = text(&vpc(&world, "CreateVSwitch", &make("cn-hangzhou-d", "10.0.1.0/29")).await["VSwitchId"]);

    // The vSwitch in the query, the region in the body, as the provider sends them, makes no difference.
    let read = body(vpc(&world, "DescribeVSwitchAttributes", &[("VSwitchId", &two)]).await);
    for (name, expected) in [
        ("VSwitchId", json!(two)),
        ("VpcId", json!(id)),
        ("ZoneId", json!("cn-hangzhou-d")),
        ("CidrBlock", json!("10.0.1.0/29")),
        ("Ipv6CidrBlock", json!("")),
        ("Description", json!("")),
        ("VSwitchName", json!("")),
        ("Status", json!("Available")),
        ("IsDefault", json!(false)),
        ("AvailableIpAddressCount", json!(4)),
        ("Tags", json!({ "Tag": [] })),
    ] {
        assert_eq!(read[name], expected, "{name}");
    }
    vpc(&world, "ModifyVSwitchAttribute", &[("VSwitchId", &two), ("VSwitchName", "web")]).await;
    let ids = |listed: &Json| -> Vec<String> {
        listed["VSwitches"]["VSwitch"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| text(&item["VSwitchId"]))
            .collect()
    };
    for (more, expected) in [
        (vec![("VpcId", id.as_str())], 2),
        (vec![("VpcId", "vpc-other")], 0),
        (vec![("ZoneId", "cn-hangzhou-d")], 1),
        (vec![("VSwitchName", "web")], 1),
        (vec![("IsDefault", "true")], 0),
        (vec![("VSwitchOwnerId", "7")], 0),
        (vec![("RouteTableId", "vtb-no")], 0),
        (vec![("VSwitchId", two.as_str())], 1),
        (vec![("Tag.1.Key", "none")], 0),
        (vec![("PageNumber", "2"), ("PageSize", "1")], 1),
        (vec![("PageNumber", "3"), ("PageSize", "1")], 0),
    ] {
        assert_eq!(ids(&vpc(&world, "DescribeVSwitches", &more).await).len(), expected, "{more:?}");
    }
    let mut both = vec![one.clone(), two.clone()];
    both.sort();
    let shown = vpc(&world, "DescribeVpcAttribute", &[("VpcId", &id)]).await;
    assert_eq!(shown["VSwitchIds"]["VSwitchId"], json!(both), "ties by id");
    let tables = vpc(&world, "DescribeRouteTableList", &[("VpcId", &id)]).await;
    assert_eq!(tables["RouterTableList"]["RouterTableListType"][0]["VSwitchIds"]["VSwitchId"], json!(both));
}

#[tokio::test]
async fn further_addresses() {
    let world = World::open().await;
    let id = new_vpc(&world, &[("CidrBlock", "10.0.0.0/16")]).await;
    let block = [("VpcId", id.as_str()), ("SecondaryCidrBlock", "192.168.0.0/16")];
    vpc(&world, "AssociateVpcCidrBlock", &[block[0], block[1], ("IpVersion", "ipv4")]).await;
    vpc(&world, "AssociateVpcCidrBlock", &block).await;
    for (cidr, code) in [
        ("10.0.1.0/24", "InvalidCidrBlock.Overlapped"),
        ("192.168.1.0/24", "InvalidCidrBlock.Overlapped"),
        ("127.0.0.0/8", "InvalidParameter"),
    ] {
        let more = [block[0], ("SecondaryCidrBlock", cidr)];
        refused(&world, VPC, "AssociateVpcCidrBlock", &more, (400, code)).await;
    }
    let ipv6 = [block[0], block[1], ("IpVersion", "IPV6")];
    refused(&world, VPC, "AssociateVpcCidrBlock", &ipv6, (400, "UnsupportedOperation")).await;
    let vswitch = new_vswitch(&world, &id, "192.168.1.0/24").await;
    refused(&world, VPC, "UnassociateVpcCidrBlock", &block, (400, "DependencyViolation.VSwitch")).await;
    vpc(&world, "DeleteVSwitch", &[("VSwitchId", &vswitch)]).await;
    vpc(&world, "UnassociateVpcCidrBlock", &block).await;
    refused(&world, VPC, "UnassociateVpcCidrBlock", &block, (400, "InvalidParameter")).await;
    let shown = vpc(&world, "DescribeVpcAttribute", &[block[0]]).await;
    assert_eq!(shown["SecondaryCidrBlocks"]["SecondaryCidrBlock"], json!([]));
}

#[tokio::test]
async fn what_is_in_a_vpc_goes_before_it() {
    let world = World::open().await;
    let id = new_vpc(&world, &[]).await;
    let (vswitch, group) =
        (new_vswitch(&world, &id, "172.16.0.0/24").await, new_group(&world, &[("VpcId", &id)]).await);
    let at = [("VpcId", id.as_str())];
    let forced = [at[0], ("ForceDelete", "true")];
    refused(&world, VPC, "DeleteVpc", &forced, (400, "DependencyViolation.VSwitch")).await;
    vpc(&world, "DeleteVSwitch", &[("VSwitchId", &vswitch)]).await;
    refused(&world, VPC, "DeleteVpc", &forced, (400, "DependencyViolation.SecurityGroup")).await;
    ecs(&world, "DeleteSecurityGroup", &[("SecurityGroupId", &group)]).await;
    refused(&world, VPC, "DeleteVpc", &[at[0], ("DryRun", "true")], (400, "DryRunOperation")).await;
    vpc(&world, "DeleteVpc", &at).await;
    // Gone, in the words that the provider knows.
    for action in ["DescribeVpcAttribute", "DeleteVpc", "ModifyVpcAttribute"] {
        refused(&world, VPC, action, &at, (404, "InvalidVpcID.NotFound")).await;
    }
    for action in ["DescribeVSwitchAttributes", "DeleteVSwitch", "ModifyVSwitchAttribute"] {
        refused(&world, VPC, action, &[("VSwitchId", &vswitch)], (404, "InvalidVswitchID.NotFound")).await;
    }
    for action in ["DescribeSecurityGroupAttribute", "DeleteSecurityGroup", "ModifySecurityGroupAttribute"] {
        let gone = (404, "InvalidSecurityGroupId.NotFound");
        refused(&world, ECS, action, &[("SecurityGroupId", &group)], gone).await;
    }
    let listed = ecs(&world, "DescribeSecurityGroups", &[("SecurityGroupId", &group)]).await;
    assert_eq!(listed["SecurityGroups"]["SecurityGroup"], json!([]));
    let table = [("RouteTableId", "vtb-no"), ("RouteTableName", "x")];
    refused(&world, VPC, "ModifyRouteTableAttributes", &table, (404, "InvalidRouteTableId.NotFound")).await;
}

#[tokio::test]
async fn tags_follow_what_was_applied() {
    let world = World::open().await;
    let id = new_vpc(&world, &[("Tag.1.Key", "a"), ("Tag.1.Value", "1")]).await;
    let vswitch = new_vswitch(&world, &id, "172.16.0.0/24").await;
    let group = new_group(&world, &[("VpcId", &id), ("Tag.1.Key", "a"), ("Tag.1.Value", "")]).await;
    let on = |kind: &'static str| [("ResourceType", kind), ("ResourceId.1", id.as_str())];
    // The provider sends the tags of the making once more, then changes by taking off and putting on.
    vpc(&world, "TagResources", &[&on("VPC")[..], &[("Tag.1.Key", "a"), ("Tag.1.Value", "1")]].concat())
        .await;
    vpc(&world, "UnTagResources", &[&on("vpc")[..], &[("TagKey.1", "a"), ("TagKey.2", "none")]].concat())
        .await;
    // Every spelling that the provider's products have.
    vpc(&world, "UntagResources", &[&on("Vpc")[..], &[("All", "true")]].concat()).await;
    let tags = [("Tag.1.Key", "b"), ("Tag.1.Value", "2"), ("Tag.2.Key", "c"), ("Tag.2.Value", "")];
    vpc(&world, "TagResources", &[&on("vpc")[..], &tags].concat()).await;
    let shown = vpc(&world, "DescribeVpcAttribute", &[("VpcId", &id)]).await;
    assert_eq!(shown["Tags"]["Tag"], json!([{ "Key": "b", "Value": "2" }, { "Key": "c", "Value": "" }]));
    let vswitch_tags = [("ResourceType", "VSWITCH"), ("ResourceId.1", &vswitch), tags[0], tags[1]];
    vpc(&world, "TagResources", &vswitch_tags).await;
    let shown = vpc(&world, "DescribeVSwitchAttributes", &[("VSwitchId", &vswitch)]).await;
    assert_eq!(shown["Tags"]["Tag"], json!([{ "Key": "b", "Value": "2" }]));
    let listed = ecs(&world, "DescribeSecurityGroups", &[("Tag.1.Key", "a")]).await;
    let tag = &listed["SecurityGroups"]["SecurityGroup"][0]["Tags"]["Tag"][0];
    assert_eq!(tag, &json!({ "TagKey": "a", "TagValue": "", "Key": "a", "Value": "" }));
    let sg = [("ResourceType", "SecurityGroup"), ("ResourceId.1", group.as_str())];
    ecs(&world, "UntagResources", &[&sg[..], &[("TagKey.1", "a")]].concat()).await;
    ecs(&world, "TagResources", &[&sg[..], &[("Tag.1.Key", "z")]].concat()).await;

    let missing = (400, "MissingTagKey");
    refused(&world, VPC, "UnTagResources", &on("VPC"), missing).await;
    refused(&world, ECS, "UntagResources", &sg, missing).await;
    // All that are named or none: the second is not there.
    let two = [&on("VPC")[..], &[("ResourceId.2", "vpc-no"), ("Tag.1.Key", "new")]].concat();
    refused(&world, VPC, "TagResources", &two, (404, "InvalidResourceId.NotFound")).await;
    let twenty: Vec<(String, String)> = (1..=19).map(|n| (format!("Tag.{n}.Key"), format!("k{n}"))).collect();
    let twenty: Vec<(&str, &str)> = twenty.iter().map(|(name, key)| (name.as_str(), key.as_str())).collect();
    refused(&world, VPC, "TagResources", &[&on("VPC")[..], &twenty].concat(), (400, "QuotaExceeded.Tag"))
        .await;
    let shown = vpc(&world, "DescribeVpcAttribute", &[("VpcId", &id)]).await;
    assert_eq!(shown["Tags"]["Tag"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_security_group_is_read_back_as_it_was_applied() {
    let world = World::open().await;
    let id = new_vpc(&world, &[]).await;
    let group = new_group(&world, &[("VpcId", &id), ("SecurityGroupName", "web")]).await;
    let at = [("SecurityGroupId", group.as_str())];
    let listed = body(ecs(&world, "DescribeSecurityGroups", &at).await);
    let shown = &listed["SecurityGroups"]["SecurityGroup"][0];
    for (name, expected) in [
        ("SecurityGroupId", json!(group)),
        ("SecurityGroupName", json!("web")),
        ("Description", json!("")),
        ("VpcId", json!(id)),
        ("SecurityGroupType", json!("normal")),
        ("CreationTime", json!("2022-06-24T08:00:30Z")),
        ("Tags", json!({ "Tag": [] })),
    ] {
        assert_eq!(shown[name], expected, "{name}");
    }
    assert!(shown["ResourceGroupId"].as_str().unwrap().starts_with("rg-"));
    let read = body(ecs(&world, "DescribeSecurityGroupAttribute", &at).await);
    assert_eq!((&read["SecurityGroupId"], &read["InnerAccessPolicy"]), (&json!(group), &json!("Accept")));
    assert_eq!(read["Permissions"], json!({ "Permission": [] }));
    ecs(&world, "ModifySecurityGroupPolicy", &[at[0], ("InnerAccessPolicy", "drop")]).await;
    ecs(&world, "ModifySecurityGroupAttribute", &[at[0], ("Description", "front end")]).await;
    let read = ecs(&world, "DescribeSecurityGroupAttribute", &at).await;
    assert_eq!(
        (&read["InnerAccessPolicy"], &read["Description"], &read["SecurityGroupName"]),
        (&json!("Drop"), &json!("front end"), &json!("web"))
    );
    // The other kind, in which nobody reaches anybody, and a group for no VPC without a name.
    let closed = new_group(&world, &[("SecurityGroupType", "enterprise")]).await;
    let closed = ("SecurityGroupId", closed.as_str());
    let read = ecs(&world, "DescribeSecurityGroupAttribute", &[closed]).await;
    assert_eq!(
        (&read["InnerAccessPolicy"], &read["VpcId"], &read["SecurityGroupName"]),
        (&json!("Drop"), &json!(""), &json!(""))
    );
    ecs(&world, "ModifySecurityGroupPolicy", &[closed, ("InnerAccessPolicy", "Drop")]).await;
    let open = [closed, ("InnerAccessPolicy", "Accept")];
    refused(&world, ECS, "ModifySecurityGroupPolicy", &open, (400, "InvalidParameter.InnerAccessPolicy"))
        .await;
    for (more, expected) in [
        (vec![("VpcId", id.as_str())], 1),
        (vec![("SecurityGroupName", "web")], 1),
        (vec![("SecurityGroupType", "enterprise")], 1),
        (vec![("SecurityGroupIds", &*format!("[\"{group}\",\"{}\"]", closed.1))], 2),
        (vec![("SecurityGroupIds", "[\"sg-no\"]"), at[0]], 0),
        (vec![("ResourceGroupId", "rg-no")], 0),
        (vec![("PageSize", "1"), ("PageNumber", "3")], 0),
    ] {
        let listed = ecs(&world, "DescribeSecurityGroups", &more).await;
        let groups = listed["SecurityGroups"]["SecurityGroup"].as_array().unwrap();
        assert_eq!(groups.len(), expected, "{more:?}");
    }
    for (more, expected) in [
        (("VpcId", "vpc-no"), (404, "InvalidVpcId.NotFound")),
        (("SecurityGroupName", "1st"), (400, "InvalidSecurityGroupName.Malformed")),
        (("SecurityGroupName", "x"), (400, "InvalidSecurityGroupName.Malformed")),
        (("Description", "http://x"), (400, "InvalidDescription.Malformed")),
        (("ResourceGroupId", "rg-no"), (400, "InvalidResourceGroupId")),
    ] {
        refused(&world, ECS, "CreateSecurityGroup", &[more], expected).await;
    }
}

#[tokio::test]
async fn zones_and_regions() {
    let world = World::open().await;
    let zones = ecs(&world, "DescribeZones", &[("SpotStrategy", "NoSpot")]).await;
    let zones = zones["Zones"]["Zone"].as_array().unwrap();
    let ids: Vec<_> = zones.iter().map(|zone| text(&zone["ZoneId"])).collect();
    assert_eq!(ids, ["cn-hangzhou-b", "cn-hangzhou-c", "cn-hangzhou-d"]);
    for zone in zones {
        // The provider passes a zone over in which either list is empty.
        for (list, item) in
            [("AvailableInstanceTypes", "InstanceTypes"), ("AvailableDiskCategories", "DiskCategories")]
        {
            assert!(!zone[list][item].as_array().unwrap().is_empty(), "{list}");
        }
    }
    let available = ecs(&world, "DescribeAvailableResource", &[("DestinationResource", "Zone")]).await;
    let available = available["AvailableZones"]["AvailableZone"].as_array().unwrap();
    assert_eq!(available.iter().map(|zone| text(&zone["ZoneId"])).collect::<Vec<_>>(), ids);
    assert!(available.iter().all(|zone| zone["Status"] == "Available"));
    let one = [("DestinationResource", "Zone"), ("ZoneId", "cn-hangzhou-c")];
    let listed = ecs(&world, "DescribeAvailableResource", &one).await;
    assert_eq!(listed["AvailableZones"]["AvailableZone"].as_array().unwrap().len(), 1);
    let none = [("DestinationResource", "Zone"), ("ZoneId", "cn-hangzhou-z")];
    refused(&world, ECS, "DescribeAvailableResource", &none, (400, "InvalidZoneId.NotFound")).await;
    let machines = [("DestinationResource", "InstanceType")];
    refused(&world, ECS, "DescribeAvailableResource", &machines, (400, "UnsupportedOperation")).await;
    let regions = ecs(&world, "DescribeRegions", &[]).await;
    let regions = regions["Regions"]["Region"].as_array().unwrap();
    assert!(regions.len() == 26 && regions.iter().any(|region| region["RegionId"] == "cn-hangzhou"));
}

#[tokio::test]
async fn what_is_not_offered_is_not_a_resource_that_is_gone() {
    let world = World::open().await;
    for version in [VPC, ECS] {
        refused(&world, version, "CreateNatGateway", &[], (400, "UnsupportedOperation")).await;
    }
}
