//! CreateUser: makes a user.

use control::sub_user::SubUserCreate;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::ram::causes;
use crate::dialects::aliyun::ram::names::NewUserName;
use crate::dialects::aliyun::ram::views::UserView;
use crate::refusal::Cause;

pub(crate) struct CreateUser;

parameters! {
    /// What it is called.
    pub(crate) struct Input {
        /// Its name: 1 to 64 letters, digits, dots, underscores and hyphens.
        user_name: NewUserName = required("UserName"),
        /// What people call it; its name unless given.
        display_name: Option<Text> = optional("DisplayName").range(1, 128),
        /// What is noted about it.
        comments: Option<Text> = optional("Comments").range(1, 128),
    }
}

/// The user.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    user: UserView,
}

impl Action for CreateUser {
    const NAME: &'static str = "CreateUser";
    const SUMMARY: &'static str = "Makes a user, who has no key and no permission yet.";
    const PERMISSION: &'static str = "ram:CreateUser";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::USER_EXISTS, causes::USERS_FULL];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("UserName", "alice"), ("DisplayName", "Alice")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        let name = input.user_name.0;
        let display_name = input.display_name.unwrap_or_else(|| name.to_string());
        let create = SubUserCreate { name, display_name, comments: input.comments.unwrap_or_default() };
        let user = control.sub_user_create(caller, create).await?.into_inner();
        Ok(Output { user: user.into() })
    }
}
