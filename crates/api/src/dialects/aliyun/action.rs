//! What an action is: one file that says everything about it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use control::policy::Circumstances;
use control::{Caller, Committed, Control, Fault};
use machine::clock::Clock;
use serde::Serialize;
use serde_json::Value as Json;

use super::Regions;
use super::alikafka::scaling::Trouble;
use super::mentions::{Mentions, Named, RegionOf};
use super::params::{Breach, Decoding, Input, ParameterSpec, Rejection};
use super::refusals::{self, RefusalSpec};
use crate::rate::Rate;
use crate::refusal::{Cause, Refusal};
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
    /// Whether every verified caller may use it, whatever the policies say.
    const OPEN_TO_ALL: bool = false;
    /// Whether it reaches nothing beyond the region that it is called for, where its product has regions.
    const REGIONAL: bool = true;
    /// How often one caller may call it.
    const RATE: Rate = Rate::UNDOCUMENTED;
    /// Whether it changes anything.
    const EFFECT: Effect;
    /// Whether the product's previous API version has it too.
    const IN_OLD_VERSION: bool = false;
    /// What the reply's `Message` says.
    const MESSAGE: &'static str = "operation success.";
    /// What the reply says beside its content; none means as its product does.
    const ENVELOPE: Option<Envelope> = None;
    /// What it can be refused for beside what its parameters are refused for.
    const CAUSES: &'static [Cause] = &[];
    /// Parameters of a call that succeeds, given the instance they name: for documentation and tests.
    const EXAMPLE: &'static [(&'static str, &'static str)];

    /// Its parameters.
    type Input: Input;
    /// What it returns beside the envelope.
    type Output: Serialize + Send + 'static;

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

/// What a successful reply says beside its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Envelope {
    /// `Code`, `Message`, `RequestId` and `Success`.
    Full,
    /// The same, but `Success` is 1: the SDKs type it as a number for some actions, and the one for Node refuses a
    /// reply that has `true` there. (See docs/decisions/0025-success-number.md.)
    FullInNumbers,
    /// `RequestId` alone. Clients of most products take any `Code` beside it for an error.
    RequestId,
}

/// What an action is given beside its parameters.
pub(crate) struct Context {
    pub(crate) caller: Caller,
    pub(crate) control: Control,
    /// How it is called, as conditions of policies see it.
    pub(crate) under: Circumstances,
    pub(crate) clock: Clock,
    /// Regions that are served.
    pub(crate) regions: Arc<Regions>,
    /// The host as the caller wrote it: where this server can be reached, as far as the caller is concerned.
    pub(crate) host: String,
    /// Whether the call came over TLS.
    pub(crate) is_secured: bool,
    /// Whether replies show asterisks where users' passwords would be.
    pub(crate) hide_passwords: bool,
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
    /// Access control is off, and nobody can log in.
    AclOff,
    /// No list of addresses can be so; the text is a sentence that names the parameter.
    AllowList(String),
    /// More addresses in one call than this.
    AllowListAddsTooMany(usize),
    /// The instance has the version that is asked for.
    UpToDate,
    /// A scaling rule cannot be made, changed or removed.
    Scaling(Trouble),
    /// The control plane said no.
    Fault(Fault),
}

impl From<Rejection> for Refused {
    fn from(rejection: Rejection) -> Self {
        Self::Parameter(rejection)
    }
}

impl From<Trouble> for Refused {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Misfit(rejection) => Self::Parameter(rejection),
            other => Self::Scaling(other),
        }
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
    /// The product that has it, as resource names call it: `alikafka`.
    pub product: &'static str,
    /// The product's API version.
    pub version: &'static str,
    /// Its name on the wire.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// What a policy calls the right to use it.
    pub permission: &'static str,
    /// Whether every verified caller may use it, whatever the policies say.
    pub open_to_all: bool,
    /// Calls per second and caller.
    pub calls_per_second: u32,
    /// Whether it changes anything.
    pub effect: Effect,
    /// Whether the product's previous API version has it too.
    pub in_old_version: bool,
    /// What its reply says beside its content.
    pub envelope: Envelope,
    /// Its parameters, in the order in which they are checked.
    pub parameters: Vec<ParameterSpec>,
    /// What it can be refused for, beside what every call can be.
    pub refusals: Vec<RefusalSpec>,
    /// Parameters of a call that succeeds.
    pub example: &'static [(&'static str, &'static str)],
}

/// The facts about an action that serving needs at every call.
#[derive(Clone, Copy)]
pub(crate) struct ActionFacts {
    pub(crate) name: &'static str,
    pub(crate) permission: &'static str,
    pub(crate) open_to_all: bool,
    pub(crate) regional: bool,
    pub(crate) rate: Rate,
    pub(crate) effect: Effect,
    pub(crate) in_old_version: bool,
    pub(crate) message: &'static str,
    /// None: its product's.
    pub(crate) envelope: Option<Envelope>,
}

/// A decoded call, ready to run.
pub(crate) type Prepared = Box<dyn FnOnce(Arc<Context>) -> Running + Send>;

/// A call that runs.
pub(crate) type Running = Pin<Box<dyn Future<Output = Result<Box<dyn Content>, Refused>> + Send>>;

/// What any action returned beside the envelope, not yet written.
pub(crate) trait Content: Send {
    /// Appends it as JSON text, straight from the type: most replies are this.
    fn write(&self, text: &mut Vec<u8>) -> Result<(), serde_json::Error>;
    /// As a tree, to be changed or to be written in another format.
    fn to_tree(&self) -> Result<Json, serde_json::Error>;
}

impl<T: Serialize + Send> Content for T {
    fn write(&self, text: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        serde_json::to_writer(text, self)
    }

    fn to_tree(&self) -> Result<Json, serde_json::Error> {
        serde_json::to_value(self)
    }
}

/// Any action, for tables.
pub(crate) trait Handler: Send + Sync {
    fn facts(&self) -> ActionFacts;
    fn describe(&self, product: &Product) -> ActionSpec;
    /// Its parameters.
    fn parameters(&self) -> Vec<ParameterSpec>;
    /// Decodes the parameters of a verified request.
    fn prepare(&self, verified: &Verified, regions: &Regions) -> Result<Prepared, Refused>;
}

impl<A: Action> Handler for A {
    fn facts(&self) -> ActionFacts {
        ActionFacts {
            name: A::NAME,
            permission: A::PERMISSION,
            open_to_all: A::OPEN_TO_ALL,
            regional: A::REGIONAL,
            rate: A::RATE,
            effect: A::EFFECT,
            in_old_version: A::IN_OLD_VERSION,
            message: A::MESSAGE,
            envelope: A::ENVELOPE,
        }
    }

    fn describe(&self, product: &Product) -> ActionSpec {
        ActionSpec {
            product: product.name,
            version: product.version,
            name: A::NAME,
            summary: A::SUMMARY,
            permission: A::PERMISSION,
            open_to_all: A::OPEN_TO_ALL,
            calls_per_second: A::RATE.calls(),
            effect: A::EFFECT,
            in_old_version: A::IN_OLD_VERSION,
            envelope: A::ENVELOPE.unwrap_or(product.envelope),
            refusals: refusals::of_action(product, &A::Input::specs(), A::CAUSES),
            parameters: A::Input::specs(),
            example: A::EXAMPLE,
        }
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        A::Input::specs()
    }

    fn prepare(&self, verified: &Verified, regions: &Regions) -> Result<Prepared, Refused> {
        let input = A::Input::decode(&Decoding { values: verified.parameters(), regions })?;
        Ok(Box::new(move |context| {
            Box::pin(async move {
                let content: Box<dyn Content> = Box::new(A::run(input, &context).await?);
                Ok(content)
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
    /// How the region is told that stands in resource names.
    pub(crate) region: RegionOf,
    /// What a call names; nothing when it is about everything.
    pub(crate) mentioned: fn(&Mentions<'_>) -> Vec<Named>,
    /// The code of the answer to a caller who may not do what it asks for.
    pub(crate) forbidden: &'static str,
    /// What replies say beside their content, unless an action says otherwise.
    pub(crate) envelope: Envelope,
    /// Turns a reply from the shape that SDKs read into the one that the vendor's document prints.
    pub(crate) as_documented: fn(&mut Json),
    /// Every action, sorted by name.
    pub(crate) actions: &'static [&'static dyn Handler],
    /// Whether an action's name may be written in any case: the vendor's own clients write both
    /// `UntagResources` and `UnTagResources`, depending on the product.
    pub(crate) any_case: bool,
    /// The answer to an action of this name, which is not offered.
    pub(crate) unknown: fn(&str) -> Refusal,
    /// The code, with status 400, of a parameter that breaks a rule.
    pub(crate) malformed: fn(&str, Breach) -> &'static str,
    /// Why a region is refused.
    pub(crate) region_unknown: Cause,
    /// What every one of its actions can be refused for.
    pub(crate) causes: &'static [Cause],
    /// Status, code and message of whatever an action was refused with.
    pub(crate) refusal: fn(Refused) -> Refusal,
}

impl Product {
    /// The action of this name.
    pub(crate) fn find(&self, name: &str) -> Option<&'static dyn Handler> {
        let mut actions = self.actions.iter().copied();
        match self.actions.binary_search_by(|action| action.facts().name.cmp(name)) {
            Ok(at) => Some(self.actions[at]),
            Err(_) if self.any_case => actions.find(|action| action.facts().name.eq_ignore_ascii_case(name)),
            Err(_) => None,
        }
    }
}

/// Names the files of a product's actions and the actions in them, sorted by action.
macro_rules! actions {
    ($($file:ident: $action:ident),+ $(,)?) => {
        $( mod $file; )+

        /// All of them, sorted by name.
        pub(crate) const ACTIONS: &[&dyn $crate::dialects::aliyun::action::Handler] = &[$( &$file::$action ),+];

        /// The files, in the same order.
        #[cfg(test)]
        pub(crate) const FILES: &[&str] = &[$( stringify!($file) ),+];
    };
}

pub(crate) use actions;
