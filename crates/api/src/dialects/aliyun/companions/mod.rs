//! What the smaller products beside alikafka share: their gateway's answers, texts, tags, pages and times.

pub(crate) mod causes;
pub(crate) mod faults;
pub(crate) mod labels;
pub(crate) mod views;

use control::topic::Page;

/// The part of a list that a page number, from 1, and a page's length ask for.
pub(crate) fn page(number: u32, size: u32) -> Page {
    let take = size as usize;
    Page { skip: (number as usize).saturating_sub(1).saturating_mul(take), take }
}
