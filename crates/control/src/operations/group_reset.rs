//! Has a group go on elsewhere. Where, stands in the intent, so a repeated step leads to the same place; once the group
//! has members nothing is repeated any more.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Kind, Step, Trouble, Work};
use crate::engine::{EngineError, EngineOffset};
use crate::fault::{Absent, Conflict};
use crate::ids::GroupName;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct GroupReset {
    pub(crate) name: GroupName,
    pub(crate) offsets: Vec<EngineOffset>,
}

impl GroupReset {
    pub(crate) const FIRST: &'static str = "commit_offsets";
}

impl Kind for GroupReset {
    const NAME: &'static str = "group_reset";
    const ACTION: &'static str = "group_reset";
    const STEPS: &'static [&'static dyn Step<Self>] = &[&CommitOffsets];
}

struct CommitOffsets;

#[async_trait]
impl Step<GroupReset> for CommitOffsets {
    fn name(&self) -> &'static str {
        GroupReset::FIRST
    }

    async fn effect(&self, work: &Work, state: &mut GroupReset) -> Result<(), Trouble> {
        match work.shared.engine.group_reset(&work.key.id, &state.name, &state.offsets).await {
            Ok(()) => Ok(()),
            Err(EngineError::InUse(_)) => {
                Err(Trouble::Refused(Conflict::GroupInUse(state.name.to_string()).into()))
            }
            Err(EngineError::Absent(_)) => {
                // Without its cluster nothing is known of its topics.
                work.shared.clusters.ensure_serving(&work.key.id).map_err(Trouble::Again)?;
                let topics = state.offsets.iter().map(|offset| offset.topic.as_str());
                Err(Trouble::Refused(Absent::Topic(topics.min().unwrap_or_default().to_owned()).into()))
            }
            Err(error) => Err(error.into()),
        }
    }
}
