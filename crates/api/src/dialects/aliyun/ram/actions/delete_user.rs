//! DeleteUser: removes a user.

use control::ids::SubUserName;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::ram::causes;
use crate::refusal::Cause;

pub(crate) struct DeleteUser;

parameters! {
    /// Which user.
    pub(crate) struct Input {
        /// The user.
        user_name: Text = required("UserName"),
    }
}

impl Action for DeleteUser {
    const NAME: &'static str = "DeleteUser";
    const SUMMARY: &'static str = "Removes a user who has neither access keys nor policies any more.";
    const PERMISSION: &'static str = "ram:DeleteUser";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::USER, causes::USER_HAS_KEYS, causes::USER_HAS_POLICIES];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("UserName", "alice")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Context { caller, control, .. } = context;
        Ok(control.sub_user_delete(caller, &SubUserName::new(input.user_name)).await?.into())
    }
}
