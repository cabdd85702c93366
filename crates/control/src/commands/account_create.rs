//! Makes an account with its first key. For the operator: whoever owns the first account.

use std::sync::Arc;

use machine::secret::Secret;
use serde_json::json;

use super::access_key_create::draw_key;
use super::audit_done;
use crate::account::{AccessKey, Account, Caller};
use crate::identity::IdentityConflict;
use crate::shared::Shared;
use crate::store::{access_keys, accounts};
use crate::{Committed, Fault, open};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    label: String,
) -> Result<Committed<AccessKey>, Fault> {
    let (shared, caller) = (shared.clone(), caller.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let there = accounts::list_everywhere(tx).await?;
                ensure_operator(&there, &caller)?;
                // The first account stays the first, whatever happens to the clock.
                let newest_ms = there.last().map_or(0, |account| account.created_ms);
                let now_ms = shared.clock.now_ms().max(newest_ms + 1);
                let account = open::new_account_id(&shared.random);
                accounts::insert(tx, &account, &label, now_ms).await?;
                let (id, secret) = draw_key(&shared);
                let key = AccessKey { id, secret: Secret::new(secret), account, user: None, active: true };
                access_keys::insert(tx, &shared.vault, &key, now_ms).await?;
                let details = json!({ "label": label, "access_key": key.id });
                let subject = key.account.to_string();
                audit_done(&shared, tx, &caller, "account_create", subject, details).await?;
                let (keys, made) = (shared.keys.clone(), key.clone());
                tx.after_commit(move || keys.insert(made));
                Ok(key)
            })
        })
        .await
}

/// Accounts are the operator's; nobody else learns which there are.
pub(super) fn ensure_operator(accounts: &[Account], caller: &Caller) -> Result<(), Fault> {
    let is_first = accounts.first().is_some_and(|first| first.id == caller.account);
    if is_first && caller.user.is_none() { Ok(()) } else { Err(IdentityConflict::OperatorOnly.into()) }
}
