//! Opening a control plane: the store, the keys, the clusters that should serve, the operations under way.
//!
//! Everything has been tried once when this returns, so that a server that says it is ready has its
//! instances back. A cluster that cannot be opened (somebody else has its port) is tried again in the
//! background and shown in [`Stats::waiting`](crate::stats::Stats::waiting); the others go on.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use machine::random::Random;
use machine::secret::Secret;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::audit::{ClientRefusals, Recorder, Refusals};
use crate::clusters::{Clusters, Reopened};
use crate::config::{ControlConfig, FirstKey, OpenError, Opened};
use crate::engine::ClusterSpec;
use crate::ids::AccountId;
use crate::instance::InstanceState;
use crate::keys::Keys;
use crate::shared::Shared;
use crate::store::instances::InstanceRow;
use crate::store::operations::Subject;
use crate::store::permissions::PermissionsMemo;
use crate::store::seal::Vault;
use crate::store::topic_records::TopicRecordsMemo;
use crate::store::{Store, access_keys, accounts, instances, operations as operation_rows};
use crate::{AccessKey, Control, Fault, operations, reconcilers};

/// Clusters opened at one time; recovery reads files.
const OPEN_AT_ONCE: usize = 8;

const DIGITS: &[u8] = b"0123456789";
const LETTERS_AND_DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

pub(crate) async fn open(config: ControlConfig) -> Result<Opened, OpenError> {
    let ControlConfig { database, disk, master_key, clock, random, engine, first_key, options } = config;
    let store = Store::open(&database, disk.as_ref(), options.fail_points.clone()).await?;
    let vault = Arc::new(Vault::open(&store, &master_key, &clock, &random).await?);
    let keys = read_keys(&store, &vault).await?;
    let account = find_account(&store).await?;
    let first_key = choose_key(account.as_ref(), &keys, first_key, &random);
    let keys = if keys.iter().any(|key| same(key, &first_key)) {
        keys
    } else {
        put_key(&store, &vault, account.is_none(), &first_key, clock.now_ms()).await?
    };

    let store = Arc::new(store);
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let (refusals, write_refusals) = Refusals::start(store.clone(), stop.clone());
    tasks.spawn(write_refusals);
    let recorder = Recorder { store: store.clone(), clock: clock.clone(), random: random.clone() };
    let (client_refusals, record_refusals) = ClientRefusals::start(recorder, stop.clone());
    tasks.spawn(record_refusals);
    let shared = Arc::new(Shared {
        clusters: Clusters::new(engine.clone(), store.clone(), vault.clone(), clock.clone()),
        store,
        vault,
        topic_records: TopicRecordsMemo::default(),
        permissions: PermissionsMemo::default(),
        engine,
        clock,
        random,
        options,
        keys: Arc::new(Keys::new(keys)),
        refusals,
        client_refusals,
        stray: Mutex::default(),
        tasks,
        stop,
        ended: watch::Sender::new(0),
        reconcile: Notify::new(),
    });
    reopen_clusters(&shared).await?;
    operations::resume(&shared).await?;
    reconcilers::start(&shared);
    Ok(Opened { control: Control::new(shared), first_key })
}

async fn find_account(store: &Store) -> Result<Option<AccountId>, Fault> {
    let mut reader = store.read().await?;
    accounts::first(&mut reader).await
}

async fn read_keys(store: &Store, vault: &Vault) -> Result<Vec<AccessKey>, Fault> {
    let mut reader = store.read().await?;
    access_keys::list_everywhere(&mut reader, vault).await
}

/// The operator's key, else the oldest active one of the first account's owner, else a new one.
fn choose_key(
    account: Option<&AccountId>,
    keys: &[AccessKey],
    given: Option<FirstKey>,
    random: &Random,
) -> AccessKey {
    let account = account.cloned().unwrap_or_else(|| new_account_id(random));
    if let Some(FirstKey { id, secret }) = given {
        return AccessKey { id, secret, account, user: None, active: true };
    }
    let oldest = keys.iter().find(|key| key.account == account && key.user.is_none() && key.active);
    oldest.cloned().unwrap_or_else(|| AccessKey {
        id: new_key_id(random),
        secret: Secret::new(new_key_secret(random)),
        account,
        user: None,
        active: true,
    })
}

fn same(one: &AccessKey, other: &AccessKey) -> bool {
    one.id == other.id
        && one.account == other.account
        && one.user == other.user
        && one.active == other.active
        && one.secret.expose() == other.secret.expose()
}

/// Sixteen digits that do not start with zero, so that nobody's spreadsheet cuts them.
pub(crate) fn new_account_id(random: &Random) -> AccountId {
    AccountId::new(random.text(&DIGITS[1..], 1) + &random.text(DIGITS, 15))
}

/// The public half of a new key.
pub(crate) fn new_key_id(random: &Random) -> String {
    random.text(LETTERS_AND_DIGITS, 24)
}

/// The half of a new key that signs.
pub(crate) fn new_key_secret(random: &Random) -> String {
    random.text(LETTERS_AND_DIGITS, 30)
}

/// Writes the key, with its account when that is new. All keys there are afterwards.
async fn put_key(
    store: &Store,
    vault: &Arc<Vault>,
    new_account: bool,
    key: &AccessKey,
    now_ms: i64,
) -> Result<Vec<AccessKey>, Fault> {
    let key = key.clone();
    let sealing = vault.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                if new_account {
                    accounts::insert(tx, &key.account, "", now_ms).await?;
                }
                access_keys::put(tx, &sealing, &key, now_ms).await
            })
        })
        .await?
        .into_inner();
    read_keys(store, vault).await
}

/// Opens the cluster of every instance that was running, on the ports it had.
async fn reopen_clusters(shared: &Arc<Shared>) -> Result<(), Fault> {
    let (rows, changing) = {
        let mut reader = shared.store.read().await?;
        let rows = instances::list_everywhere(&mut reader).await?;
        let under_way = operation_rows::list_everywhere(&mut reader).await?;
        let changing: HashSet<_> = under_way
            .into_iter()
            .filter(|operation| {
                operation.subject == Subject::Instance && !operations::serves(&operation.kind)
            })
            .map(|operation| operation.key.id)
            .collect();
        (rows, changing)
    };
    // Those that an operation is taking away are left to it.
    let specs = rows.into_iter().filter(|row| !changing.contains(&row.key.id)).filter_map(serving_spec);
    stream::iter(specs)
        .for_each_concurrent(OPEN_AT_ONCE, |spec| async move {
            if shared.clusters.reopen(&spec, true).await == Reopened::Waiting {
                shared.tasks.spawn(keep_reopening(shared.clone(), spec));
            }
        })
        .await;
    Ok(())
}

fn serving_spec(row: InstanceRow) -> Option<ClusterSpec> {
    if !matches!(row.state, InstanceState::Running | InstanceState::Changing) {
        return None;
    }
    let Some(slot) = row.slot else {
        tracing::error!(instance = %row.key.id, "a running instance has no ports in the store");
        return None;
    };
    Some(ClusterSpec { id: row.key.id, slot, settings: row.settings, version: row.version })
}

async fn keep_reopening(shared: Arc<Shared>, spec: ClusterSpec) {
    let mut failures = 1;
    loop {
        let until = shared.clock.elapsed() + shared.options.patience.pause(failures);
        tokio::select! {
            () = shared.clock.sleep_until(until) => {}
            () = shared.stop.cancelled() => return,
        }
        match shared.clusters.reopen(&spec, false).await {
            Reopened::Waiting => failures = failures.saturating_add(1),
            Reopened::Serving | Reopened::NoLongerWanted => return,
        }
    }
}
