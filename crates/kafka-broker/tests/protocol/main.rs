//! The broker as clients meet it: a real broker on a temporary folder, and bytes over TCP. One binary, a module for
//! each subject; each test has a world of its own.

#![allow(missing_docs, clippy::unwrap_used)]

mod admin;
mod admin_offsets;
mod admin_partitions;
mod admin_rules;
mod admin_settings;
mod allowed;
mod attacks;
mod bypasses;
mod clusters;
mod configure;
mod consumer_groups;
mod disk_limit;
mod fetch;
mod fetch_sessions;
mod figures;
mod forged;
mod forwarded;
mod frames;
mod groups;
mod harness;
mod idempotence;
mod login;
mod messages;
mod metadata;
mod offset_ids;
mod offsets;
mod places;
mod produce;
mod quotas;
mod renewal;
mod secured;
mod slow;
mod topic_changes;
mod transactions;
mod walk;
