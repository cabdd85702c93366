//! The tests that need other people's codecs or the whole table, in one binary because those codecs are
//! slow to build.

#![allow(missing_docs, clippy::unwrap_used, clippy::cast_possible_truncation)]

mod batches;
mod differential;
mod golden;
mod hostile;
