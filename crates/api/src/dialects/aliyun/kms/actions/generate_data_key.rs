//! GenerateDataKey: a key for the caller's own use.

use control::cipher_key::DATA_KEY_MAX;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::kms::causes;
use crate::dialects::aliyun::kms::choices::DataKeySpec;
use crate::dialects::aliyun::kms::context;
use crate::dialects::aliyun::kms::key_ref::KeyOrAlias;
use crate::dialects::aliyun::params::{JsonObject, parameters};
use crate::refusal::Cause;

pub(crate) struct GenerateDataKey;

parameters! {
    /// What to draw, and what to encrypt it with.
    pub(crate) struct Input {
        /// The key that encrypts it: its id, its resource name or an alias.
        key_id: KeyOrAlias = required("KeyId"),
        /// The kind of key that is drawn.
        key_spec: DataKeySpec = optional("KeySpec").or("AES_256"),
        /// How many bytes are drawn. It goes before KeySpec.
        number_of_bytes: Option<u32> = optional("NumberOfBytes").range(1, DATA_KEY_MAX as i64),
        /// What has to be given again to decrypt: a JSON object of texts.
        context: Option<JsonObject> = optional("EncryptionContext"),
    }
}

/// What was drawn, in Base64, and the same encrypted.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    plaintext: String,
    ciphertext_blob: String,
    key_id: String,
    key_version_id: String,
}

impl Action for GenerateDataKey {
    const NAME: &'static str = "GenerateDataKey";
    const SUMMARY: &'static str = "Draws random bytes for the caller's own use and encrypts them; neither is kept. Decrypt gives them again.";
    const PERMISSION: &'static str = "kms:GenerateDataKey";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] =
        &[causes::KEY, causes::ALIAS, causes::DISABLED, causes::GOING, shared::PARAMETER];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("KeyId", "key-1"), ("KeySpec", "AES_256")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let key = input.key_id.find(context).await?;
        let Context { caller, control, .. } = context;
        let bytes = input.number_of_bytes.unwrap_or_else(|| input.key_spec.bytes());
        let bound = context::read(input.context)?;
        let made = control.cipher_key_data(caller, &key, bytes, &bound).await?;
        Ok(Output {
            plaintext: made.plaintext.expose().clone(),
            ciphertext_blob: made.encrypted.ciphertext,
            key_id: made.encrypted.key.into_string(),
            key_version_id: made.encrypted.version.into_string(),
        })
    }
}
