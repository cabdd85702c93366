//! What producers and administrators ask of the coordinator, and what they are told.

use std::time::Duration;

use crate::meta::TransactionPhase;

/// A producer's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Producer {
    pub(crate) id: i64,
    pub(crate) epoch: i16,
}

/// Who a request says it comes from: the identity that the producer was given last.
pub(crate) type Claim = Producer;

/// A producer wants a transactional id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Initial {
    /// How long its transactions may be open.
    pub(crate) timeout: Duration,
    /// The identity it has already, if it goes on after an error.
    pub(crate) known: Option<Producer>,
}

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Commit,
    Abort,
}

impl Outcome {
    pub(super) fn prepared(self) -> TransactionPhase {
        match self {
            Self::Commit => TransactionPhase::PrepareCommit,
            Self::Abort => TransactionPhase::PrepareAbort,
        }
    }

    pub(super) fn complete(self) -> TransactionPhase {
        match self {
            Self::Commit => TransactionPhase::CompleteCommit,
            Self::Abort => TransactionPhase::CompleteAbort,
        }
    }
}

/// Which transactional ids to list.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListFilter {
    /// In one of these phases; none for any.
    pub(crate) phases: Option<Vec<TransactionPhase>>,
    /// Of one of these producers; empty for any.
    pub(crate) producers: Vec<i64>,
    /// With a transaction that has been open for longer.
    pub(crate) open_for: Option<Duration>,
}
