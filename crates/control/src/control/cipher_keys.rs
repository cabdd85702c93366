//! Keys that encrypt for their account, and other names for them.

use machine::secret::Secret;

use super::Control;
use crate::ids::{CipherAliasName, CipherKeyId};
use crate::{Caller, Committed, Fault, cipher_alias, cipher_key, commands, tag, topic};

impl Control {
    /// Makes a cipher key.
    pub async fn cipher_key_create(
        &self,
        caller: &Caller,
        create: cipher_key::CipherKeyCreate,
    ) -> Result<Committed<cipher_key::CipherKey>, Fault> {
        commands::cipher_key_create::run(&self.shared, caller, create).await
    }

    /// The account's cipher keys, oldest first, then by id.
    pub async fn cipher_key_list(
        &self,
        caller: &Caller,
        filter: &cipher_key::CipherKeyFilter,
        page: topic::Page,
    ) -> Result<topic::Paged<cipher_key::CipherKey>, Fault> {
        commands::cipher_key_list::run(&self.shared, caller, filter, page).await
    }

    /// One cipher key.
    pub async fn cipher_key_find(
        &self,
        caller: &Caller,
        id: &CipherKeyId,
    ) -> Result<cipher_key::CipherKey, Fault> {
        commands::cipher_key_find::run(&self.shared, caller, id).await
    }

    /// Changes a cipher key; the key as it is then.
    pub async fn cipher_key_change(
        &self,
        caller: &Caller,
        id: &CipherKeyId,
        change: cipher_key::CipherKeyChange,
    ) -> Result<Committed<cipher_key::CipherKey>, Fault> {
        commands::cipher_key_change::run(&self.shared, caller, id, change).await
    }

    /// Puts tags on cipher keys: on all that are named or on none.
    pub async fn cipher_key_tag(
        &self,
        caller: &Caller,
        ids: Vec<CipherKeyId>,
        tags: Vec<tag::Tag>,
    ) -> Result<Committed<()>, Fault> {
        commands::cipher_key_tag::run(&self.shared, caller, ids, tags).await
    }

    /// Takes tags off cipher keys: off all that are named or off none.
    pub async fn cipher_key_untag(
        &self,
        caller: &Caller,
        ids: Vec<CipherKeyId>,
        removal: tag::TagRemoval,
    ) -> Result<Committed<()>, Fault> {
        commands::cipher_key_untag::run(&self.shared, caller, ids, removal).await
    }

    /// Gives a cipher key a name that no other key of the account has.
    pub async fn cipher_alias_create(
        &self,
        caller: &Caller,
        alias: cipher_alias::CipherAlias,
    ) -> Result<Committed<()>, Fault> {
        commands::cipher_alias_create::run(&self.shared, caller, alias).await
    }

    /// Gives the name of a cipher key to another one.
    pub async fn cipher_alias_change(
        &self,
        caller: &Caller,
        alias: cipher_alias::CipherAlias,
    ) -> Result<Committed<()>, Fault> {
        commands::cipher_alias_change::run(&self.shared, caller, alias).await
    }

    /// Takes a name of a cipher key away.
    pub async fn cipher_alias_delete(
        &self,
        caller: &Caller,
        name: &CipherAliasName,
    ) -> Result<Committed<()>, Fault> {
        commands::cipher_alias_delete::run(&self.shared, caller, name).await
    }

    /// The cipher key of a name.
    pub async fn cipher_alias_find(
        &self,
        caller: &Caller,
        name: &CipherAliasName,
    ) -> Result<CipherKeyId, Fault> {
        commands::cipher_alias_find::run(&self.shared, caller, name).await
    }

    /// The names of all the account's cipher keys, or of one, each with its key; oldest first, then by name.
    pub async fn cipher_alias_list(
        &self,
        caller: &Caller,
        of: Option<&CipherKeyId>,
    ) -> Result<Vec<(cipher_alias::CipherAlias, cipher_key::CipherKey)>, Fault> {
        commands::cipher_alias_list::run(&self.shared, caller, of).await
    }

    /// Encrypts a text of up to [`PLAINTEXT_MAX`](cipher_key::PLAINTEXT_MAX) bytes.
    pub async fn cipher_key_encrypt(
        &self,
        caller: &Caller,
        id: &CipherKeyId,
        plaintext: &Secret<String>,
        context: &cipher_key::CipherContext,
    ) -> Result<cipher_key::Encrypted, Fault> {
        commands::cipher_key_encrypt::run(&self.shared, caller, id, plaintext, context).await
    }

    /// Draws a key of so many bytes, up to [`DATA_KEY_MAX`](cipher_key::DATA_KEY_MAX), and encrypts it.
    pub async fn cipher_key_data(
        &self,
        caller: &Caller,
        id: &CipherKeyId,
        bytes: u32,
        context: &cipher_key::CipherContext,
    ) -> Result<cipher_key::DataKey, Fault> {
        commands::cipher_key_data::run(&self.shared, caller, id, bytes, context).await
    }

    /// Decrypts what any version of a cipher key of the account has encrypted.
    pub async fn cipher_key_decrypt(
        &self,
        caller: &Caller,
        ciphertext: &str,
        context: &cipher_key::CipherContext,
    ) -> Result<cipher_key::Decrypted, Fault> {
        commands::cipher_key_decrypt::run(&self.shared, caller, ciphertext, context).await
    }
}
