//! UpdateKeyDescription: describes a key.

use control::cipher_key::CipherKeyChange;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::kms::causes;
use crate::dialects::aliyun::kms::key_ref::KeyRef;
use crate::dialects::aliyun::params::{Text, parameters};
use crate::refusal::Cause;

pub(crate) struct UpdateKeyDescription;

parameters! {
    /// What is asked for.
    pub(crate) struct Input {
        /// The key: its id or its resource name.
        key_id: KeyRef = required("KeyId"),
        /// The description; none clears it.
        description: Option<Text> = optional("Description").range(0, 8_192),
    }
}

impl Action for UpdateKeyDescription {
    const NAME: &'static str = "UpdateKeyDescription";
    const SUMMARY: &'static str = "Changes a key's description.";
    const PERMISSION: &'static str = "kms:UpdateKeyDescription";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::KEY, causes::GOING];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("KeyId", "key-1"), ("Description", "passwords")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Context { caller, control, .. } = context;
        let change = CipherKeyChange::Description(input.description.unwrap_or_default());
        let changed = control.cipher_key_change(caller, &input.key_id.0, change).await?;
        Ok(changed.map(drop).into())
    }
}
