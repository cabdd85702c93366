//! Users: their verifiers are their passwords, shown with what made them.

use async_trait::async_trait;
use machine::secret::Secret;

use super::FakeEngine;
use crate::engine::{EngineError, EngineUser, Users};
use crate::ids::InstanceId;
use crate::user::Mechanism;

#[async_trait]
impl Users for FakeEngine {
    /// Shows what it was made of, so that tests can tell.
    async fn user_verifier(
        &self,
        mechanism: Mechanism,
        password: &Secret<String>,
    ) -> Result<Secret<String>, EngineError> {
        let verifier = format!("{mechanism:?} {}", password.expose());
        self.call("user_verifier", |_| Ok(Secret::new(verifier))).await
    }

    async fn users_set(&self, cluster: &InstanceId, users: &[EngineUser]) -> Result<(), EngineError> {
        self.call("users_set", |state| {
            state.open(cluster)?.access.users = users.to_vec();
            Ok(())
        })
        .await
    }
}
