//! UpdateRotationPolicy: says how a key rotates by itself.

use control::cipher_key::CipherKeyChange;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::kms::causes;
use crate::dialects::aliyun::kms::key_ref::KeyRef;
use crate::dialects::aliyun::kms::rotation;
use crate::dialects::aliyun::params::{Text, parameters};
use crate::refusal::Cause;

pub(crate) struct UpdateRotationPolicy;

parameters! {
    /// What is asked for.
    pub(crate) struct Input {
        /// The key: its id or its resource name.
        key_id: KeyRef = required("KeyId"),
        /// Whether it does.
        enable: bool = required("EnableAutomaticRotation"),
        /// How often: 7 to 365 days, as 365d or 604800s. Required when it does.
        interval: Option<Text> = optional("RotationInterval"),
    }
}

impl Action for UpdateRotationPolicy {
    const NAME: &'static str = "UpdateRotationPolicy";
    const SUMMARY: &'static str =
        "Says whether a key gets new material by itself, and how often; the interval begins now.";
    const PERMISSION: &'static str = "kms:UpdateRotationPolicy";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::KEY, causes::GOING, shared::PARAMETER];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("KeyId", "key-1"), ("EnableAutomaticRotation", "true"), ("RotationInterval", "30d")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Context { caller, control, .. } = context;
        let change = CipherKeyChange::Rotation(rotation::read(input.enable, input.interval)?);
        let changed = control.cipher_key_change(caller, &input.key_id.0, change).await?;
        Ok(changed.map(drop).into())
    }
}
