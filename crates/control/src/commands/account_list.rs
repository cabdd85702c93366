//! The accounts there are. For the operator.

use super::account_create::ensure_operator;
use crate::Fault;
use crate::account::{Account, Caller};
use crate::shared::Shared;
use crate::store::accounts;

pub(crate) async fn run(shared: &Shared, caller: &Caller) -> Result<Vec<Account>, Fault> {
    let mut reader = shared.store.read().await?;
    let accounts = accounts::list_everywhere(&mut reader).await?;
    ensure_operator(&accounts, caller)?;
    Ok(accounts)
}
