//! Tags and remarks: whose they are, what they hang on, and when they go.

use control::Fault;
use control::fault::Absent;
use control::ids::{GroupName, InstanceId, TopicName};
use control::tag::{Resource, ResourceKind, Tag, TagQuery, TagRemoval};
use control::topic::Topic;

use crate::world::{ALL, Tenant, World};

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.into(), value: value.into() }
}

fn topic(id: &InstanceId, name: &str) -> Resource {
    Resource::Topic(id.clone(), TopicName::new(name))
}

async fn put(tenant: &Tenant, resources: &[Resource], tags: &[Tag]) -> Result<(), Fault> {
    let (control, caller) = (&tenant.control, &tenant.caller);
    control.resources_tag(caller, &tenant.region, resources, tags).await.map(control::Committed::into_inner)
}

async fn tagged(tenant: &Tenant, kind: ResourceKind) -> Vec<(Resource, Vec<Tag>)> {
    let query = TagQuery { kind, resources: Vec::new(), tags: Vec::new() };
    let found = tenant.control.resources_tags(&tenant.caller, &tenant.region, &query).await.unwrap();
    found.into_iter().map(|tagged| (tagged.resource, tagged.tags)).collect()
}

async fn listed(tenant: &Tenant, id: &InstanceId, name: &str) -> Option<Topic> {
    let (name, region) = (TopicName::new(name), Some(&tenant.region));
    let page = tenant.control.topic_list(&tenant.caller, region, id, Some(&name), ALL).await.unwrap();
    page.items().first().cloned()
}

#[tokio::test]
async fn a_topic_that_a_client_made_can_be_tagged_and_stays_the_clients() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    world.engine.client_topic(&id, "automatic", 3, 7);
    put(&owner, &[topic(&id, "automatic")], &[tag("team", "a")]).await.unwrap();
    owner.remark(&id, "automatic", "noted").await.unwrap();
    let owner = world.reopen(&owner).await;
    let seen = listed(&owner, &id, "automatic").await.unwrap();
    assert_eq!((seen.remark.as_str(), seen.tags.as_slice()), ("noted", [tag("team", "a")].as_slice()));
    assert!(seen.automatic && seen.created_ms == 7 && seen.partitions == 3);
    // Deleted by its client and made again, it is another topic: without tags and without a remark.
    world.engine.client_topic_delete(&id, "automatic");
    world.engine.client_topic(&id, "automatic", 1, 8);
    let seen = listed(&owner, &id, "automatic").await.unwrap();
    assert_eq!((seen.remark.as_str(), seen.created_ms), ("", 8));
    put(&owner, &[topic(&id, "automatic")], &[tag("fresh", "")]).await.unwrap();
    assert_eq!(
        tagged(&owner, ResourceKind::Topic).await,
        [(topic(&id, "automatic"), vec![tag("fresh", "")])]
    );
}

#[tokio::test]
async fn tags_go_with_what_they_hang_on() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    owner.topic_create(&id, "events").await.unwrap();
    owner.group_create(&id, "readers").await.unwrap();
    let group = Resource::Group(id.clone(), GroupName::new("readers"));
    put(&owner, &[topic(&id, "events")], &[tag("k", "v")]).await.unwrap();
    put(&owner, std::slice::from_ref(&group), &[tag("k", "v")]).await.unwrap();
    put(&owner, &[Resource::Instance(id.clone())], &[tag("k", "v")]).await.unwrap();
    owner.topic_delete(&id, "events").await.unwrap();
    assert_eq!(tagged(&owner, ResourceKind::Topic).await, []);
    owner.group_delete(&id, "readers").await.unwrap();
    assert_eq!(tagged(&owner, ResourceKind::Group).await, []);
    assert_eq!(tagged(&owner, ResourceKind::Instance).await.len(), 1);
    owner.release(&id, true).await.unwrap();
    // A released instance is still there, and can still be tagged.
    put(&owner, &[Resource::Instance(id.clone())], &[tag("released", "yes")]).await.unwrap();
    owner.delete(&id).await.unwrap();
    assert_eq!(tagged(&owner, ResourceKind::Instance).await, []);
}

#[tokio::test]
async fn one_that_is_missing_leaves_the_others_as_they_were() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    owner.topic_create(&id, "events").await.unwrap();
    let both = [topic(&id, "events"), topic(&id, "missing")];
    let fault = put(&owner, &both, &[tag("k", "v")]).await.unwrap_err();
    assert!(matches!(&fault, Fault::Absent(Absent::Topic(name)) if name == "missing"), "{fault:?}");
    assert_eq!(tagged(&owner, ResourceKind::Topic).await, []);
    put(&owner, &both[..1], &[tag("k", "v")]).await.unwrap();
    let untagged = owner.control.resources_untag(&owner.caller, &owner.region, &both, &TagRemoval::All).await;
    assert!(matches!(untagged, Err(Fault::Absent(Absent::Topic(_)))));
    assert_eq!(tagged(&owner, ResourceKind::Topic).await, [(topic(&id, "events"), vec![tag("k", "v")])]);
}

#[tokio::test]
async fn strangers_see_no_tags() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    owner.topic_create(&id, "events").await.unwrap();
    put(&owner, &[topic(&id, "events")], &[tag("k", "v")]).await.unwrap();
    for other in [owner.of_account("9000000000000001"), owner.in_region("region-b")] {
        assert_eq!(tagged(&other, ResourceKind::Topic).await, []);
    }
}
