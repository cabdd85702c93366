//! What a call of this product can be refused for.

use crate::refusal::Cause;

pub(crate) const KEY: Cause = Cause::absent("Forbidden.KeyNotFound", "the account has no such key");
pub(crate) const ALIAS: Cause = Cause::absent("Forbidden.AliasNotFound", "no key has the alias");
pub(crate) const ALIAS_TAKEN: Cause =
    Cause::conflict("Rejected.ResourceExist", "a key has the alias already");
pub(crate) const DISABLED: Cause = Cause::conflict("Rejected.Disabled", "the key is disabled");
pub(crate) const GOING: Cause =
    Cause::conflict("Rejected.PendingDeletion", "the key is waiting to be deleted");
pub(crate) const STAYS: Cause =
    Cause::conflict("Rejected.StateConflict", "the key is not waiting to be deleted");
pub(crate) const PROTECTED: Cause =
    Cause::conflict("Rejected.ProtectedByDeletionProtection", "the key is protected from deletion");
pub(crate) const CIPHERTEXT: Cause = Cause::bad_request(
    "InvalidCiphertext",
    "no key of the account has made the ciphertext with this EncryptionContext",
);
pub(crate) const FULL: Cause =
    Cause::bad_request("Rejected.LimitExceeded", "the account has as many as it can");
