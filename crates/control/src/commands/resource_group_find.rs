//! One resource group, and the group that something is to belong to.

use sqlx::AnyConnection;

use super::resource_group_list::all;
use crate::Fault;
use crate::account::Caller;
use crate::fault::Absent;
use crate::ids::{AccountId, ResourceGroupId};
use crate::resource_group::ResourceGroup;
use crate::shared::Shared;
use crate::store::resource_groups;

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    id: &ResourceGroupId,
) -> Result<ResourceGroup, Fault> {
    let mut reader = shared.store.read().await?;
    find(&mut reader, &caller.account, id).await
}

pub(super) async fn find(
    connection: &mut AnyConnection,
    account: &AccountId,
    id: &ResourceGroupId,
) -> Result<ResourceGroup, Fault> {
    let found = all(connection, account).await?.into_iter().find(|group| group.id == *id);
    found.ok_or_else(|| Absent::ResourceGroup(id.to_string()).into())
}

/// The group that something is to belong to: the one that is named, when the account has it, else the one that it has
/// from the start.
pub(super) async fn resolve(
    connection: &mut AnyConnection,
    account: &AccountId,
    named: Option<&ResourceGroupId>,
) -> Result<ResourceGroupId, Fault> {
    match named {
        Some(named) => Ok(find(connection, account, named).await?.id),
        None => Ok(ResourceGroupId::default_of(account)),
    }
}

/// As [`resolve`], for what may be in a group that is kept elsewhere: an account that has made no groups here may name
/// any. None when it is one of those, or the one that the account has from the start.
pub(super) async fn resolve_own(
    connection: &mut AnyConnection,
    account: &AccountId,
    named: &ResourceGroupId,
) -> Result<Option<ResourceGroupId>, Fault> {
    let own = resource_groups::list(connection, account).await?;
    if own.is_empty() || *named == ResourceGroupId::default_of(account) {
        return Ok(None);
    }
    match own.into_iter().find(|group| group.id == *named) {
        Some(group) => Ok(Some(group.id)),
        None => Err(Absent::ResourceGroup(named.to_string()).into()),
    }
}
