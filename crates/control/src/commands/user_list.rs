//! The users of an instance, with their passwords.

use std::sync::Arc;

use super::find_running;
use crate::Fault;
use crate::account::Caller;
use crate::ids::{InstanceId, Region};
use crate::shared::Shared;
use crate::store::users;
use crate::user::User;

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    region: &Region,
    instance: &InstanceId,
) -> Result<Vec<User>, Fault> {
    let row = find_running(shared, caller, Some(region), instance).await?;
    let mut reader = shared.store.read().await?;
    users::list(&mut reader, &shared.vault, &row.key).await
}
