//! ListAliases: the names of an account's keys.

use control::ids::Region;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::kms::aliases::AliasPage;
use crate::dialects::aliyun::params::parameters;

pub(crate) struct ListAliases;

parameters! {
    /// Which page.
    pub(crate) struct Input {
        /// The region; without effect, for keys are found from every one.
        region_id: Option<Region> = optional("RegionId"),
        /// Which page, from 1.
        page_number: u32 = optional("PageNumber").range(1, 2_147_483_647).or("1"),
        /// How many on a page.
        page_size: u32 = optional("PageSize").range(1, 100).or("10"),
    }
}

impl Action for ListAliases {
    const NAME: &'static str = "ListAliases";
    const SUMMARY: &'static str = "Lists the names of the account's keys, oldest first.";
    const PERMISSION: &'static str = "kms:ListAliases";
    const EFFECT: Effect = Effect::Reads;
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("PageNumber", "1"), ("PageSize", "20")];

    type Input = Input;
    type Output = AliasPage;

    async fn run(input: Input, context: &Context) -> Result<AliasPage, Refused> {
        let Input { region_id, page_number, page_size } = input;
        drop(region_id);
        let Context { caller, control, .. } = context;
        let all = control.cipher_alias_list(caller, None).await?;
        Ok(AliasPage::new(context, Self::PERMISSION, all, page_number, page_size).await?)
    }
}
