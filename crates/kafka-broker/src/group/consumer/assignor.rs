//! How the partitions of a group are shared out. The coordinator assigns; members may say how.

mod range;
mod uniform;

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::meta::Partitions;

/// A way of sharing out partitions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Assignor {
    /// Everybody has as many as the others, and keeps what they had.
    #[default]
    Uniform,
    /// Of each topic a stretch for each, by their order: the same stretch of topics that are alike.
    Range,
}

/// A member as assignors see it.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    /// The topics it reads, all of which are there.
    pub(super) topics: BTreeSet<Uuid>,
    /// What it was to own until now.
    pub(super) before: &'a Partitions,
}

impl Assignor {
    const ALL: [Self; 2] = [Self::Uniform, Self::Range];

    /// The assignor that clients call so.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|assignor| assignor.name() == name)
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Range => "range",
        }
    }

    /// What each reader is to own: every partition of `topics` (by how many each has) that anybody reads, once.
    /// The same for the same readers in the same order.
    pub(super) fn assign(self, readers: &[Reader<'_>], topics: &BTreeMap<Uuid, i32>) -> Vec<Partitions> {
        match self {
            Self::Uniform => uniform::assign(readers, topics),
            Self::Range => range::assign(readers, topics),
        }
    }
}

/// The readers of a topic, by their place among all.
fn readers_of(topic: Uuid, readers: &[Reader<'_>]) -> Vec<usize> {
    (0..readers.len()).filter(|at| readers[*at].topics.contains(&topic)).collect()
}

#[cfg(test)]
mod tests;
