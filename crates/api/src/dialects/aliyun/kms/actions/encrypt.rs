//! Encrypt: encrypts a short text.

use control::cipher_key::PLAINTEXT_MAX;
use machine::secret::Secret;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::kms::causes;
use crate::dialects::aliyun::kms::context;
use crate::dialects::aliyun::kms::key_ref::KeyOrAlias;
use crate::dialects::aliyun::params::{JsonObject, Rejection, Text, parameters};
use crate::refusal::Cause;

pub(crate) struct Encrypt;

parameters! {
    /// What to encrypt, and with what.
    pub(crate) struct Input {
        /// The key: its id, its resource name or an alias.
        key_id: KeyOrAlias = required("KeyId"),
        /// The text, which may be any; it is not decoded. At most 6144 bytes.
        plaintext: Text = required("Plaintext").secret(),
        /// What has to be given again to decrypt: a JSON object of texts.
        context: Option<JsonObject> = optional("EncryptionContext"),
    }
}

/// The ciphertext, and what made it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    ciphertext_blob: String,
    key_id: String,
    key_version_id: String,
}

impl Action for Encrypt {
    const NAME: &'static str = "Encrypt";
    const SUMMARY: &'static str = "Encrypts a text of up to 6 KiB with the newest version of a key.";
    const PERMISSION: &'static str = "kms:Encrypt";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] =
        &[causes::KEY, causes::ALIAS, causes::DISABLED, causes::GOING, shared::PARAMETER];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("KeyId", "key-1"), ("Plaintext", "hunter2"), ("EncryptionContext", "{\"user\":\"app\"}")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let key = input.key_id.find(context).await?;
        let Context { caller, control, .. } = context;
        if input.plaintext.len() > PLAINTEXT_MAX {
            return Err(
                Rejection::rule("Plaintext", format!("must have at most {PLAINTEXT_MAX} bytes")).into()
            );
        }
        let (plaintext, bound) = (Secret::new(input.plaintext), context::read(input.context)?);
        let made = control.cipher_key_encrypt(caller, &key, &plaintext, &bound).await?;
        Ok(Output {
            ciphertext_blob: made.ciphertext,
            key_id: made.key.into_string(),
            key_version_id: made.version.into_string(),
        })
    }
}
