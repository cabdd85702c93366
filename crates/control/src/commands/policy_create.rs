//! Makes a policy of the account's own. It applies to nobody before it is attached.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use crate::account::Caller;
use crate::fault::Capacity;
use crate::identity::{IdentityConflict, IdentityKind, POLICIES_MAX};
use crate::permission::{Policy, PolicyCreate, PolicyFacts, PolicyRef};
use crate::policy::Document;
use crate::shared::Shared;
use crate::store::policies;
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    create: PolicyCreate,
) -> Result<Committed<PolicyFacts>, Fault> {
    Document::parse(&create.document, &shared.options.language).map_err(IdentityConflict::Document)?;
    let (shared, caller) = (shared.clone(), caller.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let PolicyCreate { name, description, document } = create;
                // A name that every account has would leave open which of both is meant.
                let stands = shared.options.language.standing(name.as_str()).is_some();
                if stands || policies::find(tx, &caller.account, &name).await?.is_some() {
                    return Err(IdentityConflict::PolicyNameTaken(name.into_string()).into());
                }
                if policies::count(tx, &caller.account).await? >= POLICIES_MAX as usize {
                    return Err(
                        Capacity::Identities { kind: IdentityKind::Policy, limit: POLICIES_MAX }.into()
                    );
                }
                let now_ms = shared.clock.now_ms();
                let facts = PolicyFacts {
                    of: PolicyRef { standing: false, name },
                    description,
                    created_ms: now_ms,
                    updated_ms: now_ms,
                    attachments: 0,
                };
                let policy = Policy { facts, document };
                policies::insert(tx, &caller.account, &policy).await?;
                let details = json!({ "document": policy.document });
                let subject = policy.facts.of.name.to_string();
                audit_done(&shared, tx, &caller, "policy_create", subject, details).await?;
                Ok(policy.facts)
            })
        })
        .await
}
