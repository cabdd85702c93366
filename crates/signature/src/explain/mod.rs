//! Names the mistake behind a signature that was refused.
//!
//! Nothing is guessed from appearances where it can be proven: a mistake is planted into the server's own
//! computation, and named when the signature that comes out is the one that was received. So a name is never
//! wrong, and a stranger learns nothing: whoever can make such a signature knows the secret. What shows without
//! the secret (a time in another format, a digest of another body) is named beside it.
//!
//! # Invariants
//!
//! - A right request has no mistakes.
//! - No value of the request, no signature and no secret is part of an explanation.
//! - The work is bounded: requests over [`BYTES_MAX`] are not explained.

pub mod aliyun_acs3;
pub mod aliyun_rpc;
pub mod bce_v1;
pub mod tencent_hmac;
pub mod tencent_tc3;

mod coder;
mod mistake;
mod search;
mod spelling;

pub use mistake::Mistake;

/// Longest request that is explained, in bytes of names, values and body together. An explanation signs the
/// request some hundred times; a stranger must not be able to order much of that.
pub const BYTES_MAX: usize = 4 * 1024;

/// The mistakes as sentences, for a reply or a page.
pub fn sentences(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
