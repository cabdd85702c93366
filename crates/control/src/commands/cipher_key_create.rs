//! Makes a cipher key with its first version.

use std::sync::Arc;

use machine::secret::Secret;
use serde_json::json;

use super::audit_done;
use super::cipher_key_tag::with;
use crate::account::Caller;
use crate::cipher_key::{CIPHER_KEYS_MAX, CipherKey, CipherKeyCreate};
use crate::fault::Capacity;
use crate::ids::{CipherKeyId, CipherKeyVersionId};
use crate::shared::Shared;
use crate::store::cipher_keys::{self, NewVersion};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    create: CipherKeyCreate,
) -> Result<Committed<CipherKey>, Fault> {
    let (shared, caller) = (shared.clone(), caller.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let (account, now_ms) = (&caller.account, shared.clock.now_ms());
                if cipher_keys::list(tx, account, now_ms).await?.len() >= CIPHER_KEYS_MAX as usize {
                    return Err(Capacity::CipherKeys { limit: CIPHER_KEYS_MAX }.into());
                }
                let version = new_version(&shared, 1, now_ms);
                let key = CipherKey {
                    id: CipherKeyId::new(shared.random.uuid().to_string()),
                    region: create.region,
                    description: create.description,
                    enabled: true,
                    deletion_ms: None,
                    protected: false,
                    protection_note: String::new(),
                    rotation: create.rotation,
                    rotation_since_ms: now_ms,
                    version: version.id.clone(),
                    versions: version.number,
                    rotated_ms: now_ms,
                    created_ms: now_ms,
                    tags: with(Vec::new(), create.tags)?,
                };
                cipher_keys::insert(tx, account, &key).await?;
                cipher_keys::insert_version(tx, &shared.vault, account, &key.id, &version).await?;
                let details = json!({ "version": key.version, "rotates": key.rotation.on });
                audit_done(&shared, tx, &caller, "cipher_key_create", key.id.to_string(), details).await?;
                Ok(key)
            })
        })
        .await
}

/// New material under a new id.
pub(crate) fn new_version(shared: &Shared, number: u32, created_ms: i64) -> NewVersion {
    let mut material = [0; 32];
    shared.random.fill(&mut material);
    let id = CipherKeyVersionId::new(shared.random.uuid().to_string());
    NewVersion { id, number, material: Secret::new(material), created_ms }
}
