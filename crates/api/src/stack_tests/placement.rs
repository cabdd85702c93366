//! What an instance names of its owner's networks: looked up where the account keeps records of the kind, taken as
//! given where it keeps none.

use serde_json::{Value as Json, json};

use super::world::World;

const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");
const VPC: &str = "2016-04-28";
const ECS: &str = "2014-05-26";

/// A VPC with two vSwitches, and a security group.
struct Net {
    vpc: String,
    vswitches: [String; 2],
    group: String,
}

impl Net {
    async fn make(world: &World) -> Self {
        let made = |answer: Json, id: &str| answer[id].as_str().unwrap().to_owned();
        let vpc = made(world.ok_of(VPC, "CreateVpc", &[REGION]).await, "VpcId");
        let mut vswitches = [String::new(), String::new()];
        for (slot, (zone, cidr)) in
            vswitches.iter_mut().zip([("cn-hangzhou-c", "172.16.0.0/24"), ("cn-hangzhou-d", "172.16.1.0/24")])
        {
            let make = [REGION, ("VpcId", vpc.as_str()), ("ZoneId", zone), ("CidrBlock", cidr)];
            *slot = made(world.ok_of(VPC, "CreateVSwitch", &make).await, "VSwitchId");
        }
        let make = [REGION, ("VpcId", vpc.as_str())];
        let group = made(world.ok_of(ECS, "CreateSecurityGroup", &make).await, "SecurityGroupId");
        Self { vpc, vswitches, group }
    }
}

async fn start(world: &World, id: &str, more: &[(&str, &str)]) -> (u16, String) {
    let pairs = [&[REGION, ("InstanceId", id)], more].concat();
    let answer = world.post("StartInstance", &pairs).await;
    if answer.status != 200 {
        assert!(!answer.json()["Message"].as_str().unwrap().contains("NotFound"), "{}", answer.text);
    }
    answer.outcome()
}

#[tokio::test]
async fn an_account_without_networks_names_whatever_it_likes() {
    let world = World::open().await;
    let id = world.ordered(&[]).await;
    let named = [("VpcId", "vpc-far"), ("VSwitchId", "vsw-far"), ("SecurityGroup", "sg-far")];
    assert_eq!(start(&world, &id, &named[1..]).await.1, "MissingVpcId");
    assert_eq!(start(&world, &id, &named).await.0, 200);
    world.until_status(&id, 5).await;
    let shown = world.instance(&id).await;
    assert_eq!(
        (&shown["VpcId"], &shown["VSwitchId"], &shown["SecurityGroup"], &shown["ZoneId"]),
        (&json!("vpc-far"), &json!("vsw-far"), &json!("sg-far"), &json!("cn-hangzhou-b"))
    );
    let zones = world.ok_of(ECS, "DescribeZones", &[REGION]).await;
    assert_eq!(shown["ZoneId"], zones["Zones"]["Zone"][0]["ZoneId"], "one that there is");
}

#[tokio::test]
async fn a_zone_that_is_not_named_is_the_first_candidate() {
    let world = World::open().await;
    for (candidates, zone) in [
        ("[[\"zonec\"],[\"zoned\"]]", "zonec"),
        ("[[],[\"cn-hangzhou-d\"]]", "cn-hangzhou-d"),
        ("[[\"nowhere\"]]", "cn-hangzhou-b"),
        ("{}", "cn-hangzhou-b"),
    ] {
        let id = world.ordered(&[]).await;
        let named = [("VpcId", "vpc-far"), ("VSwitchId", "vsw-far"), ("SelectedZones", candidates)];
        assert_eq!(start(&world, &id, &named).await.0, 200, "{candidates}");
        assert_eq!(world.instance(&id).await["ZoneId"], zone, "{candidates}");
    }
}

#[tokio::test]
async fn a_key_is_looked_up_where_the_account_keeps_its_keys() {
    const KMS: &str = "2016-01-20";
    let world = World::open().await;
    let id = world.ordered(&[]).await;
    let with = |key: &str| {
        [("VpcId", "vpc-1"), ("VSwitchId", "vsw-1"), ("KMSKeyId", key)].map(|(n, v)| (n, v.to_owned()))
    };
    let try_start = async |id: &str, key: &str| {
        let more = with(key);
        let more: Vec<_> = more.iter().map(|(name, value)| (*name, value.as_str())).collect();
        start(&world, id, &more).await
    };
    assert_eq!(try_start(&id, "far").await.0, 200, "it keeps none here");
    world.until_status(&id, 5).await;
    assert_eq!(world.instance(&id).await["KmsKeyId"], "far");

    let made = world.ok_of(KMS, "CreateKey", &[]).await;
    let key = made["KeyMetadata"]["KeyId"].as_str().unwrap();
    let second = world.ordered(&[]).await;
    let refused = (400, "BIZ_FIELD_CHECK_INVALID".to_owned());
    assert_eq!(try_start(&second, "NotFound").await, refused);
    world.ok_of(KMS, "DisableKey", &[("KeyId", key)]).await;
    assert_eq!(try_start(&second, key).await, refused);
    world.ok_of(KMS, "ScheduleKeyDeletion", &[("KeyId", key), ("PendingWindowInDays", "7")]).await;
    assert_eq!(try_start(&second, key).await, refused);
    assert_eq!(world.instance(&second).await["ServiceStatus"], 0, "nothing was deployed");
    world.ok_of(KMS, "CancelKeyDeletion", &[("KeyId", key)]).await;
    // By its resource name, and shown as it was sent.
    let arn = made["KeyMetadata"]["Arn"].as_str().unwrap();
    assert_eq!(try_start(&second, arn).await.0, 200);
    assert_eq!(world.instance(&second).await["KmsKeyId"], arn);
    // An instance does not keep its key: its owner may have the data lost with it.
    world.ok_of(KMS, "ScheduleKeyDeletion", &[("KeyId", key), ("PendingWindowInDays", "7")]).await;
    // A key may be left out by an account that has keys.
    let third = world.ordered(&[]).await;
    assert_eq!(try_start(&third, "").await.0, 200);
}

#[tokio::test]
async fn an_account_with_networks_is_held_to_them() {
    let world = World::open().await;
    let (net, other) = (Net::make(&world).await, Net::make(&world).await);
    let id = world.ordered(&[]).await;
    let [first, second] = &net.vswitches;
    let (vpc, one) = (("VpcId", net.vpc.as_str()), ("VSwitchId", first.as_str()));
    for more in [
        vec![("VpcId", "vpc-NotFound"), one],
        vec![vpc, ("VSwitchId", "vsw-NotFound")],
        vec![("VpcId", other.vpc.as_str()), one],
        vec![("VSwitchIds.1", first.as_str()), ("VSwitchIds.2", other.vswitches[0].as_str())],
        vec![vpc, one, ("SecurityGroup", "sg-NotFound")],
        vec![vpc, one, ("SecurityGroup", other.group.as_str())],
        vec![vpc, one, ("ZoneId", "zoned")],
        vec![vpc, one, ("ZoneId", "cn-hangzhou-d")],
    ] {
        let expected = (400, "BIZ_FIELD_CHECK_INVALID".to_owned());
        assert_eq!(start(&world, &id, &more).await, expected, "{more:?}");
    }
    assert_eq!(world.instance(&id).await["ServiceStatus"], 0, "nothing was deployed");
    // VPC and zone follow from the first vSwitch.
    let several = [
        ("VSwitchIds.1", first.as_str()),
        ("VSwitchIds.2", second.as_str()),
        ("SecurityGroup", net.group.as_str()),
    ];
    assert_eq!(start(&world, &id, &several).await.0, 200);
    world.until_status(&id, 5).await;
    let shown = world.instance(&id).await;
    for (name, expected) in [
        ("VpcId", json!(net.vpc)),
        ("VSwitchId", json!(first)),
        ("VSwitchIds", json!({ "VSwitchIds": [first, second] })),
        ("ZoneId", json!("cn-hangzhou-c")),
        ("SecurityGroup", json!(net.group)),
    ] {
        assert_eq!(shown[name], expected, "{name}");
    }
    // The zone is shown in the spelling it was sent in.
    let spelt = world.ordered(&[]).await;
    assert_eq!(start(&world, &spelt, &[vpc, one, ("ZoneId", "zonec")]).await.0, 200);
    assert_eq!(world.instance(&spelt).await["ZoneId"], "zonec");
}

#[tokio::test]
async fn what_an_instance_names_stays_until_it_is_deleted() {
    let world = World::open().await;
    let net = Net::make(&world).await;
    let id = world.ordered(&[]).await;
    let [first, second] = &net.vswitches;
    let named = [
        ("VSwitchIds.1", first.as_str()),
        ("VSwitchIds.2", second.as_str()),
        ("SecurityGroup", net.group.as_str()),
    ];
    assert_eq!(start(&world, &id, &named).await.0, 200);
    world.until_status(&id, 5).await;
    let free = async |vswitch: &str| {
        let read = world.ok_of(VPC, "DescribeVSwitchAttributes", &[REGION, ("VSwitchId", vswitch)]).await;
        read["AvailableIpAddressCount"].as_u64().unwrap()
    };
    assert_eq!((free(first).await, free(second).await), (251, 252), "the broker is in the first");
    let at = [REGION, ("InstanceId", id.as_str())];
    let deletes = [
        (VPC, "DeleteVSwitch", ("VSwitchId", first.as_str())),
        (VPC, "DeleteVSwitch", ("VSwitchId", second.as_str())),
        (ECS, "DeleteSecurityGroup", ("SecurityGroupId", net.group.as_str())),
    ];
    for released in [false, true] {
        for (version, action, named) in deletes {
            let pairs = [("Version", version), REGION, named];
            world.refused(action, &pairs, (400, "DependencyViolation")).await;
        }
        if !released {
            world.ok("ReleaseInstance", &[&at[..], &[("ForceDeleteInstance", "true")]].concat()).await;
        }
    }
    world.ok("DeleteInstance", &at).await;
    assert_eq!(free(first).await, 252);
    for (version, action, named) in deletes {
        world.ok_of(version, action, &[REGION, named]).await;
    }
    world.ok_of(VPC, "DeleteVpc", &[REGION, ("VpcId", &net.vpc)]).await;
}
