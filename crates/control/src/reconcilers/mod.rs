//! Comparing what is wanted with what is there, noun by noun.
//!
//! A crash is not their business: operations finish by themselves. They see to what nobody asked for, such as
//! a topic that a client removed or a term that ended. Each takes no input, looks at everything anew,
//! changes only what is wrong, and can run at any time and any number of times; so they run on a timer, and
//! whenever something hints that there is work.

mod cipher_keys;
mod clusters;
mod disk_keys;
mod instances;
mod topics;

use std::sync::Arc;

use crate::Fault;
use crate::account::Caller;
use crate::ids::AccountId;
use crate::shared::Shared;
use crate::store::instances::InstanceKey;

/// How long the data of an expired instance and the record of a released one are kept: 168 hours.
const KEPT_MS: i64 = 168 * 60 * 60 * 1_000;

/// Runs them in the background until the server stops.
pub(crate) fn start(shared: &Arc<Shared>) {
    let shared = shared.clone();
    let tasks = shared.tasks.clone();
    tasks.spawn(async move {
        loop {
            let until = shared.clock.elapsed() + shared.options.reconcile_every;
            tokio::select! {
                () = shared.clock.sleep_until(until) => {}
                () = shared.reconcile.notified() => {}
                () = shared.stop.cancelled() => return,
            }
            if let Err(fault) = run_all(&shared).await {
                tracing::warn!(?fault, "a reconciler could not finish; the next run tries again");
            }
        }
    });
}

/// Runs each of them once.
pub(crate) async fn run_all(shared: &Arc<Shared>) -> Result<(), Fault> {
    topics::Reconciler { shared }.run().await?;
    instances::Reconciler { shared }.run().await?;
    cipher_keys::Reconciler { shared }.run().await?;
    // After cipher keys, which may have been rotated just now.
    disk_keys::Reconciler { shared }.run().await?;
    clusters::Reconciler { shared }.run().await
}

/// Weir itself, acting for the owner of an instance.
fn weir_for(shared: &Shared, key: &InstanceKey) -> Caller {
    weir_of(shared, &key.account)
}

/// Weir itself, acting for an account.
fn weir_of(shared: &Shared, account: &AccountId) -> Caller {
    Caller {
        account: account.clone(),
        user: None,
        access_key_id: "weir".to_owned(),
        request_id: shared.random.uuid().to_string(),
        address: String::new(),
    }
}
