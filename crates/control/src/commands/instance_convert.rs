//! Turns an instance that is paid by use into one that is paid for a term. Nothing else about it changes.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use super::instance_order::draw_order_id;
use crate::account::Caller;
use crate::fault::Conflict;
use crate::ids::OrderId;
use crate::instance::{Billing, InstanceConvert, InstanceState};
use crate::operations::unhindered;
use crate::shared::Shared;
use crate::store::instances;
use crate::store::operations::{Subject, ensure_free};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    convert: InstanceConvert,
) -> Result<Committed<OrderId>, Fault> {
    unhindered(shared, || change(shared.clone(), caller.clone(), convert.clone())).await
}

async fn change(
    shared: Arc<Shared>,
    caller: Caller,
    convert: InstanceConvert,
) -> Result<Committed<OrderId>, Fault> {
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let row = instances::find(tx, &caller.account, Some(&convert.region), &convert.id).await?;
                if row.state != InstanceState::Running {
                    return Err(Conflict::InstanceState(row.state).into());
                }
                if row.billing == Billing::Prepaid {
                    return Err(Conflict::NotForThisInstance(
                        "The instance is paid for a term already".into(),
                    )
                    .into());
                }
                // A release that is under way would be one of an instance that cannot be released.
                ensure_free(tx, &row.key, &Subject::Instance).await?;
                instances::update_billing(tx, &row.key, Billing::Prepaid, convert.expires_ms).await?;
                let order_id = draw_order_id(&shared);
                let details = json!({ "order": order_id, "expires_ms": convert.expires_ms });
                let subject = row.key.id.to_string();
                audit_done(&shared, tx, &caller, "instance_convert", subject, details).await?;
                Ok(order_id)
            })
        })
        .await
}
