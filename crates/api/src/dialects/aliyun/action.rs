//! What an action is: one file that says everything about it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use control::{Caller, Committed, Control, Fault};
use machine::clock::Clock;
use serde::Serialize;
use serde_json::Value as Json;

use super::Regions;
use super::params::{Decoding, Input, ParameterSpec, Rejection};
use crate::rate::Rate;
use crate::refusal::Refusal;
use crate::request::Verified;

/// An action of a product. Everything about it that is not common to all stands in its file: routing,
/// decoding, limits, permission, metric label, documentation and tests are derived from this.
pub(crate) trait Action: Send + Sync + 'static {
    /// Its name on the wire.
    const NAME: &'static str;
    /// What it does, in one sentence.
    const SUMMARY: &'static str;
    /// What a policy calls the right to use it.
    const PERMISSION: &'static str;
    /// How often one account may call it.
    const RATE: Rate = Rate::UNDOCUMENTED;
    /// Whether it changes anything.
    const EFFECT: Effect;
    /// Whether the product's previous API version has it too.
    const IN_OLD_VERSION: bool = false;
    /// What the reply's `Message` says.
    const MESSAGE: &'static str = "operation success.";
    /// Parameters of a call that succeeds, given the instance they name: for documentation and tests.
    const EXAMPLE: &'static [(&'static str, &'static str)];

    /// Its parameters.
    type Input: Input;
    /// What it returns beside the envelope.
    type Output: Serialize;

    /// Does it.
    fn run(
        input: Self::Input,
        context: &Context,
    ) -> impl Future<Output = Result<Self::Output, Refused>> + Send;
}

/// Whether an action changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Effect {
    /// It only looks.
    Reads,
    /// It changes something, so its reply waits until the claim on its nonce is durable.
    Changes,
}

/// What an action is given beside its parameters.
pub(crate) struct Context {
    pub(crate) caller: Caller,
    pub(crate) control: Control,
    pub(crate) clock: Clock,
}

/// Why an action did not succeed; a product's `faults.rs` finds the words.
#[derive(Debug)]
pub(crate) enum Refused {
    /// A parameter is not acceptable.
    Parameter(Rejection),
    /// The parameters are fine, but not for this instance; the text names the reason.
    NotSupported(String),
    /// Access control cannot be switched on for this instance.
    AclUnavailable,
    /// The control plane said no.
    Fault(Fault),
}

impl From<Rejection> for Refused {
    fn from(rejection: Rejection) -> Self {
        Self::Parameter(rejection)
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The output of a change that returns nothing. Made from a commit only.
#[derive(Serialize)]
pub(crate) struct Done {}

impl From<Committed<()>> for Done {
    fn from(committed: Committed<()>) -> Self {
        committed.into_inner();
        Self {}
    }
}

/// An action, described for documentation and tests.
#[derive(Clone, Debug, Serialize)]
pub struct ActionSpec {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// What a policy calls the right to use it.
    pub permission: &'static str,
    /// Calls per second and account.
    pub calls_per_second: u32,
    /// Whether it changes anything.
    pub effect: Effect,
    /// Whether the product's previous API version has it too.
    pub in_old_version: bool,
    /// Its parameters, in the order in which they are checked.
    pub parameters: Vec<ParameterSpec>,
    /// Parameters of a call that succeeds.
    pub example: &'static [(&'static str, &'static str)],
}

/// The facts about an action that serving needs at every call.
#[derive(Clone, Copy)]
pub(crate) struct ActionFacts {
    pub(crate) name: &'static str,
    pub(crate) permission: &'static str,
    pub(crate) rate: Rate,
    pub(crate) effect: Effect,
    pub(crate) in_old_version: bool,
    pub(crate) message: &'static str,
}

/// A decoded call, ready to run.
pub(crate) type Prepared = Box<dyn FnOnce(Arc<Context>) -> Running + Send>;

/// A call that runs.
pub(crate) type Running = Pin<Box<dyn Future<Output = Result<Json, Refused>> + Send>>;

/// Any action, for tables.
pub(crate) trait Handler: Send + Sync {
    fn facts(&self) -> ActionFacts;
    fn describe(&self) -> ActionSpec;
    /// Decodes the parameters of a verified request.
    fn prepare(&self, verified: &Verified, regions: &Regions) -> Result<Prepared, Refused>;
}

impl<A: Action> Handler for A {
    fn facts(&self) -> ActionFacts {
        ActionFacts {
            name: A::NAME,
            permission: A::PERMISSION,
            rate: A::RATE,
            effect: A::EFFECT,
            in_old_version: A::IN_OLD_VERSION,
            message: A::MESSAGE,
        }
    }

    fn describe(&self) -> ActionSpec {
        ActionSpec {
            name: A::NAME,
            summary: A::SUMMARY,
            permission: A::PERMISSION,
            calls_per_second: A::RATE.calls(),
            effect: A::EFFECT,
            in_old_version: A::IN_OLD_VERSION,
            parameters: A::Input::specs(),
            example: A::EXAMPLE,
        }
    }

    fn prepare(&self, verified: &Verified, regions: &Regions) -> Result<Prepared, Refused> {
        let input = A::Input::decode(&Decoding { values: verified.parameters(), regions })?;
        Ok(Box::new(move |context| {
            Box::pin(async move {
                let output = A::run(input, &context).await?;
                serde_json::to_value(output)
                    .map_err(|error| Refused::Fault(Fault::bug(format!("{}: {error}", A::NAME))))
            })
        }))
    }
}

/// A product: actions, and the words for what goes wrong with them.
pub(crate) struct Product {
    /// The API version that names it.
    pub(crate) version: &'static str,
    /// The version before, still accepted for some actions.
    pub(crate) version_old: Option<&'static str>,
    /// The product's name in resource names: `acs:alikafka:…`.
    pub(crate) name: &'static str,
    /// The parameter that names the resource which a policy is about.
    pub(crate) resource: &'static str,
    /// Every action, sorted by name.
    pub(crate) actions: &'static [&'static dyn Handler],
    /// Status, code and message of whatever an action was refused with.
    pub(crate) refusal: fn(Refused) -> Refusal,
}

impl Product {
    /// The action of this name.
    pub(crate) fn find(&self, name: &str) -> Option<&'static dyn Handler> {
        let at = self.actions.binary_search_by(|action| action.facts().name.cmp(name)).ok()?;
        Some(self.actions[at])
    }
}
