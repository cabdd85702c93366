//! Writes down what an administrator who came through the engine changes of quotas, which the engine keeps itself.

use super::rules_administer::through_engine;
use crate::audit::{self, Entry, Outcome};
use crate::quota::{QuotaStage, QuotasNote};
use crate::shared::Shared;
use crate::store::instances;
use crate::{Committed, Fault};

pub(crate) async fn run(shared: &Shared, note: QuotasNote) -> Result<(), Fault> {
    let (now_ms, request_id) = (shared.clock.now_ms(), shared.random.uuid().to_string());
    shared
        .store
        .write(move |tx| {
            Box::pin(async move {
                let QuotasNote { instance, address, stage, details } = note;
                let row = instances::find_everywhere(tx, &instance).await?;
                let caller = through_engine(row.key.account, request_id, address);
                let outcome = match stage {
                    QuotaStage::Asked => Outcome::Accepted,
                    QuotaStage::Made => Outcome::Done,
                    QuotaStage::Failed => Outcome::Undone,
                };
                let subject = instance.to_string();
                audit::append(tx, Entry::of(&caller, now_ms, "quotas_change", subject, outcome, details))
                    .await
            })
        })
        .await
        .map(Committed::into_inner)
}
