//! Has the engine forget the user whose record the intent has removed, and end its connections.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Kind, Step, Trouble, Work};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct UserDelete {}

impl UserDelete {
    pub(crate) const FIRST: &'static str = "tell_cluster";
}

impl Kind for UserDelete {
    const NAME: &'static str = "user_delete";
    const ACTION: &'static str = "user_delete";
    const STEPS: &'static [&'static dyn Step<Self>] = &[&TellCluster];
}

struct TellCluster;

#[async_trait]
impl Step<UserDelete> for TellCluster {
    fn name(&self) -> &'static str {
        UserDelete::FIRST
    }

    async fn effect(&self, work: &Work, _state: &mut UserDelete) -> Result<(), Trouble> {
        Ok(work.shared.clusters.users_tell(&work.key.id).await?)
    }
}
