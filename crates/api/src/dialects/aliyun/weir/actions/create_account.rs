//! CreateAccount: makes an account and its first key.

use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::ram::causes;
use crate::refusal::Cause;

pub(crate) struct CreateAccount;

parameters! {
    /// What it is called.
    pub(crate) struct Input {
        /// What the operator calls it.
        display_name: Option<Text> = optional("DisplayName").range(1, 128),
    }
}

/// The account and its key. The secret is told here and never again.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    account_id: String,
    access_key_id: String,
    access_key_secret: String,
}

impl Action for CreateAccount {
    const NAME: &'static str = "CreateAccount";
    const SUMMARY: &'static str =
        "Makes an account with its first access key, for the owner of the server's first account.";
    const PERMISSION: &'static str = "weir:CreateAccount";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::OPERATOR_ONLY];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("DisplayName", "staging")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        let key = control.account_create(caller, input.display_name.unwrap_or_default()).await?.into_inner();
        Ok(Output {
            account_id: key.account.into_string(),
            access_key_secret: key.secret.expose().clone(),
            access_key_id: key.id,
        })
    }
}
