//! The control plane from outside: real SQLite files, an engine in memory.

#![allow(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    unreachable_pub,
    reason = "a test states what it expects, and this crate has no outside"
)]

mod accounts;
mod audit;
mod crashes;
mod groups;
mod instances;
mod lists;
mod reconcile;
mod restart;
mod store;
mod tenancy;
mod topics;
mod world;
