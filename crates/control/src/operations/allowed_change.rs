//! Has the engine enforce the lists that the intent has changed.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Kind, Step, Trouble, Work};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct AllowedChange {}

impl AllowedChange {
    pub(crate) const FIRST: &'static str = "enforce_lists";
}

impl Kind for AllowedChange {
    const NAME: &'static str = "allowed_change";
    const ACTION: &'static str = "allowed_change";
    const STEPS: &'static [&'static dyn Step<Self>] = &[&EnforceLists];
}

struct EnforceLists;

#[async_trait]
impl Step<AllowedChange> for EnforceLists {
    fn name(&self) -> &'static str {
        AllowedChange::FIRST
    }

    async fn effect(&self, work: &Work, _state: &mut AllowedChange) -> Result<(), Trouble> {
        Ok(work.shared.clusters.allow(&work.key.id).await?)
    }
}
