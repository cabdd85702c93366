//! Networks, subnets and security groups: whose they are, what a crash leaves of them, and what stands on them.

use control::Fault;
use control::cidr::Cidr;
use control::engine::EngineError;
use control::fail::{Break, Place};
use control::fault::{Absent, Conflict, Dependant, EngineTrouble};
use control::ids::{ClientToken, InstanceId, NetworkId, SecurityGroupId, SubnetId, ZoneId};
use control::instance::InstanceStart;
use control::network::{NetworkChange, NetworkCreate, NetworkCreated, NetworkFilter, RouteTableChange};
use control::placement::PlacementQuery;
use control::security_group::{
    SecurityGroupChange, SecurityGroupCreate, SecurityGroupFilter, SecurityGroupKind,
};
use control::subnet::{Subnet, SubnetChange, SubnetCreate, SubnetFilter};
use control::tag::{NetworkResource, Tag, TagRemoval};

use crate::audit::outcomes;
use crate::world::{ALL, Tenant, World, eventually};

fn block(text: &str) -> Cidr {
    Cidr::parse(text).unwrap()
}

fn a_network(tenant: &Tenant, token: Option<&str>) -> NetworkCreate {
    NetworkCreate {
        region: tenant.region.clone(),
        id_prefix: "net-",
        router_prefix: "router-",
        route_table_prefix: "table-",
        name: "app".into(),
        description: String::new(),
        cidr: block("10.0.0.0/16"),
        cidrs_user: Vec::new(),
        host_names: false,
        resource_group: None,
        tags: vec![Tag { key: "k".into(), value: "v".into() }],
        token: token.map(ClientToken::new),
        dry_run: false,
    }
}

async fn network(tenant: &Tenant, token: Option<&str>) -> Result<NetworkCreated, Fault> {
    let create = a_network(tenant, token);
    tenant.control.network_create(&tenant.caller, create).await.map(control::Committed::into_inner)
}

async fn subnet(tenant: &Tenant, network: &NetworkId, cidr: &str) -> Result<SubnetId, Fault> {
    let create = SubnetCreate {
        region: tenant.region.clone(),
        id_prefix: "sub-",
        network: network.clone(),
        zone: ZoneId::new(format!("{}-b", tenant.region)),
        cidr: block(cidr),
        name: String::new(),
        description: String::new(),
        tags: Vec::new(),
        token: None,
    };
    tenant.control.subnet_create(&tenant.caller, create).await.map(control::Committed::into_inner)
}

async fn group(tenant: &Tenant, network: Option<&NetworkId>) -> Result<SecurityGroupId, Fault> {
    let create = SecurityGroupCreate {
        region: tenant.region.clone(),
        id_prefix: "group-",
        network: network.cloned(),
        name: String::new(),
        description: String::new(),
        kind: SecurityGroupKind::Basic,
        resource_group: None,
        tags: Vec::new(),
        token: None,
    };
    tenant.control.security_group_create(&tenant.caller, create).await.map(control::Committed::into_inner)
}

async fn counts(tenant: &Tenant) -> (usize, usize, usize) {
    let (control, caller, region) = (&tenant.control, &tenant.caller, &tenant.region);
    let networks = control.network_list(caller, region, &NetworkFilter::default(), ALL).await.unwrap();
    let subnets = control.subnet_list(caller, region, &SubnetFilter::default(), ALL).await.unwrap();
    let groups =
        control.security_group_list(caller, region, &SecurityGroupFilter::default(), ALL).await.unwrap();
    (networks.total, subnets.total, groups.total)
}

async fn subnet_find(tenant: &Tenant, id: &SubnetId) -> Subnet {
    tenant.control.subnet_find(&tenant.caller, &tenant.region, id).await.unwrap()
}

async fn subnet_delete(tenant: &Tenant, id: &SubnetId) -> Result<(), Fault> {
    let deleted = tenant.control.subnet_delete(&tenant.caller, &tenant.region, id).await;
    deleted.map(control::Committed::into_inner)
}

/// What every command that names a record answers, by command.
async fn answers(
    tenant: &Tenant,
    made: &NetworkCreated,
    sub: &SubnetId,
    sec: &SecurityGroupId,
) -> Vec<(&'static str, Result<(), Fault>)> {
    let (control, caller, region) = (&tenant.control, &tenant.caller, &tenant.region);
    let carriers = vec![
        NetworkResource::Network(made.id.clone()),
        NetworkResource::Subnet(sub.clone()),
        NetworkResource::SecurityGroup(sec.clone()),
    ];
    let mut answers = vec![
        ("network_find", control.network_find(caller, region, &made.id).await.map(drop)),
        (
            "network_change",
            control.network_change(caller, region, &made.id, NetworkChange::default()).await.map(drop),
        ),
        ("network_delete", control.network_delete(caller, region, &made.id, false).await.map(drop)),
        (
            "route_table_change",
            control
                .route_table_change(caller, region, &made.route_table, RouteTableChange::default())
                .await
                .map(drop),
        ),
        ("subnet_create", subnet(tenant, &made.id, "10.0.9.0/24").await.map(drop)),
        ("subnet_find", control.subnet_find(caller, region, sub).await.map(drop)),
        (
            "subnet_change",
            control.subnet_change(caller, region, sub, SubnetChange::default()).await.map(drop),
        ),
        ("subnet_delete", control.subnet_delete(caller, region, sub).await.map(drop)),
        ("security_group_create", group(tenant, Some(&made.id)).await.map(drop)),
        ("security_group_find", control.security_group_find(caller, region, sec).await.map(drop)),
        (
            "security_group_change",
            control
                .security_group_change(caller, region, sec, SecurityGroupChange::default())
                .await
                .map(drop),
        ),
        ("security_group_delete", control.security_group_delete(caller, region, sec).await.map(drop)),
    ];
    for carrier in carriers {
        let tags = vec![Tag { key: "theirs".into(), value: String::new() }];
        answers
            .push(("tag", control.network_tag(caller, region, vec![carrier.clone()], tags).await.map(drop)));
        let untagged = control.network_untag(caller, region, vec![carrier], TagRemoval::All).await;
        answers.push(("untag", untagged.map(drop)));
    }
    answers
}

#[tokio::test]
async fn strangers_see_what_nobody_has() {
    let world = World::new();
    let owner = world.open().await;
    let made = network(&owner, None).await.unwrap();
    let (sub, sec) = (
        subnet(&owner, &made.id, "10.0.0.0/24").await.unwrap(),
        group(&owner, Some(&made.id)).await.unwrap(),
    );
    let nobody = NetworkCreated {
        id: NetworkId::new("' OR '1'='1"),
        route_table: control::ids::RouteTableId::new("' OR '1'='1"),
        ..made.clone()
    };
    let no = ("' OR '1'='1", "' OR '1'='1");
    for (who, tenant, made, sub, sec) in [
        ("stranger", owner.of_account("9000000000000001"), &made, sub.clone(), sec.clone()),
        ("elsewhere", owner.in_region("region-b"), &made, sub.clone(), sec.clone()),
        ("unknown", owner.clone(), &nobody, SubnetId::new(no.0), SecurityGroupId::new(no.1)),
    ] {
        for (command, answer) in answers(&tenant, made, &sub, &sec).await {
            assert!(matches!(answer, Err(Fault::Absent(_))), "{who}, {command}: {answer:?}");
        }
    }
    assert_eq!(counts(&owner.of_account("9000000000000001")).await, (0, 0, 0));
    assert_eq!(counts(&owner.in_region("region-b")).await, (0, 0, 0));
    assert_eq!(counts(&owner).await, (1, 1, 1));
    let seen = owner.control.network_find(&owner.caller, &owner.region, &made.id).await.unwrap();
    assert_eq!(
        (seen.name.as_str(), seen.tags.len(), &seen.subnets),
        ("app", 1, &vec![sub]),
        "nothing was changed"
    );
}

#[tokio::test]
async fn everything_is_there_after_a_restart_with_its_record() {
    let world = World::new();
    let owner = world.open().await;
    let made = network(&owner, Some("one")).await.unwrap();
    let sub = subnet(&owner, &made.id, "10.0.0.0/24").await.unwrap();
    let sec = group(&owner, Some(&made.id)).await.unwrap();
    let before = owner.control.network_find(&owner.caller, &owner.region, &made.id).await.unwrap();
    let owner = world.reopen(&owner).await;
    assert_eq!(owner.control.network_find(&owner.caller, &owner.region, &made.id).await.unwrap(), before);
    assert_eq!(network(&owner, Some("one")).await.unwrap(), made, "tokens are remembered");
    assert_eq!(counts(&owner).await, (1, 1, 1));
    // The end of each, and what the record says of it all.
    subnet_delete(&owner, &sub).await.unwrap();
    owner.control.security_group_delete(&owner.caller, &owner.region, &sec).await.unwrap().into_inner();
    owner.control.network_delete(&owner.caller, &owner.region, &made.id, false).await.unwrap().into_inner();
    assert_eq!(counts(&owner).await, (0, 0, 0));
    assert!(owner.control.audit_verify().await.unwrap().damage.is_empty());
    owner.control.close().await;
    for command in [
        "network_create",
        "subnet_create",
        "security_group_create",
        "subnet_delete",
        "security_group_delete",
        "network_delete",
    ] {
        assert_eq!(outcomes(&world, command).await, ["done"], "{command}");
    }
}

#[tokio::test]
async fn a_token_bridges_a_commit_without_an_answer() {
    let world = World::new();
    let owner = world.open().await;
    world.options.fail_points.add("store", "commit", Place::AfterEffect, Break::Fail, 1);
    let unknown = network(&owner, Some("one")).await;
    assert!(matches!(unknown, Err(Fault::Engine(EngineTrouble::Store(_)))), "{unknown:?}");
    let owner = world.reopen(&owner).await;
    let made = network(&owner, Some("one")).await.unwrap();
    assert_eq!(network(&owner, Some("one")).await.unwrap(), made);
    assert_eq!(counts(&owner).await.0, 1, "the lost answer is given again, and nothing is made twice");
}

#[tokio::test]
async fn one_token_at_once_from_many() {
    let world = World::new();
    let owner = world.open().await;
    let calls = (0..50).map(|_| network(&owner, Some("one")));
    let made: Vec<_> = futures_util::future::join_all(calls).await.into_iter().map(Result::unwrap).collect();
    assert!(made.iter().all(|each| *each == made[0]));
    assert_eq!(counts(&owner).await.0, 1);
}

#[tokio::test]
async fn siblings_made_at_once_do_not_overlap() {
    let world = World::new();
    let owner = world.open().await;
    let id = network(&owner, None).await.unwrap().id;
    let made = futures_util::future::join_all((0..20).map(|n| {
        let (owner, id) = (owner.clone(), id.clone());
        // Two ask for each block.
        async move { subnet(&owner, &id, &format!("10.0.{}.0/24", n / 2)).await }
    }));
    let (made, refused): (Vec<_>, Vec<_>) = made.await.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (10, 10));
    assert!(refused.iter().all(|each| matches!(each, Err(Fault::Conflict(Conflict::CidrOverlaps(_))))));
}

async fn start(tenant: &Tenant, id: &InstanceId, placement: PlacementQuery) -> Result<(), Fault> {
    let start = InstanceStart { placement, ..tenant.a_start(id) };
    tenant.control.instance_start(&tenant.caller, start).await.map(control::Committed::into_inner)
}

#[tokio::test]
async fn a_subnet_is_free_again_when_a_deployment_came_to_nothing() {
    let world = World::new();
    let owner = world.open().await;
    let made = network(&owner, None).await.unwrap();
    let sub = subnet(&owner, &made.id, "10.0.0.0/28").await.unwrap();
    let id = owner.order().await;
    for _ in 0..3 {
        world.engine.fail_next("cluster_probe", false, || EngineError::Failed("no leader".into()));
    }
    let placement = PlacementQuery { subnets: vec![sub.clone()], ..PlacementQuery::default() };
    world.engine.hold("cluster_open");
    start(&owner, &id, placement.clone()).await.unwrap();
    let used = subnet_delete(&owner, &sub).await;
    assert!(matches!(used, Err(Fault::Conflict(Conflict::InUse(Dependant::Instance)))), "{used:?}");
    assert_eq!(subnet_find(&owner, &sub).await.addresses_free, 11);
    world.engine.release("cluster_open");
    eventually(|| async { owner.find(&id).await.unwrap().failure }).await;
    assert_eq!(subnet_find(&owner, &sub).await.addresses_free, 12);
    subnet_delete(&owner, &sub).await.unwrap();
    // What was looked up before is looked up again with the change.
    let gone = start(&owner, &id, placement).await;
    assert!(matches!(gone, Err(Fault::Absent(Absent::Subnet(_)))), "{gone:?}");
}

#[tokio::test]
async fn records_of_one_kind_do_not_bind_the_other() {
    let world = World::new();
    let owner = world.open().await;
    let sec = group(&owner, None).await.unwrap();
    let find = async |query: PlacementQuery| {
        owner.control.placement_find(&owner.caller, &owner.region, &query).await
    };
    let named = |subnet: &str, group: &str| PlacementQuery {
        network: None,
        subnets: vec![SubnetId::new(subnet)],
        security_group: Some(SecurityGroupId::new(group)),
        cipher_key: None,
    };
    // Groups are kept here, networks are not.
    let found = find(named("far", sec.as_str())).await.unwrap();
    assert!(found.home.is_none() && found.security_group_known);
    let absent = find(named("far", "far")).await;
    assert!(matches!(absent, Err(Fault::Absent(Absent::SecurityGroup(_)))), "{absent:?}");
    // A stranger with no records is bound by nobody's.
    let stranger = owner.of_account("9000000000000001");
    let query = named("far", "far");
    let found = stranger.control.placement_find(&stranger.caller, &stranger.region, &query).await.unwrap();
    assert!(found.home.is_none() && !found.security_group_known);
    // One network anywhere, and every subnet is looked up.
    network(&owner.in_region("region-b"), None).await.unwrap();
    let absent = find(named("far", sec.as_str())).await;
    assert!(matches!(absent, Err(Fault::Absent(Absent::Subnet(_)))), "{absent:?}");
}
