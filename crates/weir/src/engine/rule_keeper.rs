//! The control plane as the broker's keeper of access rules: administrators who come through Kafka change the same rules
//! as the API does.

use std::collections::HashSet;

use control::fault::Capacity;
use control::ids::InstanceId;
use control::rule::RulesAdminister;
use control::{Control, Fault};
use kafka_broker::{AccessRule, KeeperError, Kept, RuleChange, RuleKeeper};

use super::rules::{access_rule, access_rules, rule};

/// Keeps the rules of every instance.
#[derive(Debug)]
pub(crate) struct ControlRules(pub(crate) Control);

impl RuleKeeper for ControlRules {
    fn rules<'a>(&'a self, cluster: &'a str) -> Kept<'a, Vec<AccessRule>> {
        Box::pin(async move {
            let rules = self.0.rules_everywhere(&InstanceId::new(cluster)).await;
            Ok(access_rules(&rules.map_err(|fault| unkept(&fault))?))
        })
    }

    fn rules_change<'a>(&'a self, cluster: &'a str, change: RuleChange) -> Kept<'a, ()> {
        let control = self.0.clone();
        let instance = InstanceId::new(cluster);
        // It goes on when whoever asked for it goes away.
        let changing = tokio::spawn(async move {
            let there = control.rules_everywhere(&instance).await?;
            let known: HashSet<AccessRule> = there.iter().map(access_rule).collect();
            let withdraw: HashSet<AccessRule> = change.withdraw.into_iter().collect();
            let administer = RulesAdminister {
                instance,
                address: change.by.to_string(),
                // A rule about the cluster may be there under a name of its owner's.
                grant: change.grant.iter().filter(|wanted| !known.contains(wanted)).map(rule).collect(),
                withdraw: there.into_iter().filter(|rule| withdraw.contains(&access_rule(rule))).collect(),
            };
            match (administer.grant.is_empty(), administer.withdraw.is_empty()) {
                (true, true) => Ok(()),
                _ => control.rules_administer(administer).await.map(control::Committed::into_inner),
            }
        });
        Box::pin(async move {
            let changed = changing.await.map_err(|ended| KeeperError::Unavailable(ended.to_string()))?;
            changed.map_err(|fault| unkept(&fault))
        })
    }
}

fn unkept(fault: &Fault) -> KeeperError {
    match fault {
        Fault::Capacity(Capacity::Rules { limit }) => KeeperError::Full(*limit),
        fault => {
            tracing::warn!(?fault, "access rules are not told, or not changed, through Kafka");
            KeeperError::Unavailable("access rules cannot be told or changed now".into())
        }
    }
}
