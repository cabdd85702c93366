//! The account's cipher keys.

use super::page_of;
use crate::Fault;
use crate::account::Caller;
use crate::cipher_key::{CipherKey, CipherKeyFilter};
use crate::shared::Shared;
use crate::store::cipher_keys;
use crate::topic::{Page, Paged};

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    filter: &CipherKeyFilter,
    page: Page,
) -> Result<Paged<CipherKey>, Fault> {
    let mut found = {
        let mut reader = shared.store.read().await?;
        cipher_keys::list(&mut reader, &caller.account, shared.clock.now_ms()).await?
    };
    found.retain(|key| filter.states.is_empty() || filter.states.contains(&key.state()));
    Ok(page_of(found, page))
}
