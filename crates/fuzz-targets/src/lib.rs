//! Every way in for bytes from outside, as a function of bytes.
//!
//! A [`Target`] takes any bytes at all and returns; it panics when what it drives crashes, hangs, takes more memory
//! than it may for the bytes it was given, or breaks a promise that can be checked on any input. Its seeds are what real
//! clients and a real log write.
//!
//! The tests of this crate feed each target its seeds and a bounded number of mutations of them ([`mutate`]), the same
//! ones each time. The workspace in `fuzz/` has libFuzzer drive the same functions for as long as one likes, led by
//! which branches are taken.
//!
//! Linking this crate replaces the process's allocator by one that counts: nothing that is shipped may.

mod archive;
mod connection;
mod consumers;
mod files;
mod headers;
mod journal;
mod log;
mod memory;
mod messages;
pub mod mutate;
mod payloads;
mod records;
mod sasl;
mod signatures;
mod stand;

use std::fs;
use std::path::Path;

/// One way in.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, also that of its file in `fuzz/targets/`.
    pub name: &'static str,
    /// Takes bytes in.
    pub feed: fn(&[u8]),
    /// Bytes that get far.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Mutations that a test has time for.
    pub mutations: usize,
}

/// All of them, by name.
pub static TARGETS: &[Target] = &[
    connection::TARGET,
    consumers::TARGET,
    headers::TARGET,
    journal::TARGET,
    log::TARGET,
    connection::LOGIN,
    messages::TARGET,
    payloads::TARGET,
    records::TARGET,
    sasl::TARGET,
    signatures::TARGET,
];

/// The target of this name.
///
/// # Panics
///
/// When there is none.
pub fn target(name: &str) -> Target {
    *TARGETS.iter().find(|target| target.name == name).expect("a target of that name")
}

/// What fuzzing has found in a target and what is mended since: fed to it for ever.
///
/// # Panics
///
/// When the files of this crate cannot be read.
pub fn regressions(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions").join(name);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("a folder can be listed").path());
    paths.map(|path| fs::read(path).expect("a regression can be read")).collect()
}
