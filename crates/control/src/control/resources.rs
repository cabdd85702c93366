//! Tags and resource groups.

use super::Control;
use crate::ids::{Region, ResourceGroupId};
use crate::{Caller, Committed, Fault, commands, resource_group, tag};

impl Control {
    /// Puts tags on all of these resources, or on none: a tag of a key that is there gets the new value.
    pub async fn resources_tag(
        &self,
        caller: &Caller,
        region: &Region,
        resources: &[tag::Resource],
        tags: &[tag::Tag],
    ) -> Result<Committed<()>, Fault> {
        commands::resources_tag::run(&self.shared, caller, region, resources, tags).await
    }

    /// Takes tags off all of these resources, or off none.
    pub async fn resources_untag(
        &self,
        caller: &Caller,
        region: &Region,
        resources: &[tag::Resource],
        removal: &tag::TagRemoval,
    ) -> Result<Committed<()>, Fault> {
        commands::resources_untag::run(&self.shared, caller, region, resources, removal).await
    }

    /// Resources of one kind that have tags, by instance and name.
    pub async fn resources_tags(
        &self,
        caller: &Caller,
        region: &Region,
        query: &tag::TagQuery,
    ) -> Result<Vec<tag::TaggedResource>, Fault> {
        commands::resources_tags::run(&self.shared, caller, region, query).await
    }

    /// Makes a resource group.
    pub async fn resource_group_create(
        &self,
        caller: &Caller,
        create: resource_group::ResourceGroupCreate,
    ) -> Result<Committed<resource_group::ResourceGroup>, Fault> {
        commands::resource_group_create::run(&self.shared, caller, create).await
    }

    /// The account's resource groups: the one that is there from the start, then the others, oldest first.
    pub async fn resource_group_list(
        &self,
        caller: &Caller,
    ) -> Result<Vec<resource_group::ResourceGroup>, Fault> {
        commands::resource_group_list::run(&self.shared, caller).await
    }

    /// One resource group.
    pub async fn resource_group_find(
        &self,
        caller: &Caller,
        id: &ResourceGroupId,
    ) -> Result<resource_group::ResourceGroup, Fault> {
        commands::resource_group_find::run(&self.shared, caller, id).await
    }

    /// Changes what a resource group is called where people read it; the group as it is then.
    pub async fn resource_group_change(
        &self,
        caller: &Caller,
        id: &ResourceGroupId,
        label: String,
    ) -> Result<Committed<resource_group::ResourceGroup>, Fault> {
        commands::resource_group_change::run(&self.shared, caller, id, label).await
    }

    /// Removes a resource group that nothing is in any more; the group as it was.
    pub async fn resource_group_delete(
        &self,
        caller: &Caller,
        id: &ResourceGroupId,
    ) -> Result<Committed<resource_group::ResourceGroup>, Fault> {
        commands::resource_group_delete::run(&self.shared, caller, id).await
    }
}
