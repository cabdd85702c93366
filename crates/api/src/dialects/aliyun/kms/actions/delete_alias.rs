//! DeleteAlias: takes a name away.

use control::ids::CipherAliasName;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::kms::causes;
use crate::dialects::aliyun::params::{Text, parameters};
use crate::refusal::Cause;

pub(crate) struct DeleteAlias;

parameters! {
    /// Which name.
    pub(crate) struct Input {
        /// The name, with alias/ before it.
        alias_name: Text = required("AliasName"),
    }
}

impl Action for DeleteAlias {
    const NAME: &'static str = "DeleteAlias";
    const SUMMARY: &'static str = "Takes a name of a key away; the key stays.";
    const PERMISSION: &'static str = "kms:DeleteAlias";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::ALIAS];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("AliasName", "alias/app")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Context { caller, control, .. } = context;
        Ok(control.cipher_alias_delete(caller, &CipherAliasName::new(input.alias_name)).await?.into())
    }
}
