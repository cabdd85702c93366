//! Clients that make one mistake each, written out plainly, against the names that they are given.

#![allow(clippy::unwrap_used, reason = "a test file; the lint's own exception misses its helper functions")]

mod aliyun_acs3;
mod aliyun_rpc;
mod bce;
mod client;
mod tencent_hmac;
mod tencent_tc3;
