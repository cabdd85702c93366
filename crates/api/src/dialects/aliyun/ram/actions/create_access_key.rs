//! CreateAccessKey: makes a key.

use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::companions::views::time;
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::ram::causes;
use crate::dialects::aliyun::ram::choices::KeyStatus;
use crate::dialects::aliyun::ram::names::holder;
use crate::refusal::Cause;

pub(crate) struct CreateAccessKey;

parameters! {
    /// For whom.
    pub(crate) struct Input {
        /// The user who holds the key; none for the caller's own.
        user_name: Option<Text> = optional("UserName"),
    }
}

/// The key. Its secret is told here and never again.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    access_key: NewKey,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NewKey {
    access_key_id: String,
    access_key_secret: String,
    status: KeyStatus,
    create_date: String,
}

impl Action for CreateAccessKey {
    const NAME: &'static str = "CreateAccessKey";
    const SUMMARY: &'static str = "Makes an access key, and tells its secret this one time. A user has 2 at most, the owner of the account 5.";
    const PERMISSION: &'static str = "ram:CreateAccessKey";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::USER, causes::KEYS_FULL];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("UserName", "alice")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, clock, .. } = context;
        let key = control.access_key_create(caller, &holder(input.user_name)).await?.into_inner();
        let access_key = NewKey {
            access_key_id: key.id,
            access_key_secret: key.secret.expose().clone(),
            status: KeyStatus::of(key.active),
            create_date: time(clock.now_ms()),
        };
        Ok(Output { access_key })
    }
}
