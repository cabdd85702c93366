//! What Weir asks of the machine it runs on, each behind a seam so that a test can hold it:
//! time ([`clock`]), randomness ([`random`]), files ([`disk`]), and memory for secrets ([`secret`]). Its sockets are
//! shared fairly among those who connect ([`peers`]). Files of a folder can be sealed ([`disk::sealed`]).
//! On the files stand group commit ([`commit`]), waiting for it ([`watermark`]), and a crash-safe journal
//! of small records ([`journal`]).
//!
//! # Invariants
//!
//! - Nothing above this crate reads a clock, asks for randomness or touches a file in any other way.
//! - Every call that makes something durable says so in its name (`sync_…`) or its documentation.
//! - No dependency on any other crate of the workspace.

pub mod clock;
pub mod commit;
pub mod disk;
pub mod journal;
pub mod peers;
pub mod random;
pub mod secret;
pub mod watermark;
