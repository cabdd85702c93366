//! Names, terms and configurations: what changes nothing but the record.

use std::num::NonZeroU64;

use control::Fault;
use control::fault::{Absent, Capacity, Conflict};
use control::ids::InstanceName;
use control::instance::{Billing, InstanceChange, InstanceState, Limits, Resources, Traffic};

use crate::world::{Tenant, World};

async fn rename(tenant: &Tenant, id: &control::ids::InstanceId, name: &str) -> Result<(), Fault> {
    let name = InstanceName::parse(name).unwrap();
    let (control, caller, region) = (&tenant.control, &tenant.caller, &tenant.region);
    control.instance_rename(caller, region, id, name).await.map(control::Committed::into_inner)
}

#[tokio::test]
async fn a_name_holds_after_a_restart_and_belongs_to_one_instance_per_account_and_region() {
    let world = World::new();
    let owner = world.open().await;
    let (one, two) = (owner.order().await, owner.order().await);
    rename(&owner, &one, "payments").await.unwrap();
    rename(&owner, &one, "payments").await.expect("its own name is no conflict");
    let taken = rename(&owner, &two, "payments").await.unwrap_err();
    assert!(matches!(taken, Fault::Conflict(Conflict::InstanceNameTaken(name)) if name == "payments"));
    let elsewhere = owner.in_region("region-b");
    let far = elsewhere.order().await;
    rename(&elsewhere, &far, "payments").await.expect("another region has names of its own");
    let owner = world.reopen(&owner).await;
    assert_eq!(owner.find(&one).await.unwrap().name, "payments");
    assert_eq!(owner.find(&two).await.unwrap().name, two.as_str());
}

#[tokio::test]
async fn all_ids_are_the_accounts_own() {
    let world = World::new();
    let owner = world.open().await;
    let here = owner.order().await;
    let far = owner.in_region("region-b").order().await;
    let mut ids = owner.control.instance_ids(&owner.caller).await.unwrap();
    ids.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(ids, [(owner.region.clone(), here), (owner.in_region("region-b").region, far)]);
    let stranger = owner.of_account("9000000000000001");
    assert_eq!(stranger.control.instance_ids(&stranger.caller).await.unwrap(), []);
}

#[tokio::test]
async fn a_term_is_bought_for_a_running_instance_once() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.order().await;
    let early = owner.convert(&id).await.unwrap_err();
    assert!(matches!(early, Fault::Conflict(Conflict::InstanceState(InstanceState::Ordered))), "{early:?}");
    let id = owner.running().await;
    owner.convert(&id).await.unwrap();
    let again = owner.convert(&id).await.unwrap_err();
    assert!(matches!(again, Fault::Conflict(Conflict::NotForThisInstance(_))), "{again:?}");
    let owner = world.reopen(&owner).await;
    let instance = owner.find(&id).await.unwrap();
    assert_eq!((instance.billing, instance.expires_ms), (Billing::Prepaid, 4_000_000_000_000));
}

/// A change of what the tenant sees: more topics, another version.
async fn a_change(tenant: &Tenant, id: &control::ids::InstanceId) -> InstanceChange {
    let seen = tenant.find(id).await.unwrap();
    InstanceChange {
        limits: Limits {
            topics: 77,
            partitions: 777,
            groups: 7,
            resources: Resources {
                disk_bytes: Some(7_777),
                traffic: Traffic { sent: NonZeroU64::new(7_777), ..Traffic::default() },
            },
        },
        version: "9.9".into(),
        details: serde_json::json!({ "bought": "more" }),
        seen,
    }
}

#[tokio::test]
async fn a_change_is_of_what_was_seen_or_not_at_all() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    let (first, second) = (a_change(&owner, &id).await, a_change(&owner, &id).await);
    assert_eq!(world.engine.limits(&id), Some(first.seen.limits), "clients keep to it too");
    let changed = first.limits;
    let _ = owner.control.instance_change(&owner.caller, first).await.unwrap();
    assert_eq!(world.engine.limits(&id), Some(changed), "at once");
    // The second was worked out from an instance that is no more.
    let late = owner.control.instance_change(&owner.caller, second).await.unwrap_err();
    assert!(matches!(late, Fault::Conflict(Conflict::OperationRunning)), "{late:?}");
    let stranger = owner.of_account("9000000000000001");
    let change = a_change(&owner, &id).await;
    let foreign = owner.control.instance_change(&stranger.caller, change).await.unwrap_err();
    assert!(matches!(foreign, Fault::Absent(Absent::Instance(_))), "{foreign:?}");
    let owner = world.reopen(&owner).await;
    let instance = owner.find(&id).await.unwrap();
    assert_eq!(world.engine.limits(&id), Some(changed), "and after a restart");
    assert_eq!((instance.limits.topics, instance.version.as_str()), (77, "9.9"));
    assert_eq!(instance.details, serde_json::json!({ "bought": "more" }));
    let ordered = owner.order().await;
    let change = a_change(&owner, &ordered).await;
    let early = owner.control.instance_change(&owner.caller, change).await.unwrap_err();
    assert!(matches!(early, Fault::Conflict(Conflict::InstanceState(InstanceState::Ordered))), "{early:?}");
}

#[tokio::test]
async fn an_instance_may_not_come_to_hold_less_than_it_does() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    for name in ["one", "two", "three"] {
        owner.topic_create(&id, name).await.unwrap();
    }
    for name in ["readers", "writers"] {
        owner.group_create(&id, name).await.unwrap();
    }
    let partitions: u32 = world.engine.topics(&id).iter().map(|topic| topic.partitions).sum();
    let lower = async |limits: Limits| {
        let change = InstanceChange { limits, ..a_change(&owner, &id).await };
        owner.control.instance_change(&owner.caller, change).await.map(control::Committed::into_inner)
    };
    let fits = Limits { topics: 3, partitions, groups: 2, resources: Resources::default() };
    let before = owner.find(&id).await.unwrap();
    let topics = lower(Limits { topics: 2, ..fits }).await.unwrap_err();
    assert!(matches!(topics, Fault::Capacity(Capacity::Topics { limit: 2 })), "{topics:?}");
    let less = partitions - 1;
    let held = lower(Limits { partitions: less, ..fits }).await.unwrap_err();
    assert!(matches!(held, Fault::Capacity(Capacity::Partitions { limit }) if limit == less), "{held:?}");
    let groups = lower(Limits { groups: 1, ..fits }).await.unwrap_err();
    assert!(matches!(groups, Fault::Capacity(Capacity::Groups { limit: 1 })), "{groups:?}");
    assert_eq!(owner.find(&id).await.unwrap().limits, before.limits, "refused is unchanged");

    lower(fits).await.unwrap();
    assert_eq!(owner.find(&id).await.unwrap().limits, fits);
    let full = owner.topic_create(&id, "four").await.unwrap_err();
    assert!(matches!(full, Fault::Capacity(Capacity::Topics { limit: 3 })), "{full:?}");
}
