//! CancelKeyDeletion: keeps a key that was to be deleted.

use control::cipher_key::CipherKeyChange;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::kms::causes;
use crate::dialects::aliyun::kms::key_ref::KeyRef;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct CancelKeyDeletion;

parameters! {
    /// What is asked for.
    pub(crate) struct Input {
        /// The key: its id or its resource name.
        key_id: KeyRef = required("KeyId"),
    }
}

impl Action for CancelKeyDeletion {
    const NAME: &'static str = "CancelKeyDeletion";
    const SUMMARY: &'static str = "Keeps a key that is waiting to be deleted, and enables it.";
    const PERMISSION: &'static str = "kms:CancelKeyDeletion";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::KEY, causes::STAYS];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("KeyId", "key-1")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Context { caller, control, .. } = context;
        let change = CipherKeyChange::Keep;
        let changed = control.cipher_key_change(caller, &input.key_id.0, change).await?;
        Ok(changed.map(drop).into())
    }
}
