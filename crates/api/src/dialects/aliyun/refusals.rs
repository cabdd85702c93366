//! What an action can be refused for: worked out from its parameters, and what it says of itself beside them.

use serde::Serialize;

use super::action::{Handler, Product, Refused};
use super::params::{Kind, ParameterSpec};
use crate::refusal::{Cause, Code, Refusal};

/// One answer that is no success, described for documentation and tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusalSpec {
    /// The HTTP status.
    pub status: u16,
    /// The code.
    pub code: String,
    /// What is so, as a clause for people.
    pub when: String,
}

impl RefusalSpec {
    fn bad_request(code: Code, when: impl Into<String>) -> Self {
        Self { status: 400, code: code.to_string(), when: when.into() }
    }
}

impl From<&Cause> for RefusalSpec {
    fn from(cause: &Cause) -> Self {
        Self { status: cause.status.as_u16(), code: cause.code.to_owned(), when: cause.when.to_owned() }
    }
}

/// Everything that an action of these parameters can be refused for, each once: what a parameter is refused for first.
pub(super) fn of_action(
    product: &Product,
    parameters: &[ParameterSpec],
    causes: &[Cause],
) -> Vec<RefusalSpec> {
    let mut refusals: Vec<RefusalSpec> = parameters.iter().flat_map(of_parameter).collect();
    let rules = parameters.iter().flat_map(|parameter| of_rules(product, parameter));
    let regions =
        parameters.iter().filter(|parameter| parameter.names_region).map(|_| &product.region_unknown);
    refusals.extend(rules);
    refusals.extend(regions.chain(causes).chain(product.causes).map(RefusalSpec::from));
    let mut told = Vec::<RefusalSpec>::with_capacity(refusals.len());
    for refusal in refusals {
        if !told.iter().any(|known| (known.status, &known.code) == (refusal.status, &refusal.code)) {
            told.push(refusal);
        }
    }
    told
}

/// What is refused before any rule: absence, and the wrong type.
fn of_parameter(parameter: &ParameterSpec) -> Vec<RefusalSpec> {
    let name = parameter.name;
    let missing = match (parameter.required, parameter.required_at_times, parameter.may_be_incomplete) {
        (true, ..) => Some(format!("`{name}` is absent or empty")),
        (_, true, _) => Some(format!("`{name}` is absent or empty, and this call needs it")),
        (_, _, true) => Some(format!("an entry of `{name}` has no key")),
        _ => None,
    };
    let mistyped = (parameter.kind != Kind::String).then(|| format!("`{name}` is not of its type"));
    let missing = missing.map(|when| RefusalSpec::bad_request(Code::Missing(name), when));
    let mistyped = mistyped.map(|when| RefusalSpec::bad_request(Code::Invalid(name), when));
    missing.into_iter().chain(mistyped).collect()
}

fn of_rules<'p>(
    product: &'p Product,
    parameter: &'p ParameterSpec,
) -> impl Iterator<Item = RefusalSpec> + 'p {
    let codes = parameter.breaches.iter().map(|breach| (product.malformed)(parameter.name, *breach));
    codes.map(|code| {
        RefusalSpec::bad_request(Code::Fixed(code), "a value is not allowed; the message says which")
    })
}

/// The words for what an action was refused with. It must have said of itself that it can be: its page is made from that.
pub(crate) fn in_words(product: &Product, handler: &dyn Handler, refused: Refused) -> Refusal {
    let refusal = (product.refusal)(refused);
    debug_assert!(
        is_told(product, handler, &refusal),
        "{} does not tell of {refusal:?}",
        handler.facts().name
    );
    refusal
}

/// Whether an action tells of an answer. What is wrong with the server is no action's to tell.
fn is_told(product: &Product, handler: &dyn Handler, refusal: &Refusal) -> bool {
    let answer = (refusal.status.as_u16(), refusal.code.to_string());
    let mut told = handler.describe(product).refusals.into_iter();
    refusal.status.is_server_error() || told.any(|told| (told.status, told.code) == answer)
}
