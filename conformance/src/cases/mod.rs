//! One file per API, or per few that tell one story.

mod matrix;
mod records;
mod topics;

use crate::case::{Case, Cases};
use crate::stage::Target;

/// Every case.
pub(crate) fn all(target: &Target) -> Vec<Case> {
    let mut cases = Cases::default();
    matrix::declare(&mut cases, target);
    records::declare(&mut cases);
    topics::declare(&mut cases);
    cases.0
}
