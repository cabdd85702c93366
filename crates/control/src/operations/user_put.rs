//! Has the engine know the user that the intent has recorded.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Kind, Step, Trouble, Work};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct UserPut {}

impl UserPut {
    pub(crate) const FIRST: &'static str = "tell_cluster";
}

impl Kind for UserPut {
    const NAME: &'static str = "user_put";
    const ACTION: &'static str = "user_put";
    const STEPS: &'static [&'static dyn Step<Self>] = &[&TellCluster];
}

/// Tells all users and not the one: whatever order such steps come in, the last one tells what was committed last.
struct TellCluster;

#[async_trait]
impl Step<UserPut> for TellCluster {
    fn name(&self) -> &'static str {
        UserPut::FIRST
    }

    async fn effect(&self, work: &Work, _state: &mut UserPut) -> Result<(), Trouble> {
        Ok(work.shared.clusters.users_tell(&work.key.id).await?)
    }
}
