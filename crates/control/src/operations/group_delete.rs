//! Removes a group's commits from the engine, then its registration.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Kind, Step, Trouble, Work};
use crate::Fault;
use crate::engine::EngineError;
use crate::fault::Conflict;
use crate::ids::GroupName;
use crate::store::{Tx, groups};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct GroupDelete {
    pub(crate) name: GroupName,
}

impl GroupDelete {
    pub(crate) const FIRST: &'static str = "erase_commits";
}

impl Kind for GroupDelete {
    const NAME: &'static str = "group_delete";
    const ACTION: &'static str = "group_delete";
    const STEPS: &'static [&'static dyn Step<Self>] = &[&EraseCommits];
}

struct EraseCommits;

#[async_trait]
impl Step<GroupDelete> for EraseCommits {
    fn name(&self) -> &'static str {
        GroupDelete::FIRST
    }

    async fn effect(&self, work: &Work, state: &mut GroupDelete) -> Result<(), Trouble> {
        match work.shared.engine.group_delete(&work.key.id, &state.name).await {
            Ok(()) => Ok(()),
            Err(EngineError::InUse(_)) => {
                Err(Trouble::Refused(Conflict::GroupInUse(state.name.to_string()).into()))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn record(&self, work: &Work, state: &mut GroupDelete, tx: &mut Tx) -> Result<(), Fault> {
        groups::delete(tx, &work.key, &state.name).await
    }
}
