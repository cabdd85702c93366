//! DisableKey: keeps a key from being used.

use control::cipher_key::CipherKeyChange;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::kms::causes;
use crate::dialects::aliyun::kms::key_ref::KeyRef;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct DisableKey;

parameters! {
    /// What is asked for.
    pub(crate) struct Input {
        /// The key: its id or its resource name.
        key_id: KeyRef = required("KeyId"),
    }
}

impl Action for DisableKey {
    const NAME: &'static str = "DisableKey";
    const SUMMARY: &'static str =
        "Disables a key: nothing is encrypted or decrypted with it until it is enabled.";
    const PERMISSION: &'static str = "kms:DisableKey";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::KEY, causes::GOING];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("KeyId", "key-1")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Context { caller, control, .. } = context;
        let change = CipherKeyChange::Enabled(false);
        let changed = control.cipher_key_change(caller, &input.key_id.0, change).await?;
        Ok(changed.map(drop).into())
    }
}
