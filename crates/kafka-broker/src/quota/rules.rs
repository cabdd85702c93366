//! Which quota a client is held to, and with whom it shares it.

use std::net::IpAddr;
use std::sync::Arc;

use hashbrown::HashMap;

use super::meters::Sharer;
use crate::meta::{EntityName, QuotaEntity, QuotaKey, QuotaTable};

/// All quotas of a cluster, to be looked up by client.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// By number of the key.
    clients: [ClientRules; QuotaKey::ALL.len()],
    addresses: HashMap<IpAddr, f64>,
    address_default: Option<f64>,
}

/// Quotas of one key.
#[derive(Debug, Default)]
struct ClientRules {
    users: HashMap<Arc<str>, UserRules>,
    user_default: UserRules,
    clients: HashMap<Arc<str>, f64>,
    client_default: Option<f64>,
}

/// Those of one user, or of each without any.
#[derive(Debug, Default)]
struct UserRules {
    clients: HashMap<Arc<str>, f64>,
    client_default: Option<f64>,
    own: Option<f64>,
}

/// What a client is held to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rule<'a> {
    pub(super) quota: f64,
    pub(super) sharer: Sharer<'a>,
}

impl Rules {
    pub(super) fn new(table: &QuotaTable) -> Self {
        let mut rules = Self::default();
        for (entity, values) in table {
            for (key, value) in values {
                rules.put(entity, *key, value.get());
            }
        }
        rules
    }

    fn put(&mut self, entity: &QuotaEntity, key: QuotaKey, quota: f64) {
        let clients = &mut self.clients[key as usize];
        match (&entity.address, &entity.user, &entity.client_id) {
            (Some(EntityName::Default), _, _) => self.address_default = Some(quota),
            (Some(EntityName::Named(address)), _, _) => {
                if let Ok(address) = address.parse() {
                    self.addresses.insert(address, quota);
                }
            }
            (None, Some(user), client_id) => {
                let user = match user {
                    EntityName::Default => &mut clients.user_default,
                    EntityName::Named(name) => clients.users.entry(name.clone()).or_default(),
                };
                match client_id {
                    None => user.own = Some(quota),
                    Some(EntityName::Default) => user.client_default = Some(quota),
                    Some(EntityName::Named(client)) => drop(user.clients.insert(client.clone(), quota)),
                }
            }
            (None, None, Some(EntityName::Default)) => clients.client_default = Some(quota),
            (None, None, Some(EntityName::Named(client))) => {
                clients.clients.insert(client.clone(), quota);
            }
            (None, None, None) => {}
        }
    }

    /// What a client of a user is held to: the first of (user, client), (user, default client), user, (default user,
    /// client), (default user, default client), default user, client, default client. Whoever is meant by the same
    /// part of it shares.
    pub(super) fn find<'a>(&self, key: QuotaKey, user: &'a str, client_id: &'a str) -> Option<Rule<'a>> {
        let rules = &self.clients[key as usize];
        let of_user = rules.users.get(user).and_then(|of| of.find(user, client_id));
        let of_any = || rules.user_default.find(user, client_id);
        let of_client = || {
            let quota = rules.clients.get(client_id).copied().or(rules.client_default)?;
            Some(Rule { quota, sharer: Sharer { user: None, client_id: Some(client_id) } })
        };
        of_user.or_else(of_any).or_else(of_client)
    }

    /// What an address is held to.
    pub(super) fn of_address(&self, address: IpAddr) -> Option<f64> {
        self.addresses.get(&address).copied().or(self.address_default)
    }
}

impl UserRules {
    fn find<'a>(&self, user: &'a str, client_id: &'a str) -> Option<Rule<'a>> {
        let of_both = self.clients.get(client_id).copied().or(self.client_default);
        let both = |quota| Rule { quota, sharer: Sharer { user: Some(user), client_id: Some(client_id) } };
        let own = |quota| Rule { quota, sharer: Sharer { user: Some(user), client_id: None } };
        of_both.map(both).or(self.own.map(own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::{QuotaValue, QuotaValues};

    const KEY: QuotaKey = QuotaKey::ConsumerByteRate;

    fn name(text: &str) -> Option<EntityName> {
        match text {
            "" => None,
            "*" => Some(EntityName::Default),
            name => Some(EntityName::Named(name.into())),
        }
    }

    fn values(quota: f64) -> QuotaValues {
        QuotaValues::from([(KEY, QuotaValue::new(quota).unwrap())])
    }

    /// Quotas 1, 2, 3 … of these users and clients; `*` is the default, nothing none.
    fn rules(entities: &[(&str, &str)]) -> Rules {
        let entity =
            |(user, client)| QuotaEntity { user: name(user), client_id: name(client), address: None };
        let quotas = (1_i32..).map(|quota| values(quota.into()));
        Rules::new(&entities.iter().copied().map(entity).zip(quotas).collect())
    }

    /// From the one that counts first to the one that counts last.
    const ORDER: [(&str, &str); 8] =
        [("u", "c"), ("u", "*"), ("u", ""), ("*", "c"), ("*", "*"), ("*", ""), ("", "c"), ("", "*")];

    #[test]
    fn the_first_that_there_is_counts() {
        for first in 0..ORDER.len() {
            let found = rules(&ORDER[first..]).find(KEY, "u", "c").unwrap();
            assert_eq!(found.quota.to_bits(), 1_f64.to_bits(), "{:?}", ORDER[first]);
            let (user, client) = ORDER[first];
            // Each user has the default's own, and so has each client.
            let sharer = Sharer {
                user: (!user.is_empty()).then_some("u"),
                client_id: (!client.is_empty()).then_some("c"),
            };
            assert_eq!(found.sharer, sharer, "{:?}", ORDER[first]);
        }
        assert_eq!(rules(&[("v", "c"), ("u", "d"), ("", "d")]).find(KEY, "u", "c"), None);
        assert_eq!(rules(&ORDER).find(QuotaKey::ProducerByteRate, "u", "c"), None);
    }

    #[test]
    fn a_user_with_quotas_for_other_clients_alone_has_the_defaults() {
        let found = rules(&[("u", "d"), ("*", "")]).find(KEY, "u", "c").unwrap();
        assert_eq!((found.quota.to_bits(), found.sharer.user), (2_f64.to_bits(), Some("u")));
    }

    #[test]
    fn addresses_have_their_own_or_the_default() {
        let at = |address: &str| QuotaEntity { address: name(address), ..QuotaEntity::default() };
        let table = QuotaTable::from([(at("*"), values(5.0)), (at("10.0.0.1"), values(7.0))]);
        let of = |rules: &Rules, address: &str| rules.of_address(address.parse().unwrap());
        let rules = Rules::new(&table);
        assert_eq!((of(&rules, "10.0.0.1"), of(&rules, "::1")), (Some(7.0), Some(5.0)));
        assert_eq!(of(&Rules::default(), "10.0.0.1"), None);
    }
}
