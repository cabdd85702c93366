//! Cipher keys whose time has come: to get new material, or to be erased.

use std::sync::Arc;

use serde_json::{Value, json};

use super::weir_of;
use crate::Fault;
use crate::cipher_key::CipherKey;
use crate::commands::audit_done;
use crate::commands::cipher_key_create::new_version;
use crate::fault::Absent;
use crate::ids::{AccountId, CipherKeyId};
use crate::shared::Shared;
use crate::store::{cipher_aliases, cipher_keys};

pub(super) struct Reconciler<'a> {
    pub(super) shared: &'a Arc<Shared>,
}

impl Reconciler<'_> {
    pub(super) async fn run(&self) -> Result<(), Fault> {
        let keys = {
            let mut reader = self.shared.store.read().await?;
            cipher_keys::list_everywhere(&mut reader).await?
        };
        let now_ms = self.shared.clock.now_ms();
        for (account, key) in keys {
            if key.deletion_ms.is_some_and(|deletion_ms| deletion_ms <= now_ms) {
                self.erase(account, key).await?;
            } else if is_due(&key, now_ms) {
                self.rotate(account, key.id, now_ms).await?;
            }
        }
        Ok(())
    }

    /// Nobody can keep it any more, so it is as it was seen.
    async fn erase(&self, account: AccountId, key: CipherKey) -> Result<(), Fault> {
        let shared = self.shared.clone();
        self.shared
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let caller = weir_of(&shared, &account);
                    cipher_aliases::delete_all(tx, &account, &key.id).await?;
                    if !cipher_keys::delete(tx, &account, &key.id).await? {
                        return Ok(());
                    }
                    let subject = key.id.to_string();
                    audit_done(&shared, tx, &caller, "cipher_key_erase", subject, Value::Null).await
                })
            })
            .await
            .map(drop)
    }

    async fn rotate(&self, account: AccountId, id: CipherKeyId, now_ms: i64) -> Result<(), Fault> {
        let shared = self.shared.clone();
        self.shared
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let mut key = match cipher_keys::find(tx, &account, &id, now_ms).await {
                        Err(Fault::Absent(Absent::CipherKey(_))) => return Ok(()),
                        found => found?,
                    };
                    // Its owner may have changed it since it was seen.
                    if !is_due(&key, now_ms) {
                        return Ok(());
                    }
                    let version = new_version(&shared, key.versions + 1, now_ms);
                    cipher_keys::insert_version(tx, &shared.vault, &account, &id, &version).await?;
                    key.rotation_since_ms = now_ms;
                    cipher_keys::update(tx, &account, &key).await?;
                    let (caller, details) = (weir_of(&shared, &account), json!({ "version": version.id }));
                    audit_done(&shared, tx, &caller, "cipher_key_rotate", id.to_string(), details).await
                })
            })
            .await
            .map(drop)
    }
}

fn is_due(key: &CipherKey, now_ms: i64) -> bool {
    key.next_rotation_ms().is_some_and(|next_ms| next_ms <= now_ms)
}
