//! Whether a user may do something: the engine is asked, which decides for requests too.

use std::sync::Arc;

use super::find_serving;
use crate::Fault;
use crate::account::Caller;
use crate::ids::{InstanceId, Region};
use crate::rule::{RuleAnswer, RuleQuestion};
use crate::shared::Shared;

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    region: &Region,
    instance: &InstanceId,
    question: &RuleQuestion,
) -> Result<RuleAnswer, Fault> {
    let row = find_serving(shared, caller, Some(region), instance).await?;
    Ok(shared.engine.cluster_explain(&row.key.id, question).await?)
}
