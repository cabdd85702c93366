//! DetachPolicyFromUser: takes a policy off a user.

use control::ids::SubUserName;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::ram::causes;
use crate::dialects::aliyun::ram::choices::PolicyType;
use crate::refusal::Cause;

pub(crate) struct DetachPolicyFromUser;

parameters! {
    /// Which policy, and whose.
    pub(crate) struct Input {
        /// System for one that every account has, Custom for one of the account's own.
        policy_type: PolicyType = required("PolicyType"),
        /// Its name.
        policy_name: Text = required("PolicyName"),
        /// The user.
        user_name: Text = required("UserName"),
    }
}

impl Action for DetachPolicyFromUser {
    const NAME: &'static str = "DetachPolicyFromUser";
    const SUMMARY: &'static str = "Detaches a policy from a user; it counts no more from the next call on.";
    const PERMISSION: &'static str = "ram:DetachPolicyFromUser";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::USER, causes::POLICY, causes::ATTACHMENT];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("PolicyType", "System"), ("PolicyName", "AliyunKafkaReadOnlyAccess"), ("UserName", "alice")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Context { caller, control, .. } = context;
        let (user, policy) = (SubUserName::new(input.user_name), input.policy_type.named(input.policy_name));
        Ok(control.policy_detach(caller, &user, &policy).await?.into())
    }
}
