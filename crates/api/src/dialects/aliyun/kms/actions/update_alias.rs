//! UpdateAlias: names another key.

use control::cipher_alias::CipherAlias;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::kms::alias_name::NewAlias;
use crate::dialects::aliyun::kms::causes;
use crate::dialects::aliyun::kms::key_ref::KeyRef;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct UpdateAlias;

parameters! {
    /// Which name for which key.
    pub(crate) struct Input {
        /// The name: alias/ and 1 to 255 letters, digits, underscores, hyphens and slashes.
        alias_name: NewAlias = required("AliasName"),
        /// The key: its id or its resource name.
        key_id: KeyRef = required("KeyId"),
    }
}

impl Action for UpdateAlias {
    const NAME: &'static str = "UpdateAlias";
    const SUMMARY: &'static str = "Gives the name of a key to another one.";
    const PERMISSION: &'static str = "kms:UpdateAlias";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::KEY, causes::ALIAS, causes::GOING];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("AliasName", "alias/app"), ("KeyId", "key-1")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Context { caller, control, .. } = context;
        let alias = CipherAlias { name: input.alias_name.0, key: input.key_id.0 };
        Ok(control.cipher_alias_change(caller, alias).await?.into())
    }
}
