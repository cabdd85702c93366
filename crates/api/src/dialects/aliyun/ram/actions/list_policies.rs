//! ListPolicies: the policies that the account has.

use control::permission::PolicyFacts;
use control::topic::Page;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::parameters;
use crate::dialects::aliyun::ram::choices::PolicyType;
use crate::dialects::aliyun::ram::names::policy_resource;
use crate::dialects::aliyun::ram::views::{Marker, PolicyView};

pub(crate) struct ListPolicies;

parameters! {
    /// Which part of the list.
    pub(crate) struct Input {
        /// Only those that every account has, or only the account's own.
        policy_type: Option<PolicyType> = optional("PolicyType"),
        /// Where to go on: the Marker of the reply before.
        marker: Option<Marker> = optional("Marker"),
        /// How many at most.
        max_items: u32 = optional("MaxItems").range(1, 1_000).or("100"),
    }
}

/// A part of the list.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    policies: Policies,
}

list_of! {
    struct Policies: "Policy" [PolicyView];
}

impl Action for ListPolicies {
    const NAME: &'static str = "ListPolicies";
    const SUMMARY: &'static str =
        "Lists policies: those that every account has, then the account's own, oldest first.";
    const PERMISSION: &'static str = "ram:ListPolicies";
    const EFFECT: Effect = Effect::Reads;
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("PolicyType", "Custom")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        let page = Page { skip: input.marker.map_or(0, |marker| marker.0), take: input.max_items as usize };
        let standing = input.policy_type.map(|kind| kind == PolicyType::System);
        let list = |part| control.policy_list(caller, standing, part);
        let name = |policy: &PolicyFacts| [policy_resource(context, &policy.of)];
        let found = context.listed(Self::PERMISSION, page, list, name).await?;
        let marker = Marker::after(page.skip + found.items.len(), found.total);
        let policies = found.items.iter().map(PolicyView::from).collect();
        Ok(Output { is_truncated: marker.is_some(), marker, policies })
    }
}
