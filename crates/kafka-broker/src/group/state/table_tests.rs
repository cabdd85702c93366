//! One test for each row of the rules that clients rely on.

mod commit;
mod deletion;
mod description;
mod expiry;
mod heartbeat;
mod join;
mod leave;
mod rebalance;
mod restart;
mod sync;

use super::super::request::{Joining, Leaving, Protocol, Syncing};
use super::super::subscription::subscription;
use super::world::*;
use super::*;

const SECOND: u64 = 1_000;

fn id_first(joining: Joining) -> Joining {
    Joining { id_first: true, ..joining }
}
