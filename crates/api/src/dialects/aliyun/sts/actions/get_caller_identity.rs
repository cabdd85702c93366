//! GetCallerIdentity: who is calling.

use control::account::KeyHolder;
use control::ids::Region;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::params::parameters;

pub(crate) struct GetCallerIdentity;

parameters! {
    /// Nothing that counts.
    pub(crate) struct Input {
        /// The region; without effect, for callers are the same in every one.
        _region_id: Option<Region> = optional("RegionId"),
    }
}

/// The caller.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    identity_type: &'static str,
    account_id: String,
    principal_id: String,
    user_id: String,
    arn: String,
}

impl Action for GetCallerIdentity {
    const NAME: &'static str = "GetCallerIdentity";
    const SUMMARY: &'static str = "Says who is calling: the owner of an account, or one of its users.";
    const PERMISSION: &'static str = "sts:GetCallerIdentity";
    const OPEN_TO_ALL: bool = true;
    const EFFECT: Effect = Effect::Reads;
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[];

    type Input = Input;
    type Output = Output;

    async fn run(_: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        let account_id = caller.account.to_string();
        let user = control.sub_user_find(caller, &KeyHolder::Caller).await?;
        let (identity_type, id, name) = match user {
            None => ("Account", account_id.clone(), "root".to_owned()),
            Some(user) => ("RAMUser", user.id.into_string(), format!("user/{}", user.name)),
        };
        let arn = format!("acs:ram::{account_id}:{name}");
        Ok(Output { identity_type, account_id, principal_id: id.clone(), user_id: id, arn })
    }
}
