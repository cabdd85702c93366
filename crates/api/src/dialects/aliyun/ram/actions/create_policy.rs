//! CreatePolicy: makes a policy.

use control::permission::PolicyCreate;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::ram::causes;
use crate::dialects::aliyun::ram::names::NewPolicyName;
use crate::dialects::aliyun::ram::views::PolicyView;
use crate::refusal::Cause;

pub(crate) struct CreatePolicy;

parameters! {
    /// What it says.
    pub(crate) struct Input {
        /// Its name: 1 to 128 letters, digits and hyphens.
        policy_name: NewPolicyName = required("PolicyName"),
        /// What it is for.
        description: Option<Text> = optional("Description").range(1, 1_024),
        /// What it says: JSON of up to 6 KiB.
        policy_document: Text = required("PolicyDocument"),
    }
}

/// The policy.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    policy: PolicyView,
}

impl Action for CreatePolicy {
    const NAME: &'static str = "CreatePolicy";
    const SUMMARY: &'static str =
        "Makes a policy of the account's own. A document that cannot be judged in every part is refused.";
    const PERMISSION: &'static str = "ram:CreatePolicy";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] =
        &[causes::POLICY_EXISTS, causes::POLICIES_FULL, causes::DOCUMENT, causes::DOCUMENT_LENGTH];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("PolicyName", "kafka-readers"),
        (
            "PolicyDocument",
            "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"alikafka:List*\",\"Resource\":\"*\"}]}",
        ),
    ];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        let create = PolicyCreate {
            name: input.policy_name.0,
            description: input.description.unwrap_or_default(),
            document: input.policy_document,
        };
        let policy = control.policy_create(caller, create).await?.into_inner();
        Ok(Output { policy: (&policy).into() })
    }
}
