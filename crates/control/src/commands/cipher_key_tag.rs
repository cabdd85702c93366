//! Puts tags on cipher keys: on all that are named or on none.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use crate::account::Caller;
use crate::fault::Capacity;
use crate::ids::CipherKeyId;
use crate::shared::Shared;
use crate::store::cipher_keys;
use crate::store::tags::TAGS_MAX;
use crate::tag::Tag;
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    ids: Vec<CipherKeyId>,
    tags: Vec<Tag>,
) -> Result<Committed<()>, Fault> {
    let (shared, caller) = (shared.clone(), caller.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let names: Vec<_> = tags.iter().map(|tag| tag.key.as_str()).collect();
                for id in ids {
                    let mut key = cipher_keys::find(tx, &caller.account, &id, shared.clock.now_ms()).await?;
                    key.tags = with(key.tags, tags.clone())?;
                    cipher_keys::update(tx, &caller.account, &key).await?;
                    let details = json!({ "keys": names });
                    audit_done(&shared, tx, &caller, "cipher_key_tag", id.to_string(), details).await?;
                }
                Ok(())
            })
        })
        .await
}

/// Tags with others beside them, by key; one of a key that is there already gets the new value.
pub(super) fn with(mut tags: Vec<Tag>, others: Vec<Tag>) -> Result<Vec<Tag>, Fault> {
    tags.retain(|tag| others.iter().all(|other| other.key != tag.key));
    tags.extend(others);
    tags.sort();
    if tags.len() > TAGS_MAX as usize {
        return Err(Capacity::Tags { limit: TAGS_MAX }.into());
    }
    Ok(tags)
}
