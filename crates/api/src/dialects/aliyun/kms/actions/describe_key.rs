//! DescribeKey: one key.

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::kms::causes;
use crate::dialects::aliyun::kms::key_ref::KeyOrAlias;
use crate::dialects::aliyun::kms::views::Metadata;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct DescribeKey;

parameters! {
    /// What is asked for.
    pub(crate) struct Input {
        /// The key: its id, its resource name or an alias.
        key_id: KeyOrAlias = required("KeyId"),
    }
}

impl Action for DescribeKey {
    const NAME: &'static str = "DescribeKey";
    const SUMMARY: &'static str = "Shows a key.";
    const PERMISSION: &'static str = "kms:DescribeKey";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::KEY, causes::ALIAS];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("KeyId", "key-1")];

    type Input = Input;
    type Output = Metadata;

    async fn run(input: Input, context: &Context) -> Result<Metadata, Refused> {
        let key = input.key_id.find(context).await?;
        let Context { caller, control, .. } = context;
        let key = control.cipher_key_find(caller, &key).await?;
        Ok(Metadata::new(key, &caller.account))
    }
}
