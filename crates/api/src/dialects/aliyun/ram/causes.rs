//! What a call of this product can be refused for. (Codes: the vendor's list of RAM errors.)

use hyper::StatusCode;

use crate::refusal::Cause;

pub(crate) const USER: Cause = Cause::absent("EntityNotExist.User", "the account has no such user");
pub(crate) const USER_EXISTS: Cause =
    Cause::conflict("EntityAlreadyExists.User", "a user has the name already");
pub(crate) const USER_HAS_KEYS: Cause =
    Cause::conflict("DeleteConflict.User.AccessKey", "the user still has access keys");
pub(crate) const USER_HAS_POLICIES: Cause =
    Cause::conflict("DeleteConflict.User.Policy", "the user still has policies");
pub(crate) const USERS_FULL: Cause =
    Cause::conflict("LimitExceeded.User", "the account has as many users as it can");

pub(crate) const KEY: Cause = Cause::absent("EntityNotExist.User.AccessKey", "there is no such access key");
pub(crate) const LAST_KEY: Cause = Cause::conflict(
    "DeleteConflict.User.LastAccessKey",
    "it is the last access key of the account that works",
);
pub(crate) const KEYS_FULL: Cause =
    Cause::conflict("LimitExceeded.User.AccessKey", "there are as many access keys as there can be");

pub(crate) const POLICY: Cause = Cause::absent("EntityNotExist.Policy", "there is no such policy");
pub(crate) const POLICY_EXISTS: Cause =
    Cause::conflict("EntityAlreadyExists.Policy", "a policy has the name already");
pub(crate) const POLICY_ATTACHED: Cause =
    Cause::conflict("DeleteConflict.Policy.User", "the policy is attached to a user");
pub(crate) const POLICIES_FULL: Cause =
    Cause::conflict("LimitExceeded.Policy", "the account has as many policies as it can");
pub(crate) const DOCUMENT: Cause =
    Cause::bad_request("InvalidParameter.PolicyDocument", "the document is none; the message says why");
pub(crate) const DOCUMENT_LENGTH: Cause =
    Cause::bad_request("InvalidParameter.PolicyDocument.Length", "the document is too long");

pub(crate) const ATTACHMENT: Cause =
    Cause::absent("EntityNotExist.User.Policy", "the user does not have the policy");
pub(crate) const ATTACHMENT_EXISTS: Cause =
    Cause::conflict("EntityAlreadyExists.User.Policy", "the user has the policy already");
pub(crate) const ATTACHMENTS_FULL: Cause =
    Cause::conflict("LimitExceeded.User.Policy", "the user has as many policies as one can");

pub(crate) const OPERATOR_ONLY: Cause = Cause {
    status: StatusCode::FORBIDDEN,
    code: "NoPermission",
    when: "the caller is not the owner of this server's first account",
};
