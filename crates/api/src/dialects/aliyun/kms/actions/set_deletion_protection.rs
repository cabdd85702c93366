//! SetDeletionProtection: protects a key from deletion.

use control::cipher_key::CipherKeyChange;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::kms::causes;
use crate::dialects::aliyun::kms::key_ref::KeyRef;
use crate::dialects::aliyun::params::{Text, parameters};
use crate::refusal::Cause;

pub(crate) struct SetDeletionProtection;

parameters! {
    /// What is asked for.
    pub(crate) struct Input {
        /// The key: its id or its resource name.
        key_id: KeyRef = required("KeyId").alias("ProtectedResourceArn"),
        /// Whether it is protected.
        enable: bool = required("EnableDeletionProtection"),
        /// Why; forgotten when the protection ends.
        note: Option<Text> = optional("DeletionProtectionDescription").range(0, 1_024),
    }
}

impl Action for SetDeletionProtection {
    const NAME: &'static str = "SetDeletionProtection";
    const SUMMARY: &'static str = "Protects a key from ScheduleKeyDeletion, or ends that.";
    const PERMISSION: &'static str = "kms:SetDeletionProtection";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::KEY, causes::GOING];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("KeyId", "key-1"), ("EnableDeletionProtection", "true")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Context { caller, control, .. } = context;
        let change = CipherKeyChange::Protection(
            input.enable,
            input.note.filter(|_| input.enable).unwrap_or_default(),
        );
        let changed = control.cipher_key_change(caller, &input.key_id.0, change).await?;
        Ok(changed.map(drop).into())
    }
}
