//! From where instances may be used: a list of addresses for each way in.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::Tx;
use super::instances::InstanceKey;
use super::text::{from_word, to_word};
use crate::Fault;
use crate::allowed::{AllowedAddress, AllowedBlocks, AllowedLists};
use crate::fault::Capacity;
use crate::ids::InstanceId;
use crate::instance::Access;

/// Most addresses of one list.
const ADDRESSES_MAX: u32 = 100;

/// Every way in.
const ACCESSES: [Access; 4] = [Access::Plain, Access::PublicTls, Access::PrivateLogin, Access::PrivateTls];

/// Gives a newly deployed instance the lists that let everybody in, whatever it had before.
pub(crate) async fn begin(tx: &mut Tx, key: &InstanceKey) -> Result<(), Fault> {
    delete_all(tx, key).await?;
    for access in ACCESSES {
        insert(tx, key, access, &AllowedAddress::new(AllowedAddress::EVERYBODY)).await?;
    }
    Ok(())
}

/// Puts addresses behind those of a list. What is there already stays where it is.
pub(crate) async fn add(
    tx: &mut Tx,
    key: &InstanceKey,
    access: Access,
    addresses: &[AllowedAddress],
) -> Result<(), Fault> {
    for address in addresses {
        insert(tx, key, access, address).await?;
    }
    let there = lists(tx, key).await?.remove(&access).unwrap_or_default();
    if there.len() > ADDRESSES_MAX as usize {
        return Err(Capacity::AllowedAddresses { limit: ADDRESSES_MAX }.into());
    }
    Ok(())
}

/// Takes an address off a list; it need not be there.
pub(crate) async fn remove(
    tx: &mut Tx,
    key: &InstanceKey,
    access: Access,
    address: &AllowedAddress,
) -> Result<(), Fault> {
    sqlx::query(
        "DELETE FROM allowed_addresses
         WHERE account = $1 AND region = $2 AND instance = $3 AND access = $4 AND address = $5",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(to_word(&access)?)
    .bind(address.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// All lists of an instance, each in the order in which its addresses were added.
pub(crate) async fn lists(connection: &mut AnyConnection, key: &InstanceKey) -> Result<AllowedLists, Fault> {
    let rows = sqlx::query(
        "SELECT access, address FROM allowed_addresses
         WHERE account = $1 AND region = $2 AND instance = $3
         ORDER BY access, position",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .fetch_all(connection)
    .await?;
    from_rows(&rows)
}

/// What the engine is to enforce for an instance, whosever it is.
pub(crate) async fn blocks_everywhere(
    connection: &mut AnyConnection,
    instance: &InstanceId,
) -> Result<AllowedBlocks, Fault> {
    let rows = sqlx::query(
        "SELECT access, address FROM allowed_addresses WHERE instance = $1 ORDER BY access, position",
    )
    .bind(instance.as_str())
    .fetch_all(connection)
    .await?;
    let blocks = |(access, addresses): (Access, Vec<AllowedAddress>)| {
        let block = |address: &AllowedAddress| {
            address.block().ok_or_else(|| Fault::bug(format!("a stored address is damaged: {address}")))
        };
        Ok((access, addresses.iter().map(block).collect::<Result<_, Fault>>()?))
    };
    from_rows(&rows)?.into_iter().map(blocks).collect()
}

/// Removes all lists of an instance.
pub(crate) async fn delete_all(tx: &mut Tx, key: &InstanceKey) -> Result<(), Fault> {
    sqlx::query("DELETE FROM allowed_addresses WHERE account = $1 AND region = $2 AND instance = $3")
        .bind(key.account.as_str())
        .bind(key.region.as_str())
        .bind(key.id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn insert(
    tx: &mut Tx,
    key: &InstanceKey,
    access: Access,
    address: &AllowedAddress,
) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO allowed_addresses (account, region, instance, access, address, position)
         SELECT $1, $2, $3, $4, $5, COALESCE(MAX(position), 0) + 1 FROM allowed_addresses
         WHERE account = $1 AND region = $2 AND instance = $3 AND access = $4
         ON CONFLICT (account, region, instance, access, address) DO NOTHING",
    )
    .bind(key.account.as_str())
    .bind(key.region.as_str())
    .bind(key.id.as_str())
    .bind(to_word(&access)?)
    .bind(address.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn from_rows(rows: &[AnyRow]) -> Result<AllowedLists, Fault> {
    let mut lists: AllowedLists = ACCESSES.into_iter().map(|access| (access, Vec::new())).collect();
    for row in rows {
        let address = AllowedAddress::new(row.try_get::<String, _>("address")?);
        lists.entry(from_word(row.try_get("access")?)?).or_default().push(address);
    }
    Ok(lists)
}
