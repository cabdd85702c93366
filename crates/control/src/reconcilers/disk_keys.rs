//! Sealed instances whose cipher key was rotated: what they write next is under a data key of its own.

use std::sync::Arc;

use serde_json::json;

use super::weir_of;
use crate::Fault;
use crate::cipher_key::CipherKeyState;
use crate::commands::audit_done;
use crate::disk_key;
use crate::fault::Absent;
use crate::ids::CipherKeyId;
use crate::shared::Shared;
use crate::store::disk_keys::{self, DiskKeyRow};
use crate::store::{Tx, cipher_keys};

pub(super) struct Reconciler<'a> {
    pub(super) shared: &'a Arc<Shared>,
}

impl Reconciler<'_> {
    pub(super) async fn run(&self) -> Result<(), Fault> {
        let rows = {
            let mut reader = self.shared.store.read().await?;
            disk_keys::newest_everywhere(&mut reader).await?
        };
        for row in rows {
            let id = row.key.id.clone();
            self.renew(row).await?;
            // Also where nothing is new: an earlier run may have been stopped before it came to this.
            if let Err(error) = self.shared.clusters.seal(&id).await {
                tracing::debug!(instance = %id, %error, "no new data key");
            }
        }
        Ok(())
    }

    async fn renew(&self, seen: DiskKeyRow) -> Result<(), Fault> {
        let Some((cipher_key, _)) = seen.by.clone() else { return Ok(()) };
        let is_outdated = {
            let mut reader = self.shared.store.read().await?;
            is_outdated(&mut reader, &seen, self.shared.clock.now_ms()).await?
        };
        if !is_outdated {
            return Ok(());
        }
        let shared = self.shared.clone();
        let work = async move |tx: &mut Tx| add(&shared, tx, &seen, &cipher_key).await;
        self.shared.store.write(move |tx| Box::pin(async move { work(tx).await })).await.map(drop)
    }
}

/// Adds a key behind the one that was seen, unless another was meanwhile.
async fn add(
    shared: &Arc<Shared>,
    tx: &mut Tx,
    seen: &DiskKeyRow,
    cipher_key: &CipherKeyId,
) -> Result<(), Fault> {
    let newest = disk_keys::list(tx, &seen.key.id).await?.pop();
    if newest.is_none_or(|newest| newest.number != seen.number)
        || !is_outdated(tx, seen, shared.clock.now_ms()).await?
    {
        return Ok(());
    }
    let row = disk_key::add(tx, shared, &seen.key, Some(cipher_key)).await?;
    let version = row.by.map(|(_, version)| version);
    let details = json!({ "number": row.number, "cipher_key": cipher_key, "version": version });
    let caller = weir_of(shared, &seen.key.account);
    audit_done(shared, tx, &caller, "disk_key_create", seen.key.id.to_string(), details).await
}

/// Whether the key that encrypts this one can be used and has another version by now.
async fn is_outdated(
    connection: &mut sqlx::AnyConnection,
    row: &DiskKeyRow,
    now_ms: i64,
) -> Result<bool, Fault> {
    let Some((cipher_key, version)) = &row.by else { return Ok(false) };
    match cipher_keys::find(connection, &row.key.account, cipher_key, now_ms).await {
        Err(Fault::Absent(Absent::CipherKey(_))) => Ok(false),
        found => {
            let found = found?;
            Ok(found.state() == CipherKeyState::Enabled && found.version != *version)
        }
    }
}
