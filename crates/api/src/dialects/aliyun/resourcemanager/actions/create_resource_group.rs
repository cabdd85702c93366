//! CreateResourceGroup: makes a resource group.

use control::resource_group::ResourceGroupCreate;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::params::{NewTags, Rejection, Text, parameters};
use crate::dialects::aliyun::resourcemanager::causes;
use crate::dialects::aliyun::resourcemanager::views::GroupInRegions;
use crate::refusal::Cause;

pub(crate) struct CreateResourceGroup;

parameters! {
    /// What to call it.
    pub(crate) struct Input {
        /// Its name, which no other group of the account has: letters, digits and hyphens after a letter.
        name: Text = required("Name").range(3, 50),
        /// What it is called where people read it.
        display_name: Text = required("DisplayName").range(1, 50),
        /// Not offered: groups carry no tags here.
        tags: NewTags = optional("Tag").range(1, 20),
    }
}

impl Action for CreateResourceGroup {
    const NAME: &'static str = "CreateResourceGroup";
    const SUMMARY: &'static str = "Makes a resource group, which is there at once in every region.";
    const PERMISSION: &'static str = "resourcemanager:CreateResourceGroup";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::NAME, causes::NAME_TAKEN, causes::FULL, shared::UNSUPPORTED];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("Name", "payments"), ("DisplayName", "Payments")];

    type Input = Input;
    type Output = GroupInRegions;

    async fn run(input: Input, context: &Context) -> Result<GroupInRegions, Refused> {
        let Input { name, display_name: label, tags } = input;
        if !tags.0.is_empty() {
            return Err(Refused::NotSupported("Tags of resource groups are not offered".to_owned()));
        }
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !name.starts_with(|first: char| first.is_ascii_alphabetic()) || !name.bytes().all(is_plain) {
            let reason = "must be letters, digits and hyphens, and start with a letter";
            return Err(Rejection::rule("Name", reason).into());
        }
        let Context { caller, control, regions, .. } = context;
        let create = ResourceGroupCreate { id_prefix: "rg-", name, label };
        let made = control.resource_group_create(caller, create).await?.into_inner();
        Ok(GroupInRegions::new(made, &caller.account, regions))
    }
}
