//! Keys that the files of an instance are sealed with.
//!
//! Each is drawn here and encrypted with the cipher key that the owner has named, as a data key for a caller's own use
//! would be; what is encrypted lies in the store. Where the owner keeps no keys here, so that the one that was named is
//! not this server's, the store seals it as it seals all its secrets. Keys are added when the cipher key has been rotated,
//! and go when the data has gone: whatever was written under an older one is still read.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use machine::clock::Clock;
use machine::disk::Disk;
use machine::random::Random;
use machine::secret::Secret;
use sqlx::{AnyConnection, Connection};

use crate::Fault;
use crate::cipher_key::{CipherContext, CipherKeyState};
use crate::ciphertext::Ciphertext;
use crate::config::OpenError;
use crate::engine::DiskKey;
use crate::fault::Absent;
use crate::ids::{CipherKeyId, InstanceId};
use crate::shared::Shared;
use crate::store::disk_keys::{self, DiskKeyRow};
use crate::store::instances::InstanceKey;
use crate::store::seal::{Spot, Vault};
use crate::store::{Tx, cipher_keys, connect_reader};

/// Draws another key for an instance and keeps it, encrypted with this cipher key of its account, or sealed by the store.
pub(crate) async fn add(
    tx: &mut Tx,
    shared: &Shared,
    key: &InstanceKey,
    cipher_key: Option<&CipherKeyId>,
) -> Result<DiskKeyRow, Fault> {
    let number = disk_keys::list(tx, &key.id).await?.last().map_or(1, |last| last.number + 1);
    let now_ms = shared.clock.now_ms();
    let mut drawn = [0; 32];
    shared.random.fill(&mut drawn);
    let plaintext = Secret::new(BASE64.encode(Secret::new(drawn).expose()));
    let (by, wrapped) = match cipher_key {
        Some(id) => {
            let found = cipher_keys::find(tx, &key.account, id, now_ms).await?;
            let material = cipher_keys::material(tx, &shared.vault, &key.account, &found.version).await?;
            let (random, context) = (&shared.random, context(&key.id, number));
            let sealed = Ciphertext::seal(&material, random, &found.version, &plaintext, &context)?;
            (Some((found.id, found.version)), sealed.to_string())
        }
        None => (None, shared.vault.seal(spot(&format!("{}/{number}", key.id)), &plaintext)),
    };
    let row = DiskKeyRow { key: key.clone(), number, by, wrapped, created_ms: now_ms };
    disk_keys::insert(tx, &row).await?;
    Ok(row)
}

/// The keys of an instance, oldest first; none when it is not sealed. The reason when they cannot be had.
pub(crate) async fn list(
    connection: &mut AnyConnection,
    vault: &Vault,
    id: &InstanceId,
    now_ms: i64,
) -> Result<Vec<DiskKey>, String> {
    let unknown = |fault: Fault| format!("its data keys are unknown: {fault:?}");
    let mut keys = Vec::new();
    for row in disk_keys::list(connection, id).await.map_err(unknown)? {
        keys.push(open(connection, vault, &row, now_ms).await?);
    }
    Ok(keys)
}

async fn open(
    connection: &mut AnyConnection,
    vault: &Vault,
    row: &DiskKeyRow,
    now_ms: i64,
) -> Result<DiskKey, String> {
    let DiskKeyRow { key: InstanceKey { account, id, .. }, number, .. } = row;
    let unknown = |fault: Fault| format!("data key {number} does not open: {fault:?}");
    let plaintext = match &row.by {
        Some((cipher_key, version)) => {
            let closed =
                |why: &str| Err(format!("its data is encrypted with the key {cipher_key}, which {why}"));
            let found = match cipher_keys::find(connection, account, cipher_key, now_ms).await {
                Err(Fault::Absent(Absent::CipherKey(_))) => return closed("is gone"),
                found => found.map_err(unknown)?,
            };
            match found.state() {
                CipherKeyState::Enabled => {}
                CipherKeyState::Disabled => return closed("is disabled"),
                CipherKeyState::PendingDeletion => return closed("waits for its deletion"),
            }
            let material =
                cipher_keys::material(connection, vault, account, version).await.map_err(unknown)?;
            Ciphertext::parse(&row.wrapped).and_then(|sealed| sealed.open(&material, &context(id, *number)))
        }
        None => vault.open_secret(spot(&format!("{id}/{number}")), &row.wrapped).ok(),
    };
    let damaged = || format!("data key {number} is damaged");
    let bytes = Secret::new(BASE64.decode(plaintext.ok_or_else(damaged)?.expose()).map_err(|_| damaged())?);
    let material = <[u8; 32]>::try_from(bytes.expose().as_slice()).map_err(|_| damaged())?;
    Ok(DiskKey { number: *number, material: Secret::new(material) })
}

/// The keys of every sealed instance of a database that no server has open, or why they cannot be had: for want of the
/// master key, say. Only reads.
pub async fn disk_keys(
    database: &Path,
    disk: &dyn Disk,
    master_key: Option<&Secret<[u8; 32]>>,
) -> Result<BTreeMap<InstanceId, Result<Vec<DiskKey>, String>>, OpenError> {
    let mut connection = connect_reader(database, disk).await?;
    let mut found = BTreeMap::new();
    // A server of before there were any may have used it last.
    let is_there = sqlx::query("SELECT name FROM sqlite_master WHERE name = 'disk_keys'");
    let is_there = is_there.fetch_optional(&mut connection).await.map_err(OpenError::Database)?.is_some();
    let rows = if is_there { disk_keys::newest_everywhere(&mut connection).await? } else { Vec::new() };
    for row in rows {
        let keys = match master_key {
            Some(master_key) => {
                let vault = Vault::read(&mut connection, master_key, &Random::system()).await?;
                list(&mut connection, &vault, &row.key.id, Clock::system().now_ms()).await
            }
            None => Err("the master key is missing".to_owned()),
        };
        found.insert(row.key.id, keys);
    }
    connection.close().await.map_err(OpenError::Database)?;
    Ok(found)
}

/// What a data key is bound to.
fn context(id: &InstanceId, number: u32) -> CipherContext {
    CipherContext::from([("instance".into(), id.to_string()), ("number".into(), number.to_string())])
}

fn spot(row: &str) -> Spot<'_> {
    Spot { table: "disk_keys", column: "wrapped", row }
}
