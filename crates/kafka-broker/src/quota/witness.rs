//! Who writes down what administrators change of quotas: not the broker.

use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;

/// Writes down changes of client quotas.
pub trait QuotaWitness: fmt::Debug + Send + Sync {
    /// Notes how far a change has come; durable when it is ready. One that cannot be noted when it is asked for is not
    /// made; the error is for the log.
    fn quotas_noted<'a>(&'a self, cluster: &'a str, stage: QuotaStage, note: &'a QuotaNote) -> Noted<'a>;
}

/// What a witness will answer.
pub type Noted<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// How far a change has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaStage {
    /// It is in order, and will be tried.
    Asked,
    /// It is durable and in force.
    Made,
    /// It was not made.
    Failed,
}

/// A change of client quotas, all of which are made or none.
#[derive(Clone, Debug, PartialEq)]
pub struct QuotaNote {
    /// From where it was asked for.
    pub by: SocketAddr,
    /// By which user; `ANONYMOUS` where nobody logs in.
    pub user: String,
    /// The entities with other quotas.
    pub edits: Vec<QuotaEdit>,
}

/// Other quotas of one entity.
#[derive(Clone, Debug, PartialEq)]
pub struct QuotaEdit {
    /// Its parts, each a type and a name; none for each that has no quotas of its own.
    pub entity: Vec<(&'static str, Option<String>)>,
    /// Quotas by their key; none for one that is removed.
    pub values: Vec<(&'static str, Option<f64>)>,
}
