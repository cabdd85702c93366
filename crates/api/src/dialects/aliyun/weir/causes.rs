//! What a call of this product can be refused for, beside what its siblings share.

use crate::refusal::Cause;

pub(crate) const INSTANCE: Cause =
    Cause::absent("InvalidInstanceId.NotFound", "the account has no such instance in the region");
pub(crate) const STATE: Cause =
    Cause::bad_request("IncorrectInstanceStatus", "the instance does not serve now");
