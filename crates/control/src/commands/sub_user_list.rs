//! The account's sub-users.

use crate::Fault;
use crate::account::Caller;
use crate::shared::Shared;
use crate::store::sub_users;
use crate::sub_user::SubUser;
use crate::topic::{Page, Paged};

pub(crate) async fn run(shared: &Shared, caller: &Caller, page: Page) -> Result<Paged<SubUser>, Fault> {
    let mut reader = shared.store.read().await?;
    Ok(super::page_of(sub_users::list(&mut reader, &caller.account).await?, page))
}
