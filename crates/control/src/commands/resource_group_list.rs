//! The account's resource groups.

use sqlx::AnyConnection;

use crate::Fault;
use crate::account::Caller;
use crate::ids::{AccountId, ResourceGroupId};
use crate::resource_group::{NAME_DEFAULT, ResourceGroup};
use crate::shared::Shared;
use crate::store::{accounts, resource_groups};

pub(crate) async fn run(shared: &Shared, caller: &Caller) -> Result<Vec<ResourceGroup>, Fault> {
    let mut reader = shared.store.read().await?;
    all(&mut reader, &caller.account).await
}

/// The one that is there from the start, then the others.
pub(super) async fn all(
    connection: &mut AnyConnection,
    account: &AccountId,
) -> Result<Vec<ResourceGroup>, Fault> {
    let mut groups = vec![ResourceGroup {
        id: ResourceGroupId::default_of(account),
        name: NAME_DEFAULT.to_owned(),
        label: NAME_DEFAULT.to_owned(),
        // As old as the account itself.
        created_ms: accounts::created_ms(connection, account).await?.unwrap_or_default(),
    }];
    groups.extend(resource_groups::list(connection, account).await?);
    Ok(groups)
}
