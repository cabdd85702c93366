//! What happens when a member does this while the group is there: one row each.

mod errors;
mod offsets;
mod rebalance;
mod restart;
mod statics;
mod topics;

use super::world::*;
use super::*;
use crate::group::{GroupError, GroupPhase};
