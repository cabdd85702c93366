//! How the clouds' clients sign requests, one file per scheme.
//!
//! Every scheme offers the same steps as plain functions, so that a server, a client and a person with a
//! question take the same path: canonicalise, make the string to sign, sign, verify. A failed verification
//! gives a [`Mismatch`] with the server's own string, and [`explain`] names the mistake if it is a usual one.
//!
//! # Invariants
//!
//! - Pure: no I/O, no clock, no randomness. Time and nonces are parameters like any other.
//! - Decoded values only. Clients write one value in several encodings; the canonical form is made here.
//! - Signatures are compared in constant time, as the text that was received: a second spelling of the same
//!   bytes is another signature.
//! - No HTTP types and no error codes: what a refusal is called is the dialect's business.

pub mod aliyun_acs3;
pub mod aliyun_rpc;
pub mod bce_v1;
pub mod explain;
pub mod percent;
pub mod tencent_hmac;
pub mod tencent_tc3;

mod compare;
mod hex;
mod time;

pub use compare::Mismatch;
