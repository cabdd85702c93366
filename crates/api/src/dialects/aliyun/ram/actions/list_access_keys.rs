//! ListAccessKeys: the keys of a user.

use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::ram::causes;
use crate::dialects::aliyun::ram::names::holder;
use crate::dialects::aliyun::ram::views::KeyView;
use crate::refusal::Cause;

pub(crate) struct ListAccessKeys;

parameters! {
    /// Whose.
    pub(crate) struct Input {
        /// The user who holds the keys; none for the caller's own.
        user_name: Option<Text> = optional("UserName"),
    }
}

/// The keys, oldest first, without their secrets.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    access_keys: AccessKeys,
}

list_of! {
    struct AccessKeys: "AccessKey" [KeyView];
}

impl Action for ListAccessKeys {
    const NAME: &'static str = "ListAccessKeys";
    const SUMMARY: &'static str =
        "Lists the access keys of a user, or the caller's own, without their secrets.";
    const PERMISSION: &'static str = "ram:ListAccessKeys";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::USER];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("UserName", "alice")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        let keys = control.access_key_list(caller, &holder(input.user_name)).await?;
        Ok(Output { access_keys: keys.into_iter().map(KeyView::from).collect() })
    }
}
