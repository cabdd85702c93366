//! ScheduleKeyDeletion: deletes a key, later.

use control::cipher_key::CipherKeyChange;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::kms::causes;
use crate::dialects::aliyun::kms::key_ref::KeyRef;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct ScheduleKeyDeletion;

parameters! {
    /// What is asked for.
    pub(crate) struct Input {
        /// The key: its id or its resource name.
        key_id: KeyRef = required("KeyId"),
        /// After how many days.
        pending_window_in_days: u32 = required("PendingWindowInDays").range(7, 366),
    }
}

/// A day in milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

impl Action for ScheduleKeyDeletion {
    const NAME: &'static str = "ScheduleKeyDeletion";
    const SUMMARY: &'static str = "Makes a key unusable at once and erases it for good after some days; what it encrypted is lost then.";
    const PERMISSION: &'static str = "kms:ScheduleKeyDeletion";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::KEY, causes::GOING, causes::PROTECTED];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("KeyId", "key-1"), ("PendingWindowInDays", "7")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Context { caller, control, .. } = context;
        let change = CipherKeyChange::Delete(i64::from(input.pending_window_in_days) * DAY_MS);
        let changed = control.cipher_key_change(caller, &input.key_id.0, change).await?;
        Ok(changed.map(drop).into())
    }
}
