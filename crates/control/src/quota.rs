//! What users and clients of an instance are held to: kept and enforced by the engine, whose administrators set it.

use serde_json::Value;

use crate::ids::InstanceId;

/// How far a change of quotas has come, for the audit record.
#[derive(Clone, Debug)]
pub struct QuotasNote {
    /// Of which instance, whosever it is: the engine knows whom it has let in.
    pub instance: InstanceId,
    /// Where the administrator is connected from, in text.
    pub address: String,
    /// How far it has come.
    pub stage: QuotaStage,
    /// Who changes what; never anything secret.
    pub details: Value,
}

/// How far a change has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaStage {
    /// It will be tried.
    Asked,
    /// It is in force.
    Made,
    /// It was not made.
    Failed,
}
