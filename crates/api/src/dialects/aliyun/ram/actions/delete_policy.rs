//! DeletePolicy: removes a policy.

use control::ids::PolicyName;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::ram::causes;
use crate::refusal::Cause;

pub(crate) struct DeletePolicy;

parameters! {
    /// Which policy.
    pub(crate) struct Input {
        /// Its name.
        policy_name: Text = required("PolicyName"),
    }
}

impl Action for DeletePolicy {
    const NAME: &'static str = "DeletePolicy";
    const SUMMARY: &'static str = "Removes a policy of the account's own that is attached to nobody.";
    const PERMISSION: &'static str = "ram:DeletePolicy";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::POLICY, causes::POLICY_ATTACHED];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("PolicyName", "kafka-readers")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Context { caller, control, .. } = context;
        Ok(control.policy_delete(caller, &PolicyName::new(input.policy_name)).await?.into())
    }
}
