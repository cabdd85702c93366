//! Draws a key for the caller's own use, and encrypts it. Nothing is stored.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use machine::secret::Secret;

use super::cipher_key_encrypt;
use crate::Fault;
use crate::account::Caller;
use crate::cipher_key::{CipherContext, DATA_KEY_MAX, DataKey};
use crate::ids::CipherKeyId;
use crate::shared::Shared;

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    id: &CipherKeyId,
    bytes: u32,
    context: &CipherContext,
) -> Result<DataKey, Fault> {
    let mut drawn = vec![0; bytes.min(DATA_KEY_MAX) as usize];
    shared.random.fill(&mut drawn);
    let plaintext = Secret::new(BASE64.encode(Secret::new(drawn).expose()));
    let encrypted = cipher_key_encrypt::run(shared, caller, id, &plaintext, context).await?;
    Ok(DataKey { plaintext, encrypted })
}
