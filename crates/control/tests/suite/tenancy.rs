//! Whatever belongs to another account or region, or does not exist, gives one and the same answer.

use control::Fault;
use control::allowed::{AllowedAddress, AllowedEdit};
use control::fault::Absent;
use control::group::{GroupCreate, ResetTo};
use control::ids::{GroupName, InstanceId, InstanceName, TopicName};
use control::instance::{Access, InstanceFilter, InstanceOrder, InstanceState};
use control::message::MessagesFrom;
use control::tag::{Resource, Tag, TagRemoval};
use control::topic::TopicCreate;
use control::user::LoginKind;
use sqlx::Connection;

use crate::audit::database;
use crate::world::{ALL, Tenant, World, address};

/// What every command that names an instance answers, by command.
async fn answers(tenant: &Tenant, id: &InstanceId) -> Vec<(&'static str, Fault)> {
    let (control, caller, region) = (&tenant.control, &tenant.caller, &tenant.region);
    let topic = TopicName::new("events");
    let group = GroupName::new("readers");
    let first = MessagesFrom::Offset { partition: 0, offset: 0 };
    vec![
        ("instance_start", tenant.start(id).await.unwrap_err()),
        ("instance_find", tenant.find(id).await.unwrap_err()),
        (
            "instance_rename",
            control
                .instance_rename(caller, region, id, InstanceName::parse("other").unwrap())
                .await
                .unwrap_err(),
        ),
        ("instance_convert", tenant.convert(id).await.unwrap_err()),
        ("instance_release", tenant.release(id, false).await.unwrap_err()),
        ("instance_release forced", tenant.release(id, true).await.unwrap_err()),
        ("instance_delete", tenant.delete(id).await.unwrap_err()),
        ("allowed_list", control.allowed_list(caller, region, id).await.unwrap_err()),
        ("allowed_change", {
            let nobody = AllowedEdit::Remove(address("0.0.0.0/0"));
            tenant.allow(id, Access::Plain, nobody).await.unwrap_err()
        }),
        ("user_put", tenant.user_put(id, "reader", "secret").await.unwrap_err()),
        ("user_put known", tenant.user_put(id, "owner", "other").await.unwrap_err()),
        ("user_delete", tenant.user_delete(id, "owner", LoginKind::Plain).await.unwrap_err()),
        ("user_list", control.user_list(caller, region, id).await.unwrap_err()),
        ("topic_create", tenant.topic_create(id, "events").await.unwrap_err()),
        ("topic_create new", tenant.topic_create(id, "new").await.unwrap_err()),
        ("topic_delete", tenant.topic_delete(id, "events").await.unwrap_err()),
        ("topic_list", control.topic_list(caller, Some(region), id, None, ALL).await.unwrap_err()),
        ("topic_status", control.topic_status(caller, Some(region), id, &topic).await.unwrap_err()),
        ("topic_remark", tenant.remark(id, "events", "noted").await.unwrap_err()),
        ("topic_grow", tenant.grow(id, "events", 1).await.unwrap_err()),
        ("topic_configure", tenant.topic_configure(id, "events", "retention.ms", "5").await.unwrap_err()),
        ("group_reset", tenant.reset(id, "readers", Some("events"), ResetTo::Latest).await.unwrap_err()),
        ("client_list", tenant.clients(id).await.unwrap_err()),
        ("group_activity", control.group_activity(caller, region, id, &group).await.unwrap_err()),
        ("message_list", tenant.messages(id, "events", first).await.unwrap_err()),
        ("topic_groups", control.topic_groups(caller, region, id, &topic).await.unwrap_err()),
        (
            "resources_tag",
            control.resources_tag(caller, region, &[Resource::Instance(id.clone())], &[]).await.unwrap_err(),
        ),
        ("resources_tag topic", {
            let resource = Resource::Topic(id.clone(), topic.clone());
            control.resources_tag(caller, region, &[resource], &[]).await.unwrap_err()
        }),
        ("resources_untag group", {
            let resource = Resource::Group(id.clone(), group.clone());
            control.resources_untag(caller, region, &[resource], &TagRemoval::All).await.unwrap_err()
        }),
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
    owner.user_put(&id, "owner", "secret").await.unwrap();
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
    assert_eq!(control.topic_list(&elsewhere.caller, None, &id, None, ALL).await.unwrap().total(), 1);
    let refused = control.topic_list(&stranger.caller, None, &id, None, ALL).await;
    assert!(matches!(refused, Err(Fault::Absent(Absent::Instance(_)))));
    let topic = TopicName::new("events");
    assert!(control.topic_status(&elsewhere.caller, None, &id, &topic).await.is_ok());
    let refused = control.topic_status(&stranger.caller, None, &id, &topic).await;
    assert!(matches!(refused, Err(Fault::Absent(Absent::Instance(_)))));

    // And none of it changed anything.
    assert_eq!(owner.topic_names(&id).await, ["events"]);
    assert_eq!(owner.group_names(&id).await, ["readers"]);
    assert_eq!(owner.allowed(&id, Access::Plain).await, ["0.0.0.0/0"]);
    assert_eq!(owner.users(&id).await, ["owner Plain secret"]);
    assert_eq!(owner.find(&id).await.unwrap().endpoints.len(), 1);
}

/// Instances of two accounts and two regions, with the same names in all of them.
async fn neighbours(world: &World) -> Vec<(Tenant, InstanceId)> {
    let owner = world.open().await;
    owner.control.close().await;
    let mut connection = database(world).await;
    sqlx::raw_sql("INSERT INTO accounts (id, created_ms) VALUES ('9000000000000001', 9000000000000)")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();

    let owner = world.open().await;
    let neighbour = owner.of_account("9000000000000001");
    let tenants = [owner.clone(), owner.clone(), owner.in_region("region-b"), neighbour];
    let mut neighbours = Vec::new();
    for (number, tenant) in tenants.into_iter().enumerate() {
        let tags = vec![Tag { key: "number".into(), value: number.to_string() }];
        let order = InstanceOrder { tags: tags.clone(), ..tenant.an_order() };
        let ordered = tenant.control.instance_order(&tenant.caller, order).await.unwrap();
        let id = ordered.into_inner().instance_id;
        tenant.start(&id).await.unwrap();
        tenant.until(&id, InstanceState::Running).await;
        let remark = format!("of {number}");
        let topic =
            TopicCreate { remark: remark.clone(), tags: tags.clone(), ..tenant.a_topic(&id, "events") };
        tenant.control.topic_create(&tenant.caller, topic).await.unwrap().into_inner();
        let own = AllowedEdit::Add(vec![own_address(number)]);
        tenant.allow(&id, Access::Plain, own).await.unwrap();
        tenant.user_put(&id, "user", &format!("of-{number}")).await.unwrap();
        let group = GroupCreate { remark, tags, ..tenant.a_group(&id, "readers") };
        tenant.control.group_create(&tenant.caller, group).await.unwrap().into_inner();
        neighbours.push((tenant, id));
    }
    neighbours
}

fn own_address(number: usize) -> AllowedAddress {
    address(&format!("10.0.0.{number}"))
}

/// Everything an owner can see of an instance of [`neighbours`] is this instance's.
async fn assert_own(tenant: &Tenant, id: &InstanceId, number: usize) {
    let (tags, remark) =
        (vec![Tag { key: "number".into(), value: number.to_string() }], format!("of {number}"));
    let instance = tenant.find(id).await.unwrap();
    assert_eq!((&instance.tags, instance.used.topics, instance.used.groups), (&tags, 1, 1), "{number}");
    let filter = InstanceFilter { ids: vec![id.clone()], ..Default::default() };
    let listed = tenant.control.instance_list(&tenant.caller, &tenant.region, &filter).await.unwrap();
    assert_eq!((&listed[0].tags, listed[0].used), (&tags, instance.used), "{number}");
    let allowed = tenant.allowed(id, Access::Plain).await;
    assert_eq!(allowed, ["0.0.0.0/0".to_owned(), own_address(number).to_string()], "{number}");
    assert_eq!(tenant.users(id).await, [format!("user Plain of-{number}")]);
    let topics = tenant.topics(id).await;
    assert_eq!((topics.len(), &topics[0].remark, &topics[0].tags), (1, &remark, &tags), "{number}");
    let name = TopicName::new("events");
    let named = tenant.control.topic_list(&tenant.caller, None, id, Some(&name), ALL).await.unwrap();
    assert_eq!(named.items(), topics, "{number}");
    let groups = tenant.control.group_list(&tenant.caller, &tenant.region, id, None).await.unwrap();
    assert_eq!((groups.len(), &groups[0].remark, &groups[0].tags), (1, &remark, &tags), "{number}");
}

#[tokio::test]
async fn neighbours_with_the_same_names_do_not_meet() {
    let world = World::new();
    let neighbours = neighbours(&world).await;
    for (number, (tenant, id)) in neighbours.iter().enumerate() {
        assert_own(tenant, id, number).await;
    }
    let all = InstanceFilter::default();
    for (number, own) in [(0, 2), (2, 1), (3, 1)] {
        let (tenant, _) = &neighbours[number];
        let list = tenant.control.instance_list(&tenant.caller, &tenant.region, &all).await.unwrap();
        assert_eq!(list.len(), own, "{number}");
    }
    // What one takes away, the others keep.
    for (number, (tenant, id)) in neighbours.iter().enumerate() {
        match number {
            0 => {
                tenant.topic_delete(id, "events").await.unwrap();
                tenant.user_delete(id, "user", LoginKind::Plain).await.unwrap();
                tenant.group_delete(id, "readers").await.unwrap();
            }
            1 => tenant.release(id, true).await.unwrap(),
            _ => {
                tenant.release(id, true).await.unwrap();
                tenant.delete(id).await.unwrap();
            }
        }
        for (later, (tenant, id)) in neighbours.iter().enumerate().skip(number + 1) {
            assert_own(tenant, id, later).await;
        }
    }
}
