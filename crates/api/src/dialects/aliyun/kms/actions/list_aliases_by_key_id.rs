//! ListAliasesByKeyId: the names of one key.

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::kms::aliases::AliasPage;
use crate::dialects::aliyun::kms::causes;
use crate::dialects::aliyun::kms::key_ref::KeyRef;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct ListAliasesByKeyId;

parameters! {
    /// Of which key, and which page.
    pub(crate) struct Input {
        /// The key: its id or its resource name.
        key_id: KeyRef = required("KeyId"),
        /// Which page, from 1.
        page_number: u32 = optional("PageNumber").range(1, 2_147_483_647).or("1"),
        /// How many on a page.
        page_size: u32 = optional("PageSize").range(1, 100).or("10"),
    }
}

impl Action for ListAliasesByKeyId {
    const NAME: &'static str = "ListAliasesByKeyId";
    const SUMMARY: &'static str = "Lists the names of a key, oldest first.";
    const PERMISSION: &'static str = "kms:ListAliasesByKeyId";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::KEY];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("KeyId", "key-1")];

    type Input = Input;
    type Output = AliasPage;

    async fn run(input: Input, context: &Context) -> Result<AliasPage, Refused> {
        let Input { key_id, page_number, page_size } = input;
        let Context { caller, control, .. } = context;
        let all = control.cipher_alias_list(caller, Some(&key_id.0)).await?;
        Ok(AliasPage::new(context, Self::PERMISSION, all, page_number, page_size).await?)
    }
}
