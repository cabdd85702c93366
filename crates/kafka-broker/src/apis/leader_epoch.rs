//! The check of the leader epoch that a client believes in (KIP-320).

use std::cmp::Ordering;

use kafka_wire::ErrorCode;

use super::Context;

/// -1 is a client that does not say.
const UNSAID: i32 = -1;

/// An older epoch is fenced: the client must look at the metadata again. A newer one cannot be known here.
pub(super) fn check(claimed: i32, context: &Context<'_>) -> Result<(), ErrorCode> {
    if claimed == UNSAID {
        return Ok(());
    }
    match claimed.cmp(&context.cluster.leader_epoch()) {
        Ordering::Less => Err(ErrorCode::FENCED_LEADER_EPOCH),
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(ErrorCode::UNKNOWN_LEADER_EPOCH),
    }
}
