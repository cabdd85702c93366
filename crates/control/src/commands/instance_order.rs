//! Buys an instance: one transaction, nothing in the engine yet.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use super::resource_group_find::resolve_own;
use crate::account::Caller;
use crate::ids::{InstanceId, OrderId};
use crate::instance::{InstanceOrder, InstanceOrdered, InstanceState};
use crate::shared::Shared;
use crate::store::instances::{self, InstanceKey, InstanceRow};
use crate::store::tags::{self, Tagged};
use crate::{Committed, Fault};

const DIGITS: &[u8] = b"0123456789";
const ID_CHARACTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// Characters of an instance's id after its prefix.
const ID_LENGTH: usize = 12;
/// Digits of an order's id. The first is not zero, so that it stays a number of this length.
const ORDER_DIGITS: usize = 15;

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    order: InstanceOrder,
) -> Result<Committed<InstanceOrdered>, Fault> {
    let (shared, caller) = (shared.clone(), caller.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let (id, order_id) = loop {
                    let (id, order_id) = draw_ids(&shared, &order.id_prefix);
                    if !instances::ids_taken_everywhere(tx, &id, &order_id).await? {
                        break (id, order_id);
                    }
                };
                let now_ms = shared.clock.now_ms();
                let row = InstanceRow {
                    key: InstanceKey { account: caller.account.clone(), region: order.region, id },
                    order_id,
                    name: String::new(),
                    state: InstanceState::Ordered,
                    state_since_ms: now_ms,
                    billing: order.billing,
                    created_ms: now_ms,
                    expires_ms: order.expires_ms,
                    version: String::new(),
                    slot: None,
                    limits: order.limits,
                    settings: order.settings,
                    details: order.details,
                    failure: None,
                };
                let row = InstanceRow { name: row.key.id.to_string(), ..row };
                instances::insert(tx, &row).await?;
                if let Some(named) = &order.resource_group {
                    let group = resolve_own(tx, &caller.account, named).await?;
                    instances::set_resource_group(tx, &row.key, group.as_ref()).await?;
                }
                tags::insert(tx, &row.key, Tagged::Instance, "", &order.tags).await?;
                let details =
                    json!({ "order": row.order_id, "region": row.key.region, "limits": row.limits });
                let subject = row.key.id.to_string();
                audit_done(&shared, tx, &caller, "instance_order", subject, details).await?;
                Ok(InstanceOrdered { order_id: row.order_id, instance_id: row.key.id })
            })
        })
        .await
}

fn draw_ids(shared: &Shared, prefix: &str) -> (InstanceId, OrderId) {
    let id = InstanceId::new(format!("{prefix}{}", shared.random.text(ID_CHARACTERS, ID_LENGTH)));
    (id, draw_order_id(shared))
}

/// An order's id; whoever needs it to be unused has to look.
pub(super) fn draw_order_id(shared: &Shared) -> OrderId {
    let first = shared.random.text(&DIGITS[1..], 1);
    let rest = shared.random.text(DIGITS, ORDER_DIGITS - 1);
    OrderId::new(first + &rest)
}
