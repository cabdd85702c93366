//! Clusters, as far as the control plane can tell them from real ones.

use async_trait::async_trait;

use super::FakeEngine;
use crate::allowed::AllowedBlocks;
use crate::client::{ClientSubject, SeenClients};
use crate::engine::{ClusterAccess, ClusterSpec, Clusters, DiskKey, EngineError};
use crate::ids::InstanceId;
use crate::instance::{Access, Endpoint, Limits};
use crate::rule::{Rule, RuleAnswer, RuleBecause, RulePermission, RuleQuestion};

#[async_trait]
impl Clusters for FakeEngine {
    async fn cluster_open(
        &self,
        spec: &ClusterSpec,
        access: &ClusterAccess,
    ) -> Result<Vec<Endpoint>, EngineError> {
        self.call("cluster_open", |state| {
            let port = Self::PORT_BASE + 10 * spec.slot;
            let holder = state.clusters.iter().find(|(_, cluster)| cluster.slot == Some(spec.slot));
            let foreign = state.foreign_ports.range(port..port + 4).next().copied();
            match (holder, foreign) {
                (Some((id, _)), _) if *id != spec.id => return Err(EngineError::PortInUse(port)),
                (None, Some(foreign)) => return Err(EngineError::PortInUse(foreign)),
                _ => {}
            }
            let cluster = state.clusters.entry(spec.id.clone()).or_default();
            // One that is open is left as it is.
            if cluster.slot.is_none() {
                cluster.settings = Some(spec.settings.clone());
            }
            cluster.slot = Some(spec.slot);
            cluster.access.clone_from(access);
            Ok(endpoints(spec))
        })
        .await
    }

    async fn cluster_configure(
        &self,
        spec: &ClusterSpec,
        allowed: &AllowedBlocks,
    ) -> Result<Vec<Endpoint>, EngineError> {
        self.call("cluster_configure", |state| {
            let cluster = state.open(&spec.id)?;
            cluster.settings = Some(spec.settings.clone());
            cluster.access.allowed.clone_from(allowed);
            Ok(endpoints(spec))
        })
        .await
    }

    async fn cluster_allow(&self, id: &InstanceId, allowed: &AllowedBlocks) -> Result<(), EngineError> {
        self.call("cluster_allow", |state| {
            state.open(id)?.access.allowed.clone_from(allowed);
            Ok(())
        })
        .await
    }

    async fn cluster_judge(&self, id: &InstanceId, rules: &[Rule]) -> Result<(), EngineError> {
        self.call("cluster_judge", |state| {
            state.open(id)?.access.rules = rules.to_vec();
            Ok(())
        })
        .await
    }

    /// Knows the rules of the user, and does not weigh them: the first one decides.
    async fn cluster_explain(
        &self,
        id: &InstanceId,
        question: &RuleQuestion,
    ) -> Result<RuleAnswer, EngineError> {
        self.call("cluster_explain", |state| {
            let cluster = state.open(id)?;
            if !cluster.settings.as_ref().is_some_and(|settings| settings.acl_enabled) {
                return Ok(RuleAnswer { permitted: true, because: RuleBecause::Unenforced });
            }
            let mut rules = cluster.access.rules.iter();
            Ok(match rules.find(|rule| rule.user.as_str() == question.user) {
                Some(rule) => RuleAnswer {
                    permitted: rule.permission == RulePermission::Allow,
                    because: RuleBecause::Rule(rule.clone()),
                },
                None => RuleAnswer { permitted: false, because: RuleBecause::NoRule },
            })
        })
        .await
    }

    async fn cluster_bound(&self, id: &InstanceId, limits: &Limits) -> Result<(), EngineError> {
        self.call("cluster_bound", |state| {
            state.open(id)?.access.limits = Some(*limits);
            Ok(())
        })
        .await
    }

    async fn cluster_seal(&self, id: &InstanceId, keys: &[DiskKey]) -> Result<(), EngineError> {
        self.call("cluster_seal", |state| {
            state.open(id)?.access.disk_keys = keys.to_vec();
            Ok(())
        })
        .await
    }

    async fn cluster_probe(&self, id: &InstanceId) -> Result<(), EngineError> {
        self.call("cluster_probe", |state| state.open(id).map(drop)).await
    }

    async fn clients_seen(
        &self,
        id: &InstanceId,
        subject: &ClientSubject,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<SeenClients>, EngineError> {
        self.call("clients_seen", |state| {
            let seen = state.open(id)?.clients.iter();
            let wanted =
                seen.filter(|(about, at_ms, _)| about == subject && (from_ms..=to_ms).contains(at_ms));
            Ok(wanted.map(|(_, _, clients)| clients.clone()).collect())
        })
        .await
    }

    async fn cluster_close(&self, id: &InstanceId) -> Result<(), EngineError> {
        self.call("cluster_close", |state| {
            if let Some(cluster) = state.clusters.get_mut(id) {
                cluster.slot = None;
                cluster.access = ClusterAccess::default();
            }
            Ok(())
        })
        .await
    }

    async fn cluster_erase(&self, id: &InstanceId) -> Result<(), EngineError> {
        self.call("cluster_erase", |state| {
            state.clusters.remove(id);
            Ok(())
        })
        .await
    }

    async fn cluster_list(&self) -> Result<Vec<InstanceId>, EngineError> {
        self.call("cluster_list", |state| Ok(state.clusters.keys().cloned().collect())).await
    }
}

fn endpoints(spec: &ClusterSpec) -> Vec<Endpoint> {
    let port = FakeEngine::PORT_BASE + 10 * spec.slot;
    let endpoint = |access, port: u16| Endpoint {
        access,
        address: format!("127.0.0.1:{port}"),
        domain: format!("localhost:{port}"),
    };
    let settings = &spec.settings;
    let ways = [
        (true, Access::Plain),
        (settings.public_tls_enabled, Access::PublicTls),
        (settings.acl_enabled, Access::PrivateLogin),
        (settings.acl_enabled && settings.private_tls_enabled, Access::PrivateTls),
    ];
    let offered = (port..).zip(ways).filter(|(_, (is_offered, _))| *is_offered);
    offered.map(|(port, (_, access))| endpoint(access, port)).collect()
}
