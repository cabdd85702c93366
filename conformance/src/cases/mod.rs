//! One file per API, or per few that tell one story.

mod administration;
mod compaction;
mod groups;
mod login;
mod matrix;
mod quotas;
mod records;
mod topics;
mod transactions;

use crate::case::{Case, Cases};
use crate::stage::Target;

/// Every case.
pub(crate) fn all(target: &Target) -> Vec<Case> {
    let mut cases = Cases::default();
    matrix::declare(&mut cases, target);
    records::declare(&mut cases);
    topics::declare(&mut cases);
    groups::declare(&mut cases);
    transactions::declare(&mut cases);
    administration::declare(&mut cases);
    quotas::declare(&mut cases);
    compaction::declare(&mut cases);
    login::declare(&mut cases, target);
    cases.0
}
