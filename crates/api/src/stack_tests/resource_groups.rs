//! Resource groups, and what is in them.

use serde_json::Value as Json;

use super::world::World;

const RESOURCE_MANAGER: &str = "2020-03-31";
const VPC: &str = "2016-04-28";
const ECS: &str = "2014-05-26";
const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");

async fn groups(world: &World, action: &str, parameters: &[(&str, &str)]) -> Json {
    world.ok_of(RESOURCE_MANAGER, action, parameters).await
}

async fn refused(world: &World, action: &str, parameters: &[(&str, &str)], expected: (u16, &str)) {
    world.refused(action, &[&[("Version", RESOURCE_MANAGER)], parameters].concat(), expected).await;
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_else(|| panic!("no text: {json}")).to_owned()
}

async fn new_group(world: &World, name: &str) -> String {
    let made = groups(world, "CreateResourceGroup", &[("Name", name), ("DisplayName", name)]).await;
    text(&made["ResourceGroup"]["Id"])
}

async fn listed(world: &World, more: &[(&str, &str)]) -> Vec<String> {
    let listed = groups(world, "ListResourceGroups", more).await;
    let groups = listed["ResourceGroups"]["ResourceGroup"].as_array().unwrap().clone();
    groups.iter().map(|group| text(&group["Id"])).collect()
}

async fn default_group(world: &World) -> String {
    listed(world, &[("Name", "default")]).await.remove(0)
}

#[tokio::test]
async fn everything_without_a_group_is_in_the_default_one_everywhere() {
    let world = World::open().await;
    let default = default_group(&world).await;
    let vpc = world.ok_of(VPC, "CreateVpc", &[REGION]).await;
    assert_eq!(vpc["ResourceGroupId"], *default);
    let id = text(&vpc["VpcId"]);
    let at = [REGION, ("VpcId", &id)];
    assert_eq!(world.ok_of(VPC, "DescribeVpcAttribute", &at).await["ResourceGroupId"], *default);
    world.ok_of(ECS, "CreateSecurityGroup", &at).await;
    let shown = world.ok_of(ECS, "DescribeSecurityGroups", &[REGION]).await;
    assert_eq!(shown["SecurityGroups"]["SecurityGroup"][0]["ResourceGroupId"], *default);
    let instance = world.ordered(&[]).await;
    assert_eq!(world.instance(&instance).await["ResourceGroupId"], *default);
    for (group, expected) in [(default.as_str(), 1), ("rg-other", 0)] {
        let of = world.ok("GetInstanceList", &[REGION, ("ResourceGroupId", group)]).await;
        assert_eq!(of["InstanceList"]["InstanceVO"].as_array().unwrap().len(), expected, "{group}");
    }
    // Named, it is the same one, and is accepted by an account that has made others and by one that has not.
    world.ordered(&[("ResourceGroupId", &default)]).await;
    new_group(&world, "payments").await;
    world.ordered(&[("ResourceGroupId", &default)]).await;
}

#[tokio::test]
async fn groups_are_listed_and_changed() {
    let world = World::open().await;
    let default = default_group(&world).await;
    let mut made = vec![default.clone()];
    for name in ["one", "two", "three"] {
        world.hand.advance(std::time::Duration::from_secs(1));
        made.push(new_group(&world, name).await);
    }
    assert_eq!(listed(&world, &[]).await, made, "the default one, then by age");
    assert_eq!(listed(&world, &[("PageNumber", "2"), ("PageSize", "3")]).await, made[3..]);
    assert_eq!(listed(&world, &[("PageNumber", "3"), ("PageSize", "3")]).await, [""; 0]);
    for (more, expected) in [
        (("Status", "OK"), &made[..]),
        (("Status", "PendingDelete"), &[]),
        (("Name", "two"), &made[2..3]),
        (("Name", "tw"), &[]),
        (("DisplayName", "t"), &[made[0].clone(), made[2].clone(), made[3].clone()]),
        (("ResourceGroupId", made[3].as_str()), &made[3..]),
    ] {
        assert_eq!(listed(&world, &[more]).await, expected, "{more:?}");
    }
    let at = ("ResourceGroupId", made[1].as_str());
    groups(&world, "UpdateResourceGroup", &[at, ("NewDisplayName", "一")]).await;
    let shown = groups(&world, "GetResourceGroup", &[at]).await["ResourceGroup"].clone();
    assert_eq!(
        (&shown["DisplayName"], &shown["Name"], &shown["Status"]),
        (&"一".into(), &"one".into(), &"OK".into())
    );
    let regions = shown["RegionStatuses"]["RegionStatus"].as_array().unwrap();
    assert_eq!(regions.len(), 26);
    groups(&world, "DeleteResourceGroup", &[at]).await;
    for action in ["GetResourceGroup", "DeleteResourceGroup"] {
        refused(&world, action, &[at], (404, "EntityNotExists.ResourceGroup")).await;
    }
    refused(
        &world,
        "UpdateResourceGroup",
        &[at, ("NewDisplayName", "x")],
        (404, "EntityNotExists.ResourceGroup"),
    )
    .await;
    // The name is free again, and the default group stays as it is.
    assert_ne!(new_group(&world, "one").await, made[1]);
    let fixed = ("ResourceGroupId", default.as_str());
    refused(&world, "DeleteResourceGroup", &[fixed], (409, "InvalidStatus.ResourceGroup")).await;
    refused(
        &world,
        "UpdateResourceGroup",
        &[fixed, ("NewDisplayName", "x")],
        (409, "InvalidStatus.ResourceGroup"),
    )
    .await;
}

#[tokio::test]
async fn what_no_group_can_be() {
    let world = World::open().await;
    let name = |name: &'static str| [("Name", name), ("DisplayName", "x")];
    for (parameters, expected) in [
        (name("ab"), (400, "InvalidParameter.Name.Length")),
        (name("1st"), (400, "InvalidParameter.Name.InvalidChars")),
        (name("a_b"), (400, "InvalidParameter.Name.InvalidChars")),
        (name("支付组"), (400, "InvalidParameter.Name.InvalidChars")),
        (name("default"), (409, "EntityAlreadyExists.ResourceGroup")),
    ] {
        refused(&world, "CreateResourceGroup", &parameters, expected).await;
    }
    let tagged = [&name("abc")[..], &[("Tag.1.Key", "k")]].concat();
    refused(&world, "CreateResourceGroup", &tagged, (400, "UnsupportedOperation")).await;
    new_group(&world, "abc").await;
    refused(&world, "CreateResourceGroup", &name("abc"), (409, "EntityAlreadyExists.ResourceGroup")).await;
    assert_eq!(listed(&world, &[]).await.len(), 2);
}

#[tokio::test]
async fn a_group_stays_as_long_as_anything_is_in_it() {
    let world = World::open().await;
    let (group, default) = (new_group(&world, "payments").await, default_group(&world).await);
    let (named, delete) = (("ResourceGroupId", group.as_str()), [("ResourceGroupId", group.as_str())]);
    let in_use = (409, "DeleteConflict.ResourceGroup.Resource");

    let vpc = world.ok_of(VPC, "CreateVpc", &[REGION, named]).await;
    assert_eq!(vpc["ResourceGroupId"], *group);
    let vpc = text(&vpc["VpcId"]);
    refused(&world, "DeleteResourceGroup", &delete, in_use).await;
    let away = [REGION, ("ResourceType", "VPC"), ("ResourceId", &vpc), ("NewResourceGroupId", &default)];
    world.ok_of(VPC, "MoveResourceGroup", &away).await;

    let made = world.ok_of(ECS, "CreateSecurityGroup", &[REGION, ("VpcId", &vpc), named]).await;
    let made = text(&made["SecurityGroupId"]);
    refused(&world, "DeleteResourceGroup", &delete, in_use).await;
    let away =
        [REGION, ("ResourceType", "securitygroup"), ("ResourceId", &made), ("ResourceGroupId", &default)];
    world.ok_of(ECS, "JoinResourceGroup", &away).await;

    let instance = world.ordered(&[named]).await;
    refused(&world, "DeleteResourceGroup", &delete, in_use).await;
    let away = [REGION, ("ResourceId", instance.as_str()), ("NewResourceGroupId", &default)];
    world.ok("ChangeResourceGroup", &away).await;
    assert_eq!(world.instance(&instance).await["ResourceGroupId"], *default);
    groups(&world, "DeleteResourceGroup", &delete).await;

    // A group that is gone is none, for any of them.
    for (version, action, parameters, expected) in [
        (VPC, "CreateVpc", vec![REGION, named], (400, "InvalidResourceGroupId")),
        (ECS, "CreateSecurityGroup", vec![REGION, named], (400, "InvalidResourceGroupId")),
    ] {
        world.refused(action, &[&[("Version", version)], &parameters[..]].concat(), expected).await;
    }
}

#[tokio::test]
async fn an_instance_is_held_to_the_groups_that_its_account_makes_here() {
    let world = World::open().await;
    // None made here: they are kept elsewhere.
    let instance = world.ordered(&[("ResourceGroupId", "rg-far")]).await;
    assert_eq!(world.instance(&instance).await["ResourceGroupId"], "rg-far");
    let to = |group: &str| {
        [
            ("RegionId", "cn-hangzhou".to_owned()),
            ("ResourceId", instance.clone()),
            ("NewResourceGroupId", group.to_owned()),
        ]
    };
    let change = async |group: &str| {
        let parameters = to(group);
        let parameters: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        world.post("ChangeResourceGroup", &parameters).await
    };
    assert_eq!(change("rg-farther").await.status, 200);

    let group = new_group(&world, "payments").await;
    let refused = change("rg-NotFound").await;
    assert_eq!(refused.outcome(), (400, "BIZ_FIELD_CHECK_INVALID".into()));
    assert!(!text(&refused.json()["Message"]).contains("NotFound"), "{}", refused.text);
    assert_eq!(world.instance(&instance).await["ResourceGroupId"], "rg-farther", "nothing was changed");
    let order = [
        REGION,
        ("TopicQuota", "50"),
        ("DiskType", "0"),
        ("DiskSize", "500"),
        ("DeployType", "5"),
        ("IoMax", "20"),
    ];
    let foreign = [&order[..], &[("ResourceGroupId", "rg-far")]].concat();
    world.refused("CreatePostPayOrder", &foreign, (400, "BIZ_FIELD_CHECK_INVALID")).await;
    assert_eq!(change(&group).await.status, 200);
    assert_eq!(world.instance(&instance).await["ResourceGroupId"], *group);
}
