//! One file per API, or per few that tell one story.

mod matrix;

use crate::case::{Case, Cases};
use crate::stage::Target;

/// Every case.
pub(crate) fn all(target: &Target) -> Vec<Case> {
    let mut cases = Cases::default();
    matrix::declare(&mut cases, target);
    cases.0
}
