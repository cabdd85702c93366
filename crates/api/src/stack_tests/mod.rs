//! The whole path, from a request to its reply, on a real control plane with an engine in memory.

mod golden;
mod life;
mod refusals;
mod resilience;
mod rules;
mod vectors;
mod walk;
pub(crate) mod world;
