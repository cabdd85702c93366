//! Decrypt: decrypts what a key has encrypted.

use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::kms::causes;
use crate::dialects::aliyun::kms::context;
use crate::dialects::aliyun::params::{JsonObject, Text, parameters};
use crate::refusal::Cause;

pub(crate) struct Decrypt;

parameters! {
    /// What to decrypt.
    pub(crate) struct Input {
        /// The ciphertext, as Encrypt gave it; it says by itself which key made it.
        ciphertext_blob: Text = required("CiphertextBlob"),
        /// What has to be given again to decrypt: a JSON object of texts.
        context: Option<JsonObject> = optional("EncryptionContext"),
    }
}

/// The text, and what had encrypted it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    plaintext: String,
    key_id: String,
    key_version_id: String,
}

impl Action for Decrypt {
    const NAME: &'static str = "Decrypt";
    const SUMMARY: &'static str = "Decrypts what Encrypt has made with any version of a key of the account.";
    const PERMISSION: &'static str = "kms:Decrypt";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] =
        &[causes::KEY, causes::DISABLED, causes::GOING, causes::CIPHERTEXT, shared::PARAMETER];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("CiphertextBlob", "AQ=="), ("EncryptionContext", "{\"user\":\"app\"}")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        let bound = context::read(input.context)?;
        let opened = control.cipher_key_decrypt(caller, &input.ciphertext_blob, &bound).await?;
        Ok(Output {
            plaintext: opened.plaintext.expose().clone(),
            key_id: opened.key.into_string(),
            key_version_id: opened.version.into_string(),
        })
    }
}
