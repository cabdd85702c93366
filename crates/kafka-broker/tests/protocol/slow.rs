//! Requests that take long are counted; those that only wait are not.

use std::pin::pin;
use std::time::Duration;

use kafka_broker::{ClusterSettings, Limits};
use kafka_wire::ErrorCode;
use kafka_wire::messages::{FetchRequest, MetadataRequest};
use machine::clock::Clock;

use crate::harness::{World, batch, soon};

const STEP: Duration = Duration::from_millis(100);
const SLOW: Duration = Duration::from_secs(1);
const WAIT_MS: i32 = 5_000;

#[tokio::test]
async fn every_request_that_takes_so_long_counts() {
    let limits = Limits { slow_request: Some(Duration::from_nanos(1)), ..Limits::default() };
    let world = World::with(ClusterSettings::default(), limits).await;
    let topic = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    let slow = || world.cluster.counters().slow_requests;
    assert_eq!(slow(), 0);
    assert_eq!(wire.produce(9, &topic, 0, &batch(&["a"])).await.error, ErrorCode::NONE);
    assert_eq!(slow(), 1);
    wire.ask(12, &MetadataRequest::default()).await;
    assert_eq!(slow(), 2);
    assert_eq!(wire.fetch(11, &topic.fetch(&[(0, 0)])).await[0].error, ErrorCode::NONE);
    assert_eq!(slow(), 3);
}

#[tokio::test]
async fn a_fetch_that_waits_for_records_is_not_slow() {
    let (clock, hand) = Clock::held(1_700_000_000_000);
    let limits = Limits { slow_request: Some(SLOW), ..Limits::default() };
    let world = World::at(clock, ClusterSettings::default(), limits).await;
    let topic = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    let request = FetchRequest { max_wait_ms: WAIT_MS, ..topic.fetch(&[(0, 0)]) };
    let mut fetched = pin!(wire.fetch(11, &request));
    let mut waited = Duration::ZERO;
    let records = soon(async {
        loop {
            tokio::select! {
                fetched = &mut fetched => return fetched,
                () = tokio::time::sleep(Duration::from_millis(2)) => hand.advance(STEP),
            }
            waited += STEP;
        }
    })
    .await;
    assert_eq!(records[0].records.len(), 0);
    assert!(waited >= Duration::from_millis(WAIT_MS.unsigned_abs().into()), "{waited:?}");
    assert_eq!(world.cluster.counters().slow_requests, 0);
}
