//! Work of several steps that survives a crash.
//!
//! A command that needs the engine commits its intent: the rows that say what is to be, and an operation row that
//! names the next step. A task then takes the steps one by one: first the step's effect in the engine, then a
//! transaction that records what it made and moves the operation on. The last one removes the row. Whatever
//! is in the table when the server starts goes on from its step.
//!
//! # Rules for a step
//!
//! - Its effect can be repeated: it names what it makes by an id from the intent. A crash between effect and
//!   record repeats it; so does an engine that did not answer.
//! - What an engine forgets when the process ends (an open listener) is not relied on by a later step.
//! - It has a name of its own, so that a test can break it there: before, after its effect, after its record.
//!
//! An operation that can be taken back turns into its undoing, itself an operation, when a step is refused
//! or has failed too often. All others are tried until they succeed.

mod allowed_change;
mod driver;
mod group_delete;
mod group_reset;
mod instance_configure;
mod instance_delete;
mod instance_expire;
mod instance_release;
mod instance_reopen;
mod instance_start;
mod instance_stop;
mod rules_change;
mod topic_configure;
mod topic_create;
mod topic_delete;
mod topic_grow;
mod user_delete;
mod user_put;

use std::sync::Arc;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Fault;
use crate::audit::Outcome;
use crate::engine::EngineError;
use crate::shared::Shared;
use crate::store::Tx;
use crate::store::instances::InstanceKey;

pub(crate) use allowed_change::AllowedChange;
pub(crate) use driver::{Intent, Ticket, begin, ended_or_accepted, resume, unhindered};
pub(crate) use group_delete::GroupDelete;
pub(crate) use group_reset::GroupReset;
pub(crate) use instance_configure::{InstanceConfigure, InstanceConfigureUndo};
pub(crate) use instance_delete::InstanceDelete;
pub(crate) use instance_expire::InstanceExpire;
pub(crate) use instance_release::InstanceRelease;
pub(crate) use instance_reopen::{InstanceReopen, InstanceReopenUndo};
pub(crate) use instance_start::{InstanceStart, InstanceStartUndo, lowest_free_slot};
pub(crate) use instance_stop::InstanceStop;
pub(crate) use rules_change::RulesChange;
pub(crate) use topic_configure::{TopicConfigure, TopicConfigureUndo};
pub(crate) use topic_create::{TopicCreate, TopicCreateUndo};
pub(crate) use topic_delete::TopicDelete;
pub(crate) use topic_grow::{TopicGrow, TopicGrowUndo};
pub(crate) use user_delete::UserDelete;
pub(crate) use user_put::UserPut;

/// A kind of operation. The value is what its steps know; it lies in the operation's row.
pub(crate) trait Kind: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name in the table.
    const NAME: &'static str;
    /// What the audit record says was asked for.
    const ACTION: &'static str;
    /// What the audit record says when the last step is recorded.
    const OUTCOME: Outcome = Outcome::Done;
    /// Its steps, in order.
    const STEPS: &'static [&'static dyn Step<Self>];

    /// What takes back whatever the steps have done, when they cannot go on for `reason`. None when there is
    /// nothing to take back: then a failing step is tried for ever, and a refused one ends the operation.
    fn undo(&self, reason: &str) -> Option<Successor> {
        let _ = reason;
        None
    }
}

/// One step of a kind of operation.
#[async_trait]
pub(crate) trait Step<K: Send>: Send + Sync {
    /// Its name, once within its kind.
    fn name(&self) -> &'static str;

    /// Does its work outside the store.
    async fn effect(&self, work: &Work, state: &mut K) -> Result<(), Trouble> {
        let _ = (work, state);
        Ok(())
    }

    /// Writes down what it made. Runs in the transaction that moves the operation on, or ends it.
    async fn record(&self, work: &Work, state: &mut K, tx: &mut Tx) -> Result<(), Fault> {
        let _ = (work, state, tx);
        Ok(())
    }
}

/// What every step can see.
#[derive(Clone)]
pub(crate) struct Work {
    pub(crate) shared: Arc<Shared>,
    pub(crate) key: InstanceKey,
}

/// Why a step's effect did not come about.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It may, when tried again.
    Again(Fault),
    /// It never will; the caller gets this fault.
    Refused(Fault),
    /// An earlier step has to be taken again, with what this one has learnt.
    Back(&'static str),
}

impl From<EngineError> for Trouble {
    fn from(error: EngineError) -> Self {
        Self::Again(error.into())
    }
}

/// The operation that another one turns into.
pub(crate) struct Successor {
    kind: &'static str,
    step: &'static str,
    payload: Value,
}

impl Successor {
    pub(crate) fn new<K: Kind>(state: &K) -> Self {
        let payload = serde_json::to_value(state).expect("an operation's state is plain data");
        Self { kind: K::NAME, step: K::STEPS[0].name(), payload }
    }
}

/// Whether an instance serves all the while that an operation of this kind works on it, so that its cluster is opened
/// when the server starts. All others see to its cluster themselves.
pub(crate) fn serves(kind: &str) -> bool {
    matches!(kind, InstanceConfigure::NAME | InstanceConfigureUndo::NAME)
}

/// Every kind of operation with the names of its steps, in order.
pub fn operation_steps() -> Vec<(&'static str, Vec<&'static str>)> {
    fn steps<K: Kind>() -> (&'static str, Vec<&'static str>) {
        (K::NAME, K::STEPS.iter().map(|step| step.name()).collect())
    }
    vec![
        steps::<InstanceStart>(),
        steps::<InstanceStartUndo>(),
        steps::<InstanceConfigure>(),
        steps::<InstanceConfigureUndo>(),
        steps::<InstanceStop>(),
        steps::<InstanceReopen>(),
        steps::<InstanceReopenUndo>(),
        steps::<InstanceRelease>(),
        steps::<InstanceExpire>(),
        steps::<InstanceDelete>(),
        steps::<TopicCreate>(),
        steps::<TopicCreateUndo>(),
        steps::<TopicDelete>(),
        steps::<TopicGrow>(),
        steps::<TopicGrowUndo>(),
        steps::<TopicConfigure>(),
        steps::<TopicConfigureUndo>(),
        steps::<GroupDelete>(),
        steps::<GroupReset>(),
        steps::<AllowedChange>(),
        steps::<UserPut>(),
        steps::<UserDelete>(),
        steps::<RulesChange>(),
    ]
}
