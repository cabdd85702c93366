//! Resource groups: whose they are, and how long they stay.

use control::Fault;
use control::fail::{Break, Place};
use control::fault::{Absent, Capacity, Conflict, EngineTrouble};
use control::ids::{InstanceId, ResourceGroupId};
use control::instance::{InstanceAnnotate, InstanceOrder};
use control::resource_group::{RESOURCE_GROUPS_MAX, ResourceGroup, ResourceGroupCreate};
use serde_json::json;

use crate::audit::outcomes;
use crate::world::{Tenant, World};

async fn create(tenant: &Tenant, name: &str) -> Result<ResourceGroup, Fault> {
    let create = ResourceGroupCreate { id_prefix: "group-", name: name.into(), label: "label".into() };
    tenant.control.resource_group_create(&tenant.caller, create).await.map(control::Committed::into_inner)
}

async fn delete(tenant: &Tenant, id: &ResourceGroupId) -> Result<(), Fault> {
    tenant.control.resource_group_delete(&tenant.caller, id).await.map(drop)
}

async fn names(tenant: &Tenant) -> Vec<String> {
    let groups = tenant.control.resource_group_list(&tenant.caller).await.unwrap();
    groups.into_iter().map(|group| group.name).collect()
}

async fn order(tenant: &Tenant, group: &ResourceGroupId) -> Result<InstanceId, Fault> {
    let order = InstanceOrder { resource_group: Some(group.clone()), ..tenant.an_order() };
    tenant.control.instance_order(&tenant.caller, order).await.map(|made| made.into_inner().instance_id)
}

#[tokio::test]
async fn strangers_see_what_nobody_has() {
    let world = World::new();
    let owner = world.open().await;
    let group = create(&owner, "one").await.unwrap();
    let stranger = owner.of_account("9000000000000001");
    for (who, tenant, id) in
        [("stranger", &stranger, group.id.clone()), ("unknown", &owner, ResourceGroupId::new("' OR '1'='1"))]
    {
        let (control, caller) = (&tenant.control, &tenant.caller);
        for (command, answer) in [
            ("find", control.resource_group_find(caller, &id).await.map(drop)),
            ("change", control.resource_group_change(caller, &id, "theirs".into()).await.map(drop)),
            ("delete", delete(tenant, &id).await),
        ] {
            assert!(
                matches!(answer, Err(Fault::Absent(Absent::ResourceGroup(_)))),
                "{who}, {command}: {answer:?}"
            );
        }
    }
    assert_eq!(names(&stranger).await, ["default"]);
    // The default group of one account is nobody else's.
    let foreign = ResourceGroupId::default_of(&owner.caller.account);
    let found = stranger.control.resource_group_find(&stranger.caller, &foreign).await;
    assert!(matches!(found, Err(Fault::Absent(Absent::ResourceGroup(_)))), "{found:?}");
    let found = owner.in_region("region-b");
    assert_eq!(found.control.resource_group_find(&found.caller, &group.id).await.unwrap(), group);
}

#[tokio::test]
async fn groups_survive_a_restart_and_a_lost_answer() {
    let world = World::new();
    let owner = world.open().await;
    create(&owner, "one").await.unwrap();
    world.options.fail_points.add("store", "commit", Place::AfterEffect, Break::Fail, 1);
    let unknown = create(&owner, "two").await;
    assert!(matches!(unknown, Err(Fault::Engine(EngineTrouble::Store(_)))), "{unknown:?}");
    let owner = world.reopen(&owner).await;
    // Made in one millisecond, they come in any order.
    let mut kept = names(&owner).await;
    kept.sort_unstable();
    assert_eq!(kept, ["default", "one", "two"]);
    // Whoever asks again is told that it is there.
    let again = create(&owner, "two").await;
    assert!(matches!(again, Err(Fault::Conflict(Conflict::ResourceGroupNameTaken(_)))), "{again:?}");
    assert_eq!(outcomes(&world, "resource_group_create").await, ["done"; 2]);
}

#[tokio::test]
async fn an_instance_holds_its_group_until_it_is_deleted() {
    let world = World::new();
    let owner = world.open().await;
    let (group, other) = (create(&owner, "one").await.unwrap().id, create(&owner, "two").await.unwrap().id);
    let id = order(&owner, &group).await.unwrap();
    owner.start(&id).await.unwrap();
    owner.until(&id, control::instance::InstanceState::Running).await;
    let is_held = async |group: &ResourceGroupId| {
        let refused = delete(&owner, group).await;
        assert!(matches!(refused, Err(Fault::Conflict(Conflict::ResourceGroupInUse))), "{refused:?}");
    };
    is_held(&group).await;
    // It moves, and a note that says nothing of groups leaves it where it is.
    for resource_group in [Some(other.clone()), None] {
        let seen = owner.find(&id).await.unwrap();
        let note = InstanceAnnotate { seen, resource_group, details: json!({ "from": "note" }) };
        owner.control.instance_annotate(&owner.caller, note).await.unwrap().into_inner();
    }
    delete(&owner, &group).await.unwrap();
    is_held(&other).await;
    let gone = order(&owner, &group).await;
    assert!(matches!(gone, Err(Fault::Absent(Absent::ResourceGroup(_)))), "{gone:?}");
    let bought: u64 = owner.control.stats().await.unwrap().instances.iter().map(|(_, many)| many).sum();
    assert_eq!(bought, 1, "a refused order buys nothing");
    owner.release(&id, true).await.unwrap();
    is_held(&other).await;
    owner.delete(&id).await.unwrap();
    delete(&owner, &other).await.unwrap();
    assert_eq!(names(&owner).await, ["default"]);
}

#[tokio::test]
async fn a_name_is_one_groups_and_there_is_an_end_to_them() {
    let world = World::new();
    let owner = world.open().await;
    let at_once = (0..10).map(|_| create(&owner, "same"));
    let made = futures_util::future::join_all(at_once).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    for n in 1..RESOURCE_GROUPS_MAX {
        create(&owner, &n.to_string()).await.unwrap();
    }
    let refused = create(&owner, "more").await;
    assert!(matches!(refused, Err(Fault::Capacity(Capacity::ResourceGroups { limit: 100 }))), "{refused:?}");
}
