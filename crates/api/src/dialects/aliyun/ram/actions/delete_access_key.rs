//! DeleteAccessKey: removes a key.

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::ram::causes;
use crate::dialects::aliyun::ram::names::holder;
use crate::refusal::Cause;

pub(crate) struct DeleteAccessKey;

parameters! {
    /// Which key.
    pub(crate) struct Input {
        /// The user who holds the key; none for the caller's own.
        user_name: Option<Text> = optional("UserName"),
        /// The key.
        user_access_key_id: Text = required("UserAccessKeyId"),
    }
}

impl Action for DeleteAccessKey {
    const NAME: &'static str = "DeleteAccessKey";
    const SUMMARY: &'static str = "Removes an access key; it is refused when the reply comes.";
    const PERMISSION: &'static str = "ram:DeleteAccessKey";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::USER, causes::KEY, causes::LAST_KEY];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("UserName", "alice"), ("UserAccessKeyId", "key-1")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Context { caller, control, .. } = context;
        let deleted =
            control.access_key_delete(caller, &holder(input.user_name), &input.user_access_key_id).await?;
        Ok(deleted.into())
    }
}
