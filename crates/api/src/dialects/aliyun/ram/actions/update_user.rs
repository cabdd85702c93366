//! UpdateUser: changes how a user is called and what is noted about it.

use control::ids::SubUserName;
use control::sub_user::SubUserChange;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::ram::causes;
use crate::dialects::aliyun::ram::names::NewUserName;
use crate::dialects::aliyun::ram::views::UserView;
use crate::refusal::Cause;

pub(crate) struct UpdateUser;

parameters! {
    /// Which user, and what is to be different.
    pub(crate) struct Input {
        /// The user.
        user_name: Text = required("UserName"),
        /// The name from now on: 1 to 64 letters, digits, dots, underscores and hyphens.
        new_user_name: Option<NewUserName> = optional("NewUserName"),
        /// What people call it from now on.
        new_display_name: Option<Text> = optional("NewDisplayName").range(1, 128).or_empty(),
        /// What is noted about it from now on.
        new_comments: Option<Text> = optional("NewComments").range(1, 128).or_empty(),
    }
}

/// The user as it is now.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    user: UserView,
}

impl Action for UpdateUser {
    const NAME: &'static str = "UpdateUser";
    const SUMMARY: &'static str = "Changes a user's name and what is noted about it; keys and policies stay.";
    const PERMISSION: &'static str = "ram:UpdateUser";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::USER, causes::USER_EXISTS];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("UserName", "alice"), ("NewDisplayName", "Alice")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        let change = SubUserChange {
            name: input.new_user_name.map(|name| name.0),
            display_name: input.new_display_name,
            comments: input.new_comments,
        };
        let name = SubUserName::new(input.user_name);
        let user = control.sub_user_change(caller, &name, change).await?.into_inner();
        Ok(Output { user: user.into() })
    }
}
