//! What a call of this product can be refused for. (Codes: the vendor's pages of CreateResourceGroup and
//! UpdateResourceGroup.)

use crate::refusal::Cause;

pub(crate) const GROUP: Cause =
    Cause::absent("EntityNotExists.ResourceGroup", "the account has no such resource group");
pub(crate) const NAME: Cause = Cause::bad_request(
    "InvalidParameter.Name.InvalidChars",
    "the Name has other characters than it may have",
);
pub(crate) const NAME_TAKEN: Cause =
    Cause::conflict("EntityAlreadyExists.ResourceGroup", "another resource group has the Name");
pub(crate) const IN_USE: Cause =
    Cause::conflict("DeleteConflict.ResourceGroup.Resource", "there are resources in the resource group");
pub(crate) const FIXED: Cause =
    Cause::conflict("InvalidStatus.ResourceGroup", "the resource group is the default one");
pub(crate) const FULL: Cause =
    Cause::conflict("LimitExceeded.ResourceGroup", "the account has as many resource groups as it can");
