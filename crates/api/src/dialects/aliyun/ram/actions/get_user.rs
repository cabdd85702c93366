//! GetUser: one user.

use control::Fault;
use control::account::KeyHolder;
use control::fault::Absent;
use control::identity::AbsentIdentity;
use control::ids::SubUserName;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::ram::causes;
use crate::dialects::aliyun::ram::views::UserView;
use crate::refusal::Cause;

pub(crate) struct GetUser;

parameters! {
    /// Which user.
    pub(crate) struct Input {
        /// The user.
        user_name: Text = required("UserName"),
    }
}

/// The user.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    user: UserView,
}

impl Action for GetUser {
    const NAME: &'static str = "GetUser";
    const SUMMARY: &'static str = "Shows a user.";
    const PERMISSION: &'static str = "ram:GetUser";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::USER];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("UserName", "alice")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        let who = KeyHolder::SubUser(SubUserName::new(input.user_name.as_str()));
        let absent = || Fault::from(Absent::Identity(AbsentIdentity::SubUser(input.user_name)));
        let user = control.sub_user_find(caller, &who).await?.ok_or_else(absent)?;
        Ok(Output { user: user.into() })
    }
}
