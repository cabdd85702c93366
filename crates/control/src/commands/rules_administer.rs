//! Changes rules for an administrator who came through the engine: first in the store, then in the engine that enforces
//! them. The engine has judged whether they may.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::ensure_running;
use crate::account::Caller;
use crate::fault::Conflict;
use crate::ids::{AccountId, InstanceId};
use crate::operations::{self, Intent, Ticket, begin, unhindered};
use crate::rule::{Rule, RuleFilter, RulesAdminister, WrittenRule};
use crate::shared::Shared;
use crate::store::operations::{Subject, ensure_free};
use crate::store::{access_rules, instances};
use crate::{Committed, Fault};

/// What stands for the access key of whoever comes through the engine.
pub(crate) const THROUGH_ENGINE: &str = "kafka";

pub(crate) async fn run(shared: &Arc<Shared>, administer: RulesAdminister) -> Result<Committed<()>, Fault> {
    let intended = unhindered(shared, || intend(shared.clone(), administer.clone())).await?;
    intended.into_inner().result(shared).await
}

/// The rules of an instance, whosever it is, in the order in which they were made.
pub(crate) async fn list(shared: &Shared, instance: &InstanceId) -> Result<Vec<Rule>, Fault> {
    let mut reader = shared.store.read().await?;
    access_rules::rules_everywhere(&mut reader, instance).await
}

/// An administrator who came through the engine, in the name of the instance's account.
pub(super) fn through_engine(account: AccountId, request_id: String, address: String) -> Caller {
    Caller { account, user: None, access_key_id: THROUGH_ENGINE.to_owned(), request_id, address }
}

async fn intend(shared: Arc<Shared>, administer: RulesAdminister) -> Result<Committed<Ticket>, Fault> {
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let RulesAdminister { instance, address, grant, withdraw } = administer;
                let row = instances::find_everywhere(tx, &instance).await?;
                ensure_running(&row)?;
                if !row.settings.acl_enabled {
                    return Err(Conflict::RulesNotEnforced.into());
                }
                ensure_free(tx, &row.key, &Subject::Rules).await?;
                let listed = access_rules::list(tx, &row.key, &RuleFilter::default()).await?;
                let mut there: HashSet<Rule> = listed.into_iter().map(|written| written.rule).collect();
                let withdrawn: Vec<Rule> = withdraw.into_iter().filter(|rule| there.remove(rule)).collect();
                for rule in &withdrawn {
                    access_rules::remove(tx, &row.key, rule).await?;
                }
                let granted: Vec<Rule> =
                    grant.into_iter().filter(|rule| there.insert(rule.clone())).collect();
                let written = |rule: &Rule| WrittenRule { rule: rule.clone(), spelling: Value::Null };
                let written: Vec<_> = granted.iter().map(written).collect();
                access_rules::insert(tx, &row.key, &written).await?;
                access_rules::ensure_room(tx, &row.key).await?;
                let request_id = shared.random.uuid().to_string();
                let caller = through_engine(row.key.account.clone(), request_id, address);
                let intent = Intent {
                    key: row.key,
                    subject: Subject::Rules,
                    caller,
                    details: json!({ "grant": granted, "withdraw": withdrawn }),
                    state: operations::RulesChange {},
                    step: operations::RulesChange::FIRST,
                };
                begin(&shared, tx, intent).await
            })
        })
        .await
}
