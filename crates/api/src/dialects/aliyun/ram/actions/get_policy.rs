//! GetPolicy: one policy, and what it says.

use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::ram::causes;
use crate::dialects::aliyun::ram::choices::PolicyType;
use crate::dialects::aliyun::ram::views::{PolicyView, VersionView};
use crate::refusal::Cause;

pub(crate) struct GetPolicy;

parameters! {
    /// Which policy.
    pub(crate) struct Input {
        /// System for one that every account has, Custom for one of the account's own.
        policy_type: PolicyType = required("PolicyType"),
        /// Its name.
        policy_name: Text = required("PolicyName"),
    }
}

/// The policy.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    policy: PolicyView,
    default_policy_version: VersionView,
}

impl Action for GetPolicy {
    const NAME: &'static str = "GetPolicy";
    const SUMMARY: &'static str = "Shows a policy and what it says.";
    const PERMISSION: &'static str = "ram:GetPolicy";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::POLICY];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("PolicyType", "Custom"), ("PolicyName", "kafka-readers")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        let policy = control.policy_find(caller, &input.policy_type.named(input.policy_name)).await?;
        Ok(Output { policy: (&policy.facts).into(), default_policy_version: policy.into() })
    }
}
