//! The access keys of the account's owner or of a sub-user.

use crate::Fault;
use crate::account::{AccessKeyFacts, Caller, KeyHolder};
use crate::shared::Shared;
use crate::store::{access_keys, sub_users};

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    holder: &KeyHolder,
) -> Result<Vec<AccessKeyFacts>, Fault> {
    let mut reader = shared.store.read().await?;
    let user = match holder {
        KeyHolder::Caller => caller.user.clone(),
        KeyHolder::SubUser(name) => Some(sub_users::find(&mut reader, &caller.account, name).await?.id),
    };
    access_keys::list(&mut reader, &caller.account, user.as_ref()).await
}
