//! Takes tags off cipher keys: off all that are named or off none. Tags that are not there are no error.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use crate::account::Caller;
use crate::ids::CipherKeyId;
use crate::shared::Shared;
use crate::store::cipher_keys;
use crate::tag::TagRemoval;
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    ids: Vec<CipherKeyId>,
    removal: TagRemoval,
) -> Result<Committed<()>, Fault> {
    let (shared, caller) = (shared.clone(), caller.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                for id in ids {
                    let mut key = cipher_keys::find(tx, &caller.account, &id, shared.clock.now_ms()).await?;
                    let details = match &removal {
                        TagRemoval::All => {
                            key.tags.clear();
                            json!({ "all": true })
                        }
                        TagRemoval::Keys(keys) => {
                            key.tags.retain(|tag| !keys.contains(&tag.key));
                            json!({ "keys": keys })
                        }
                    };
                    cipher_keys::update(tx, &caller.account, &key).await?;
                    audit_done(&shared, tx, &caller, "cipher_key_untag", id.to_string(), details).await?;
                }
                Ok(())
            })
        })
        .await
}
