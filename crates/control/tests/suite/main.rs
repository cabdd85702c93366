//! The control plane from outside: real SQLite files, an engine in memory.

#![allow(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    unreachable_pub,
    reason = "a test states what it expects, and this crate has no outside"
)]

mod accounts;
mod allowed;
mod audit;
mod cipher_keys;
mod configure;
mod crashes;
mod disk_keys;
mod groups;
mod growth;
mod identities;
mod instances;
mod lists;
mod messages;
mod networks;
mod reconcile;
mod records;
mod resets;
mod resource_groups;
mod restart;
mod rules;
mod stopping;
mod store;
mod tagging;
mod tenancy;
mod topic_settings;
mod topics;
mod users;
mod world;
