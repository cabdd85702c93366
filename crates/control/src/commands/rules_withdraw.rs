//! Takes rules away: first from the store, then from the engine. What they were about need not be there any more, nor
//! need the instance enforce its rules. Which ones go is found out in the transaction that removes them: a call that is
//! repeated finds none.

use std::sync::Arc;

use serde_json::json;

use super::ensure_running;
use crate::account::Caller;
use crate::fault::Absent;
use crate::operations::{self, Intent, Ticket, begin, unhindered};
use crate::rule::{RulesWithdraw, WrittenRule};
use crate::shared::Shared;
use crate::store::operations::{Subject, ensure_free};
use crate::store::{access_rules, instances};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    withdraw: RulesWithdraw,
) -> Result<Committed<()>, Fault> {
    let intended = unhindered(shared, || intend(shared.clone(), caller.clone(), withdraw.clone())).await?;
    intended.into_inner().result(shared).await
}

async fn intend(
    shared: Arc<Shared>,
    caller: Caller,
    withdraw: RulesWithdraw,
) -> Result<Committed<Ticket>, Fault> {
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let RulesWithdraw { region, instance, filters } = withdraw;
                let row = instances::find(tx, &caller.account, Some(&region), &instance).await?;
                ensure_running(&row)?;
                ensure_free(tx, &row.key, &Subject::Rules).await?;
                let mut rules = Vec::new();
                for filter in &filters {
                    let met = access_rules::list(tx, &row.key, filter).await?;
                    if met.is_empty() {
                        return Err(Absent::Rule.into());
                    }
                    for WrittenRule { rule, .. } in met {
                        access_rules::remove(tx, &row.key, &rule).await?;
                        rules.push(rule);
                    }
                }
                let intent = Intent {
                    key: row.key,
                    subject: Subject::Rules,
                    caller,
                    details: json!({ "withdraw": rules }),
                    state: operations::RulesChange {},
                    step: operations::RulesChange::FIRST,
                };
                begin(&shared, tx, intent).await
            })
        })
        .await
}
