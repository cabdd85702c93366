//! ListPoliciesForUser: the policies of a user.

use control::ids::SubUserName;
use control::permission::{Attachment, PolicyFacts};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::ram::causes;
use crate::dialects::aliyun::ram::names::policy_resource;
use crate::dialects::aliyun::ram::views::AttachedView;
use crate::refusal::Cause;

pub(crate) struct ListPoliciesForUser;

parameters! {
    /// Whose.
    pub(crate) struct Input {
        /// The user.
        user_name: Text = required("UserName"),
    }
}

/// The policies, in the order in which they were attached.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    policies: Policies,
}

list_of! {
    struct Policies: "Policy" [AttachedView];
}

impl Action for ListPoliciesForUser {
    const NAME: &'static str = "ListPoliciesForUser";
    const SUMMARY: &'static str = "Lists the policies that are attached to a user.";
    const PERMISSION: &'static str = "ram:ListPoliciesForUser";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::USER];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("UserName", "alice")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        let attached = control.attachment_list(caller, &SubUserName::new(input.user_name)).await?;
        let name = |(_, policy): &(Attachment, PolicyFacts)| [policy_resource(context, &policy.of)];
        let shown = context.shown(Self::PERMISSION, attached, name).await?;
        Ok(Output { policies: shown.into_iter().map(AttachedView::from).collect() })
    }
}
