//! Changes a cipher key: what is noted of it, whether it can be used, how it rotates, whether it goes.

use std::sync::Arc;

use serde_json::{Value, json};

use super::audit_done;
use crate::account::Caller;
use crate::cipher_key::{CipherKey, CipherKeyChange, CipherKeyState};
use crate::fault::Conflict;
use crate::ids::CipherKeyId;
use crate::shared::Shared;
use crate::store::cipher_keys;
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    id: &CipherKeyId,
    change: CipherKeyChange,
) -> Result<Committed<CipherKey>, Fault> {
    let (shared, caller, id) = (shared.clone(), caller.clone(), id.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let now_ms = shared.clock.now_ms();
                let mut key = cipher_keys::find(tx, &caller.account, &id, now_ms).await?;
                let details = apply(&mut key, change, now_ms)?;
                cipher_keys::update(tx, &caller.account, &key).await?;
                audit_done(&shared, tx, &caller, "cipher_key_change", id.to_string(), details).await?;
                Ok(key)
            })
        })
        .await
}

/// Makes the change; what of it goes into the audit record.
fn apply(key: &mut CipherKey, change: CipherKeyChange, now_ms: i64) -> Result<Value, Fault> {
    let is_going = key.state() == CipherKeyState::PendingDeletion;
    match (&change, is_going) {
        (CipherKeyChange::Keep, false) => return Err(Conflict::CipherKeyStays.into()),
        (CipherKeyChange::Keep, true) | (_, false) => {}
        (_, true) => return Err(Conflict::CipherKeyGoing.into()),
    }
    Ok(match change {
        CipherKeyChange::Description(description) => {
            key.description = description;
            json!({ "description": key.description })
        }
        CipherKeyChange::Enabled(enabled) => {
            key.enabled = enabled;
            json!({ "enabled": enabled })
        }
        CipherKeyChange::Protection(protected, note) => {
            key.protected = protected;
            key.protection_note = note;
            json!({ "protected": protected })
        }
        CipherKeyChange::Rotation(rotation) => {
            key.rotation = rotation;
            key.rotation_since_ms = now_ms;
            json!({ "rotates": key.rotation.on, "rotation_ms": key.rotation.every_ms })
        }
        CipherKeyChange::Delete(_) if key.protected => return Err(Conflict::CipherKeyProtected.into()),
        CipherKeyChange::Delete(after_ms) => {
            key.deletion_ms = Some(now_ms.saturating_add(after_ms));
            json!({ "deletion_ms": key.deletion_ms })
        }
        CipherKeyChange::Keep => {
            key.deletion_ms = None;
            key.enabled = true;
            json!({ "deletion_ms": Value::Null })
        }
    })
}
