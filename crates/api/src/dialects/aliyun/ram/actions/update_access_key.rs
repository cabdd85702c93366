//! UpdateAccessKey: disables a key, or enables it again.

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::ram::causes;
use crate::dialects::aliyun::ram::choices::KeyStatus;
use crate::dialects::aliyun::ram::names::holder;
use crate::refusal::Cause;

pub(crate) struct UpdateAccessKey;

parameters! {
    /// Which key, and what it is to be.
    pub(crate) struct Input {
        /// The user who holds the key; none for the caller's own.
        user_name: Option<Text> = optional("UserName"),
        /// The key.
        user_access_key_id: Text = required("UserAccessKeyId"),
        /// Whether it signs from now on: Active or Inactive.
        status: KeyStatus = required("Status"),
    }
}

impl Action for UpdateAccessKey {
    const NAME: &'static str = "UpdateAccessKey";
    const SUMMARY: &'static str =
        "Disables an access key, or enables it again; in force when the reply comes.";
    const PERMISSION: &'static str = "ram:UpdateAccessKey";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::USER, causes::KEY, causes::LAST_KEY];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("UserName", "alice"), ("UserAccessKeyId", "key-1"), ("Status", "Inactive")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { user_name, user_access_key_id, status } = input;
        let Context { caller, control, .. } = context;
        let active = status == KeyStatus::Active;
        Ok(control.access_key_change(caller, &holder(user_name), &user_access_key_id, active).await?.into())
    }
}
