//! One sub-user: of this name, or the one who asks.

use crate::Fault;
use crate::account::{Caller, KeyHolder};
use crate::shared::Shared;
use crate::store::sub_users;
use crate::sub_user::SubUser;

/// None for the owner who asks who is asking.
pub(crate) async fn run(shared: &Shared, caller: &Caller, who: &KeyHolder) -> Result<Option<SubUser>, Fault> {
    let mut reader = shared.store.read().await?;
    match (who, &caller.user) {
        (KeyHolder::SubUser(name), _) => sub_users::find(&mut reader, &caller.account, name).await.map(Some),
        (KeyHolder::Caller, Some(id)) => {
            sub_users::find_by_id(&mut reader, &caller.account, id).await.map(Some)
        }
        (KeyHolder::Caller, None) => Ok(None),
    }
}
