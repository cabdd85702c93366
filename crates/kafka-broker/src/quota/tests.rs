use std::num::NonZeroU64;

use super::*;
use crate::meta::{EntityName, QuotaEntity, QuotaValue, QuotaValues};

const CLIENT: Client<'static> = Client { user: "ANONYMOUS", client_id: "client", is_public: false };
const PUBLIC: Client<'static> = Client { is_public: true, ..CLIENT };

fn at(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn limit(bytes: u64) -> Option<NonZeroU64> {
    NonZeroU64::new(bytes)
}

/// Quotas of every client, each by its own.
fn of_clients(values: &[(QuotaKey, f64)]) -> QuotaTable {
    let entity = QuotaEntity { client_id: Some(EntityName::Default), ..QuotaEntity::default() };
    let values = values.iter().map(|(key, value)| (*key, QuotaValue::new(*value).unwrap()));
    QuotaTable::from([(entity, values.collect::<QuotaValues>())])
}

#[test]
fn where_nothing_is_bounded_nobody_waits() {
    let quotas = Quotas::default();
    assert_eq!(quotas.produce(PUBLIC, u64::MAX, at(0)), at(0));
    let given = FetchCharge { throttle: at(0), is_given: true };
    assert_eq!(quotas.fetch(PUBLIC, u64::MAX, at(0), at(0)), given);
    assert_eq!(quotas.request(PUBLIC, Duration::MAX, at(0)), at(0));
    assert_eq!(quotas.mutate(PUBLIC, u32::MAX, true, at(0)), Ok(at(0)));
    assert_eq!(quotas.fetch_bytes_max(PUBLIC), u64::MAX);
    assert!(quotas.connect("10.0.0.1".parse().unwrap(), at(0)));
}

#[test]
fn a_cluster_has_its_limit_each_way_and_the_public_one_besides() {
    let limits = TrafficLimits { produce: limit(1_000), fetch: limit(500), public: limit(100) };
    let quotas = Quotas::new(limits, &QuotaTable::new());
    assert_eq!(quotas.produce(CLIENT, 200, at(0)), at(0));
    assert_eq!(quotas.produce(PUBLIC, 125, at(0)), at(1_000));
    assert_eq!(quotas.produce(CLIENT, 25, at(0)), at(100), "all count, whichever way they came in");
    assert_eq!((quotas.fetch_bytes_max(CLIENT), quotas.fetch_bytes_max(PUBLIC)), (125, 25));
    // The other direction is untouched.
    assert!(quotas.fetch(CLIENT, 125, at(0), at(0)).is_given);
    // What was bought is raised, and what they owe is paid off sooner.
    quotas.bound(TrafficLimits { produce: limit(2_000), ..limits });
    assert_eq!(quotas.produce(CLIENT, 0, at(0)), at(50));
}

#[test]
fn who_comes_under_several_waits_for_the_longest() {
    let limits = TrafficLimits { produce: limit(10_000), ..TrafficLimits::default() };
    let quotas = Quotas::new(limits, &of_clients(&[(QuotaKey::ProducerByteRate, 500.0)]));
    assert_eq!(quotas.produce(CLIENT, 6_000, at(0)), at(2_000));
    let other = Client { client_id: "other", ..CLIENT };
    assert_eq!(quotas.produce(other, 4_500, at(0)), at(800));
}

#[test]
fn a_fetch_that_goes_over_a_quota_is_withheld_and_not_charged() {
    let limits = TrafficLimits { fetch: limit(10_000), ..TrafficLimits::default() };
    let quotas = Quotas::new(limits, &of_clients(&[(QuotaKey::ConsumerByteRate, 200.0)]));
    assert_eq!(quotas.fetch_bytes_max(CLIENT), 2_000);
    assert!(quotas.fetch(CLIENT, 1_500, at(0), at(0)).is_given);
    let withheld = FetchCharge { throttle: at(2_500), is_given: false };
    assert_eq!(quotas.fetch(CLIENT, 1_000, at(0), at(0)), withheld);
    assert_eq!(quotas.fetch(CLIENT, 1_000, at(0), at(0)), withheld, "it was charged neither here nor to all");
    assert!(quotas.fetch(CLIENT, 500, at(0), at(0)).is_given);
    // One that has to wait for another reason is withheld as well.
    let other = Client { client_id: "other", ..CLIENT };
    let withheld = FetchCharge { throttle: at(70), is_given: false };
    assert_eq!(quotas.fetch(other, 1_000, at(70), at(0)), withheld);
    assert!(quotas.fetch(other, 2_000, at(0), at(0)).is_given);
    // Of what all may read at once, 500 were left.
    let third = Client { client_id: "third", ..CLIENT };
    let withheld = FetchCharge { throttle: at(150), is_given: false };
    assert_eq!(quotas.fetch(third, 1_500, at(0), at(0)), withheld);
}

#[test]
fn a_fetch_that_no_wait_would_make_fit_is_given_when_the_window_is_empty() {
    let quotas = Quotas::new(TrafficLimits::default(), &of_clients(&[(QuotaKey::ConsumerByteRate, 10.0)]));
    let large = FetchCharge { throttle: at(10_000), is_given: true };
    assert_eq!(quotas.fetch(CLIENT, 1_000, at(0), at(0)), large);
    assert!(!quotas.fetch(CLIENT, 1_000, at(0), at(10_500)).is_given);
    assert_eq!(quotas.fetch(CLIENT, 1_000, at(0), at(11_000)), large);
}

#[test]
fn a_percentage_is_of_one_threads_time() {
    let quotas = Quotas::new(TrafficLimits::default(), &of_clients(&[(QuotaKey::RequestPercentage, 5.0)]));
    assert_eq!(quotas.request(CLIENT, at(500), at(0)), at(0));
    assert_eq!(quotas.request(CLIENT, at(50), at(0)), at(1_000));
}

#[test]
fn the_strict_are_refused_while_they_owe_and_others_wait() {
    let quotas =
        Quotas::new(TrafficLimits::default(), &of_clients(&[(QuotaKey::ControllerMutationRate, 1.0)]));
    assert_eq!(quotas.mutate(CLIENT, 12, true, at(0)), Ok(at(0)), "the first that goes over is done");
    assert_eq!(quotas.mutate(CLIENT, 1, true, at(0)), Err(at(1_000)));
    assert_eq!(quotas.mutate(CLIENT, 1, false, at(0)), Ok(at(2_000)));
    assert_eq!(quotas.mutate(CLIENT, 1, true, at(2_000)), Ok(at(0)));
}

#[test]
fn an_address_connects_as_often_as_it_may() {
    let entity =
        |name: &str| QuotaEntity { address: Some(EntityName::Named(name.into())), ..QuotaEntity::default() };
    let values =
        |rate| QuotaValues::from([(QuotaKey::ConnectionCreationRate, QuotaValue::new(rate).unwrap())]);
    let table = QuotaTable::from([(entity("10.0.0.1"), values(1.0)), (entity("10.0.0.2"), values(0.01))]);
    let quotas = Quotas::new(TrafficLimits::default(), &table);
    let (address, slow) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
    assert_eq!((0..20).filter(|_| quotas.connect(address, at(0))).count(), 10);
    assert_eq!((0..20).filter(|_| quotas.connect(address, at(11_000))).count(), 10);
    assert!(quotas.connect("10.0.0.3".parse().unwrap(), at(0)));
    // However low, once in a while it may.
    assert!(
        quotas.connect(slow, at(0)) && !quotas.connect(slow, at(5_000)) && quotas.connect(slow, at(11_000))
    );
}

#[test]
fn quotas_are_in_force_at_once() {
    let quotas = Quotas::default();
    quotas.replace(&of_clients(&[(QuotaKey::ProducerByteRate, 100.0)]));
    assert_eq!(quotas.produce(CLIENT, 1_100, at(0)), at(1_000));
    quotas.replace(&of_clients(&[(QuotaKey::ProducerByteRate, 200.0)]));
    assert_eq!(quotas.produce(CLIENT, 100, at(0)), at(0), "what has gone by counts under the new one");
    quotas.replace(&QuotaTable::new());
    assert_eq!(quotas.produce(CLIENT, 1 << 30, at(0)), at(0));
}
