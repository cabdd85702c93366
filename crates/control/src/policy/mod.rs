//! The language in which an owner writes what its sub-users may do, and the judge who reads it.
//!
//! A document is a list of statements; each allows or denies some actions on some resources, perhaps only under
//! conditions. Who is named in no statement that allows may do nothing; one statement that denies outweighs all
//! that allow. The names of actions, resources and conditions are the dialect's: see [`Language`].
//!
//! Nothing in a document is skipped: one that says anything which cannot be judged here is refused when it is
//! written, because a condition that is ignored is a permission that nobody gave.

mod condition;
mod document;
mod judge;
mod pattern;
mod unique;

pub use condition::Circumstances;
pub use document::{Document, DocumentError};
pub use judge::{Request, Verdict, judge};
pub use pattern::UNKNOWN;

/// Most bytes of a document.
pub const DOCUMENT_BYTES_MAX: usize = 6 * 1024;

/// The words of a dialect that a document may use.
#[derive(Clone, Copy, Debug)]
pub struct Language {
    /// The version that every document begins with.
    pub version: &'static str,
    /// What every resource's name begins with.
    pub resource_prefix: &'static str,
    /// What conditions can be about, by name; names are compared without case.
    pub keys: &'static [(&'static str, Circumstance)],
    /// Policies that every account has, sorted by name.
    pub standing: &'static [StandingPolicy],
}

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Circumstance {
    /// Where the call comes from.
    Address,
    /// Whether nobody on the way can read it.
    Secured,
    /// When it is made.
    Time,
}

/// A policy that every account has and nobody can change.
#[derive(Clone, Copy, Debug)]
pub struct StandingPolicy {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// What it says.
    pub document: &'static str,
}

impl Language {
    /// A language without a word: nothing can be said in it, so nothing is allowed.
    pub const NONE: Self = Self { version: "", resource_prefix: "", keys: &[], standing: &[] };

    /// The standing policy of this name.
    pub fn standing(&self, name: &str) -> Option<&'static StandingPolicy> {
        self.standing.iter().find(|policy| policy.name == name)
    }

    /// What conditions of this name are about.
    fn circumstance(&self, key: &str) -> Option<Circumstance> {
        self.keys.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, about)| *about)
    }
}

#[cfg(test)]
mod tests;
