//! Judging: a denial outweighs everything, and silence is a denial too.

use serde::Deserialize;

use super::{Circumstances, Document};

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// What somebody asks for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What is to be done.
    pub action: &'a str,
    /// To what. Parts that are not known are written [`UNKNOWN`](super::UNKNOWN).
    pub resource: &'a str,
    /// How it is asked.
    pub under: Circumstances,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A statement allows it, and none denies it.
    Allowed,
    /// A statement denies it.
    Denied,
    /// No statement is about it.
    Unmentioned,
}

/// Judges a request by all documents that apply to whoever asks. Their order does not matter.
pub fn judge<'d>(documents: impl IntoIterator<Item = &'d Document>, request: &Request<'_>) -> Verdict {
    let mut verdict = Verdict::Unmentioned;
    let statements = documents.into_iter().flat_map(|document| &document.statements);
    for statement in statements {
        if statement.is_about(request.action, request.resource, &request.under) {
            match statement.effect {
                Effect::Deny => return Verdict::Denied,
                Effect::Allow => verdict = Verdict::Allowed,
            }
        }
    }
    verdict
}
