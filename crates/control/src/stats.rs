//! Figures for health checks and metrics.

use crate::ids::InstanceId;
use crate::instance::InstanceState;

/// The control plane in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Instances of all accounts by state; states without any are left out.
    pub instances: Vec<(InstanceState, u64)>,
    /// Operations under way.
    pub operations_running: u64,
    /// Those among them whose present step has failed at least once.
    pub operations_failing: u64,
    /// Transactions committed since the start.
    pub commits: u64,
    /// Records of refused calls that were lost because they came too fast.
    pub refusals_dropped: u64,
    /// Whether the store takes changes; false after a commit without an answer, until a restart.
    pub store_writable: bool,
    /// Instances that should serve and do not yet, and why. Weir keeps trying.
    pub waiting: Vec<(InstanceId, String)>,
    /// Clusters in the engine without an instance. Reported, never touched.
    pub stray: Vec<InstanceId>,
}
