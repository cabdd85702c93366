//! Whether the server lives and is ready, for load balancers and people.

use serde::Serialize;

/// Knows the parts that a request needs. The binary has them, so the binary implements this.
pub trait Health: Send + Sync {
    /// Each part and how it is, without waiting for anything.
    fn parts(&self) -> Vec<Part>;
}

/// One part of the server.
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    /// What it is: `store`, `disk`, `brokers`.
    pub name: &'static str,
    /// Whether requests that need it can be answered.
    pub ok: bool,
    /// What is wrong or worth knowing, in a sentence; no secrets, anybody can read it.
    pub detail: String,
}

/// The body of `/readyz`.
#[derive(Serialize)]
pub(crate) struct Readiness {
    pub(crate) ready: bool,
    /// Whether the server is finishing what it has begun and takes nothing new.
    pub(crate) draining: bool,
    pub(crate) parts: Vec<Part>,
}

impl Readiness {
    pub(crate) fn of(health: &dyn Health, draining: bool) -> Self {
        let parts = health.parts();
        Self { ready: !draining && parts.iter().all(|part| part.ok), draining, parts }
    }
}
