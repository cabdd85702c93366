//! The HTTP front: one ordered stack, one file per action.
//!
//! [`Front`] serves connections. Each request goes down the list in `stack.rs`; a dialect below `dialects/`
//! knows how its cloud writes requests and replies, and each action of a product is one file that everything
//! about the action is derived from.
//!
//! # Invariants
//!
//! - Handlers see only requests whose signature held (`Verified`), decoded once, into the one map that the
//!   verifier read too.
//! - Nothing from the wire takes memory before its length was checked.
//! - A change is answered with success only from a [`control::Committed`], and after the claim on the
//!   request's nonce is durable.
//! - No parameter value, body or string to sign is logged.

pub mod client;

mod dialects;
mod front;
mod health;
mod http;
mod metrics;
mod permission;
mod quote;
mod rate;
mod refusal;
mod replay;
mod request;
mod stack;

pub use dialects::aliyun::action::{ActionSpec, Effect, Envelope};
pub use dialects::aliyun::envelope::ListShape;
pub use dialects::aliyun::params::{Kind, ParameterSpec};
pub use dialects::aliyun::policies::LANGUAGE;
pub use dialects::aliyun::refusals::RefusalSpec;
pub use front::{Front, FrontConfig, Services};
pub use health::{Health, Part};
pub use rate::{ActionName, Rate, RateLimits};
pub use replay::ReplayGuard;

/// Every action that is offered, described for documentation and tests: product by product, sorted by name.
pub fn actions() -> Vec<ActionSpec> {
    let products = dialects::aliyun::PRODUCTS.iter();
    products.flat_map(|product| product.actions.iter().map(|action| action.describe(product))).collect()
}
