//! Has the engine enforce the rules that the intent has changed.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Kind, Step, Trouble, Work};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct RulesChange {}

impl RulesChange {
    pub(crate) const FIRST: &'static str = "enforce_rules";
}

impl Kind for RulesChange {
    const NAME: &'static str = "rules_change";
    const ACTION: &'static str = "rules_change";
    const STEPS: &'static [&'static dyn Step<Self>] = &[&EnforceRules];
}

struct EnforceRules;

#[async_trait]
impl Step<RulesChange> for EnforceRules {
    fn name(&self) -> &'static str {
        RulesChange::FIRST
    }

    async fn effect(&self, work: &Work, _state: &mut RulesChange) -> Result<(), Trouble> {
        Ok(work.shared.clusters.judge(&work.key.id).await?)
    }
}
