//! Who goes over a quota is answered at once, told to hold back, and not read from until it has.

use std::num::NonZeroU64;
use std::sync::Arc;

use kafka_broker::{ClusterBounds, Noted, QuotaNote, QuotaStage, QuotaWitness, ThrottleKind, TrafficLimits};
use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    AlterClientQuotasRequest, AlterClientQuotasRequestEntity, AlterClientQuotasRequestEntry,
    AlterClientQuotasRequestOperation, DescribeClientQuotasRequest, DescribeClientQuotasRequestComponent,
};
use machine::clock::Clock;
use parking_lot::Mutex;

use crate::harness::{Wire, World};

fn entry<'a>(
    parts: &[(&'a str, Option<&'a str>)],
    ops: &[(&'a str, Option<f64>)],
) -> AlterClientQuotasRequestEntry<'a> {
    let part = |&(entity_type, entity_name)| AlterClientQuotasRequestEntity { entity_type, entity_name };
    let op = |&(key, value): &(&'a str, Option<f64>)| AlterClientQuotasRequestOperation {
        key,
        value: value.unwrap_or_default(),
        remove: value.is_none(),
    };
    AlterClientQuotasRequestEntry {
        entity: parts.iter().map(part).collect(),
        ops: ops.iter().map(op).collect(),
    }
}

async fn alter(wire: &mut Wire, entries: Vec<AlterClientQuotasRequestEntry<'_>>) -> Vec<ErrorCode> {
    let answer = wire.ask(1, &AlterClientQuotasRequest { entries, validate_only: false }).await;
    answer.read().entries.iter().map(|entry| entry.error_code).collect()
}

/// What is told of these components: the values' keys and numbers.
async fn described(
    wire: &mut Wire,
    components: &[(&str, i8, Option<&str>)],
    strict: bool,
) -> Result<Vec<(String, f64)>, ErrorCode> {
    let component = |&(entity_type, match_type, match_value)| DescribeClientQuotasRequestComponent {
        entity_type,
        match_type,
        match_value,
    };
    let components = components.iter().map(component).collect();
    let answer = wire.ask(1, &DescribeClientQuotasRequest { components, strict }).await;
    let response = answer.read();
    match response.error_code {
        ErrorCode::NONE => {
            let values = response.entries.unwrap().into_iter().flat_map(|entry| entry.values);
            Ok(values.map(|value| (value.key.into_owned(), value.value)).collect())
        }
        code => Err(code),
    }
}

#[tokio::test]
async fn quotas_are_set_told_removed_and_outlive_a_restart() {
    let mut world = World::start().await;
    let mut wire = world.wire().await;
    let done = alter(
        &mut wire,
        vec![
            entry(&[("user", Some("u"))], &[("producer_byte_rate", Some(1_000.0))]),
            entry(&[("user", Some("u")), ("client-id", None)], &[("request_percentage", Some(12.5))]),
            entry(&[("ip", Some("10.0.0.1"))], &[("connection_creation_rate", Some(5.0))]),
        ],
    )
    .await;
    assert_eq!(done, [ErrorCode::NONE; 3]);
    world.restart().await;
    let mut wire = world.wire().await;
    let user = ("user", 0, Some("u"));
    let (produce, request) =
        (("producer_byte_rate".to_owned(), 1_000.0), ("request_percentage".to_owned(), 12.5));
    assert_eq!(described(&mut wire, &[user], true).await.unwrap(), std::slice::from_ref(&produce));
    assert_eq!(described(&mut wire, &[user], false).await.unwrap(), [produce, request.clone()]);
    assert_eq!(described(&mut wire, &[("client-id", 1, None)], false).await.unwrap(), [request]);
    assert_eq!(described(&mut wire, &[("user", 2, None)], true).await.unwrap().len(), 1);
    assert_eq!(described(&mut wire, &[], false).await.unwrap().len(), 3);
    assert_eq!(described(&mut wire, &[], true).await.unwrap(), []);
    let removed =
        alter(&mut wire, vec![entry(&[("user", Some("u"))], &[("producer_byte_rate", None)])]).await;
    assert_eq!(removed, [ErrorCode::NONE]);
    assert_eq!(described(&mut wire, &[user], true).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_no_quota_is_refused() {
    let world = World::start().await;
    let mut wire = world.wire().await;
    let rate = [("producer_byte_rate", Some(1.0))];
    for (parts, ops) in [
        (&[][..], &rate[..]),
        (&[("group", Some("g"))], &rate),
        (&[("user", Some(""))], &rate),
        (&[("user", Some("u")), ("user", Some("v"))], &rate),
        (&[("user", Some("u")), ("ip", None)], &rate),
        (&[("ip", None)], &rate),
        (&[("ip", Some("nowhere"))], &[("connection_creation_rate", Some(1.0))]),
        (&[("user", None)], &[("connection_creation_rate", Some(1.0))]),
        (&[("user", None)], &[("no_such", Some(1.0))]),
        (&[("user", None)], &[("producer_byte_rate", Some(-1.0))]),
        (&[("user", None)], &[("producer_byte_rate", Some(0.0))]),
        (&[("user", None)], &[("producer_byte_rate", Some(1.5))]),
        (&[("user", None)], &[("producer_byte_rate", Some(f64::NAN))]),
    ] {
        assert_eq!(
            alter(&mut wire, vec![entry(parts, ops)]).await,
            [ErrorCode::INVALID_REQUEST],
            "{parts:?} {ops:?}"
        );
    }
    let twice = || entry(&[("user", None)], &rate);
    assert_eq!(alter(&mut wire, vec![twice(), twice()]).await, [ErrorCode::INVALID_REQUEST; 2]);
    for (component, code) in [
        (("group", 2, None), ErrorCode::UNSUPPORTED_VERSION),
        (("user", 0, None), ErrorCode::INVALID_REQUEST),
        (("user", 1, Some("u")), ErrorCode::INVALID_REQUEST),
        (("user", 3, None), ErrorCode::INVALID_REQUEST),
    ] {
        assert_eq!(described(&mut wire, &[component], false).await, Err(code), "{component:?}");
    }
    assert_eq!(described(&mut wire, &[], false).await.unwrap(), []);
}

#[tokio::test]
async fn who_sends_too_much_is_answered_at_once_and_then_not_read_from() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let limits = TrafficLimits { produce: NonZeroU64::new(10), ..TrafficLimits::default() };
    world.cluster.bound(ClusterBounds { traffic: limits, ..ClusterBounds::default() });
    let mut wire = world.wire().await;
    let batch = crate::harness::batch(&[&"0123456789".repeat(10)]);
    let answer = wire.ask(9, &topic.produce(1, 0, Some(&batch))).await;
    let throttle = u64::try_from(answer.read().throttle_time_ms).unwrap();
    assert!(throttle > 1_000, "{throttle}");
    let clock = Clock::system();
    let begun = clock.elapsed();
    described(&mut wire, &[], false).await.unwrap();
    let held = u64::try_from((clock.elapsed() - begun).as_millis()).unwrap();
    assert!(held + 500 >= throttle, "read after {held} ms of {throttle}");
    let counted = world.cluster.throttles()[ThrottleKind::Produce as usize].1;
    assert_eq!((counted.count, counted.time.as_millis()), (1, throttle.into()));
}

/// Keeps what it is told, and cannot note changes of one entity.
#[derive(Debug, Default)]
struct Notes(Mutex<Vec<(QuotaStage, QuotaNote)>>);

impl QuotaWitness for Notes {
    fn quotas_noted<'a>(&'a self, _: &'a str, stage: QuotaStage, note: &'a QuotaNote) -> Noted<'a> {
        Box::pin(async move {
            self.0.lock().push((stage, note.clone()));
            match note.edits[0].entity[0].1.as_deref() {
                Some("unnoted") => Err("the disk is full".into()),
                _ => Ok(()),
            }
        })
    }
}

#[tokio::test]
async fn a_change_is_noted_before_it_is_made_or_is_not_made() {
    let world = World::start().await;
    let notes = Arc::new(Notes::default());
    world.broker.quotas_witnessed_by(Some(notes.clone()));
    let mut wire = world.wire().await;
    let rate = [("producer_byte_rate", Some(1_000.0)), ("request_percentage", None)];
    let wrong = entry(&[("user", None)], &[("producer_byte_rate", Some(-1.0))]);
    let done = alter(&mut wire, vec![entry(&[("user", Some("u")), ("client-id", None)], &rate), wrong]).await;
    assert_eq!(done, [ErrorCode::NONE, ErrorCode::INVALID_REQUEST]);
    let noted = std::mem::take(&mut *notes.0.lock());
    assert_eq!(
        noted.iter().map(|(stage, _)| *stage).collect::<Vec<_>>(),
        [QuotaStage::Asked, QuotaStage::Made]
    );
    for (_, note) in noted {
        assert_eq!((note.by, note.user.as_str()), (wire.address(), "ANONYMOUS"));
        assert_eq!(note.edits.len(), 1, "what is refused is no change");
        assert_eq!(note.edits[0].entity, [("user", Some("u".to_owned())), ("client-id", None)]);
        assert_eq!(note.edits[0].values, rate);
    }
    let refused = alter(&mut wire, vec![entry(&[("user", Some("unnoted"))], &rate)]).await;
    assert_eq!(refused, [ErrorCode::UNKNOWN_SERVER_ERROR]);
    assert_eq!(described(&mut wire, &[("user", 0, Some("unnoted"))], false).await.unwrap(), []);
    assert_eq!(notes.0.lock().len(), 1);
    // Nobody is told of what was only looked at.
    let entries = vec![entry(&[("user", Some("u"))], &rate)];
    wire.ask(1, &AlterClientQuotasRequest { entries, validate_only: true }).await;
    assert_eq!(notes.0.lock().len(), 1);
}
