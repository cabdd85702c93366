//! Whatever belongs to another account or region, or does not exist, gives one and the same answer.

use control::Fault;
use control::fault::Absent;
use control::ids::{GroupName, InstanceId, TopicName};
use control::instance::InstanceFilter;

use crate::world::{ALL, Tenant, World};

/// What every command that names an instance answers, by command.
async fn answers(tenant: &Tenant, id: &InstanceId) -> Vec<(&'static str, Fault)> {
    let (control, caller, region) = (&tenant.control, &tenant.caller, &tenant.region);
    let topic = TopicName::new("events");
    let group = GroupName::new("readers");
    vec![
        ("instance_start", tenant.start(id).await.unwrap_err()),
        ("instance_find", tenant.find(id).await.unwrap_err()),
        ("instance_release", tenant.release(id, false).await.unwrap_err()),
        ("instance_release forced", tenant.release(id, true).await.unwrap_err()),
        ("instance_delete", tenant.delete(id).await.unwrap_err()),
        ("topic_create", tenant.topic_create(id, "events").await.unwrap_err()),
        ("topic_create new", tenant.topic_create(id, "new").await.unwrap_err()),
        ("topic_delete", tenant.topic_delete(id, "events").await.unwrap_err()),
        ("topic_list", control.topic_list(caller, Some(region), id, None, ALL).await.unwrap_err()),
        ("topic_status", control.topic_status(caller, Some(region), id, &topic).await.unwrap_err()),
        ("group_create", tenant.group_create(id, "readers").await.unwrap_err()),
        ("group_delete", tenant.group_delete(id, "readers").await.unwrap_err()),
        ("group_list", control.group_list(caller, region, id, None).await.unwrap_err()),
        ("group_progress", control.group_progress(caller, region, id, &group).await.unwrap_err()),
    ]
}

#[tokio::test]
async fn strangers_see_what_nobody_has() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    owner.topic_create(&id, "events").await.unwrap();
    owner.group_create(&id, "readers").await.unwrap();
    let unknown = InstanceId::new("kind-000000000000");
    let stranger = owner.of_account("9000000000000001");
    let elsewhere = owner.in_region("region-b");

    for (who, tenant, id) in [
        ("stranger", &stranger, &id),
        ("owner elsewhere", &elsewhere, &id),
        ("unknown id", &owner, &unknown),
        ("injection", &owner, &InstanceId::new("' OR '1'='1")),
    ] {
        for (command, fault) in answers(tenant, id).await {
            let absent = matches!(&fault, Fault::Absent(Absent::Instance(named)) if named == id.as_str());
            assert!(absent, "{who}, {command}: {fault:?}");
        }
    }
    let control = &owner.control;
    for tenant in [&stranger, &elsewhere] {
        for ids in [vec![], vec![id.clone()], vec![id.clone(), unknown.clone()]] {
            let filter = InstanceFilter { ids, ..Default::default() };
            assert!(control.instance_list(&tenant.caller, &tenant.region, &filter).await.unwrap().is_empty());
        }
        let order_id = Some(owner.find(&id).await.unwrap().order_id);
        let filter = InstanceFilter { order_id, ..Default::default() };
        assert!(control.instance_list(&tenant.caller, &tenant.region, &filter).await.unwrap().is_empty());
    }
    // Without a region the id decides, for its owner and nobody else.
    assert_eq!(control.topic_list(&elsewhere.caller, None, &id, None, ALL).await.unwrap().total, 1);
    let refused = control.topic_list(&stranger.caller, None, &id, None, ALL).await;
    assert!(matches!(refused, Err(Fault::Absent(Absent::Instance(_)))));
    let topic = TopicName::new("events");
    assert!(control.topic_status(&elsewhere.caller, None, &id, &topic).await.is_ok());
    let refused = control.topic_status(&stranger.caller, None, &id, &topic).await;
    assert!(matches!(refused, Err(Fault::Absent(Absent::Instance(_)))));

    // And none of it changed anything.
    assert_eq!(owner.topic_names(&id).await, ["events"]);
    assert_eq!(owner.group_names(&id).await, ["readers"]);
    assert_eq!(owner.find(&id).await.unwrap().endpoints.len(), 1);
}
