//! Where an instance would be, if it were deployed as its owner says.

use sqlx::AnyConnection;

use super::cipher_key_encrypt::ensure_usable;
use crate::Fault;
use crate::account::Caller;
use crate::fault::{Absent, Conflict};
use crate::ids::Region;
use crate::placement::{Home, Placement, PlacementQuery};
use crate::shared::Shared;
use crate::store::{Scope, cipher_keys, networks, security_groups, subnets};

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    region: &Region,
    query: &PlacementQuery,
) -> Result<Placement, Fault> {
    let mut reader = shared.store.read().await?;
    resolve(&mut reader, &Scope::of(caller, region), query, shared.clock.now_ms()).await
}

/// Looks everything up that the account keeps records of; the rest is taken as given.
pub(super) async fn resolve(
    connection: &mut AnyConnection,
    scope: &Scope,
    query: &PlacementQuery,
    now_ms: i64,
) -> Result<Placement, Fault> {
    let cipher_key_known = match &query.cipher_key {
        Some(id) if cipher_keys::any(connection, &scope.account, now_ms).await? => {
            ensure_usable(&cipher_keys::find(connection, &scope.account, id, now_ms).await?)?;
            true
        }
        _ => false,
    };
    let home = match networks::any(connection, &scope.account).await? {
        true => Some(find_home(connection, scope, query).await?),
        false => None,
    };
    let security_group_known = match &query.security_group {
        Some(id) if security_groups::any(connection, &scope.account).await? => {
            let group = security_groups::find(connection, scope, id).await?;
            let network = home.as_ref().map(|home| &home.network).or(query.network.as_ref());
            if group.network.as_ref() != network {
                return Err(Conflict::OtherNetwork(id.to_string()).into());
            }
            true
        }
        _ => false,
    };
    Ok(Placement { home, security_group_known, cipher_key_known })
}

async fn find_home(
    connection: &mut AnyConnection,
    scope: &Scope,
    query: &PlacementQuery,
) -> Result<Home, Fault> {
    if let Some(network) = &query.network {
        networks::find(connection, scope, network).await?;
    }
    let mut home: Option<Home> = None;
    for id in &query.subnets {
        let subnet = subnets::find(connection, scope, id).await?;
        let network = home.as_ref().map(|home| &home.network).or(query.network.as_ref());
        if network.is_some_and(|network| *network != subnet.network) {
            return Err(Conflict::OtherNetwork(id.to_string()).into());
        }
        home.get_or_insert(Home { network: subnet.network, zone: subnet.zone });
    }
    home.ok_or_else(|| Absent::Subnet(String::new()).into())
}
