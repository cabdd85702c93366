//! Security groups as lists show them.

use control::ids::NetworkId;
use control::security_group::SecurityGroup;
use control::tag::Tag;
use serde::Serialize;

use super::choices::GroupType;
use crate::dialects::aliyun::companions::views::time;
use crate::dialects::aliyun::envelope::list_of;

list_of! {
    /// The tags of a group.
    pub(crate) struct Tags: "Tag" [TagView];
}

/// A tag, under the names that this product's older and newer readers look for.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TagView {
    tag_key: String,
    tag_value: String,
    key: String,
    value: String,
}

/// A security group.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GroupView {
    security_group_id: String,
    security_group_name: String,
    description: String,
    vpc_id: String,
    creation_time: String,
    security_group_type: GroupType,
    resource_group_id: String,
    service_managed: bool,
    rule_count: u32,
    ecs_count: u32,
    tags: Tags,
}

impl From<SecurityGroup> for GroupView {
    fn from(group: SecurityGroup) -> Self {
        let tag = |Tag { key, value }| TagView { tag_key: key.clone(), tag_value: value.clone(), key, value };
        Self {
            security_group_id: group.id.into_string(),
            security_group_name: group.name,
            description: group.description,
            vpc_id: group.network.map(NetworkId::into_string).unwrap_or_default(),
            creation_time: time(group.created_ms),
            security_group_type: group.kind.into(),
            resource_group_id: group.resource_group.into_string(),
            service_managed: false,
            // There are no rules and no machines.
            rule_count: 0,
            ecs_count: 0,
            tags: group.tags.into_iter().map(tag).collect(),
        }
    }
}
