//! Frames and headers before any meaning, and ApiVersions, which comes before everything.

use kafka_broker::{ClusterSettings, Limits};
use kafka_wire::messages::{ApiVersionsRequest, ApiVersionsResponse, Message, MetadataRequest};
use kafka_wire::{ApiKey, ErrorCode};

use crate::harness::{Wire, World};

const FRAME_MAX: usize = 4_096;

async fn tight() -> World {
    let limits = Limits { frame_bytes_max: FRAME_MAX, ..Limits::default() };
    World::with(ClusterSettings::default(), limits).await
}

/// A header of the older form, with its frame's length.
fn header(key: i16, version: i16, client_id: &[u8]) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(i32::try_from(10 + client_id.len()).unwrap().to_be_bytes());
    header.extend(key.to_be_bytes());
    header.extend(version.to_be_bytes());
    header.extend(7_i32.to_be_bytes());
    header.extend(i16::try_from(client_id.len()).unwrap().to_be_bytes());
    header.extend(client_id);
    header
}

#[tokio::test]
async fn a_length_that_cannot_be_closes_at_once() {
    let world = tight().await;
    for length in [-1, i32::MIN, i32::MAX, i32::try_from(FRAME_MAX).unwrap() + 1] {
        let mut wire = world.wire().await;
        // Nothing follows the length: the broker must not wait for it.
        wire.send_bytes(&length.to_be_bytes()).await;
        wire.closed(&format!("length {length}")).await;
    }
}

#[tokio::test]
async fn a_frame_too_short_for_a_header_closes() {
    let world = tight().await;
    for length in [0_u8, 1, 3, 4, 8, 9] {
        let mut wire = world.wire().await;
        wire.send_bytes(&[0, 0, 0, length]).await;
        wire.send_bytes(&vec![0; length.into()]).await;
        wire.closed(&format!("length {length}")).await;
    }
}

#[tokio::test]
async fn the_longest_frame_is_answered() {
    let world = tight().await;
    let frame = header(18, 0, &vec![b'c'; FRAME_MAX - 10]);
    assert_eq!(frame.len(), 4 + FRAME_MAX);
    let mut wire = world.wire().await;
    wire.send_bytes(&frame).await;
    assert_eq!(wire.frame().await.unwrap()[..6], [0, 0, 0, 7, 0, 0]);
}

#[tokio::test]
async fn a_frame_that_comes_byte_by_byte_is_answered() {
    let world = World::start().await;
    let mut wire = world.wire().await;
    for byte in header(18, 0, b"slow") {
        wire.send_bytes(&[byte]).await;
    }
    assert!(wire.frame().await.is_some());
}

#[tokio::test]
async fn what_is_not_offered_closes() {
    let world = World::start().await;
    let unknown = ApiKey(999).0;
    for (key, version, why) in [
        (unknown, 0, "an unknown API"),
        (17, 0, "an API of the codec that is not offered"),
        (-1, 0, "a negative API"),
        (3, 14, "a version beyond"),
        (3, -1, "a negative version"),
        (1, 3, "a version below"),
        (0, 0, "Produce 0, which is told but not served"),
        (0, 1, "Produce 1, which is told but not served"),
        (0, 2, "Produce 2, which is told but not served"),
    ] {
        let mut wire = world.wire().await;
        wire.send_bytes(&header(key, version, b"client")).await;
        wire.closed(why).await;
    }
}

#[tokio::test]
async fn garbage_in_headers_and_bodies_closes() {
    let world = World::start().await;
    let mut long_client = header(18, 0, b"client");
    long_client[12] = 0x70;
    let mut not_text = header(18, 0, b"client");
    *not_text.last_mut().unwrap() = 0xff;
    let mut no_tags = header(18, 3, b"client");
    no_tags.truncate(4 + 10 + 6);
    // Metadata 1 with a list of two billion topics in a handful of bytes.
    let mut huge_list = header(3, 1, b"client");
    huge_list.extend(i32::MAX.to_be_bytes());
    huge_list[3] += 4;
    for (bytes, why) in [
        (long_client, "a client id longer than the frame"),
        (not_text, "a client id that is no text"),
        (no_tags, "a header that ends before its tagged fields"),
        (huge_list, "a list longer than its frame"),
    ] {
        let mut wire = world.wire().await;
        wire.send_bytes(&bytes).await;
        wire.closed(why).await;
    }
    assert_eq!(world.cluster.counters().panics, 0, "none of it is a fault of ours");
}

#[tokio::test]
async fn good_requests_before_a_bad_one_are_answered() {
    let world = World::start().await;
    let mut wire = world.wire().await;
    let mut bytes = [header(18, 0, b"client"), header(18, 0, b"client")].concat();
    bytes.extend(header(999, 0, b"client"));
    wire.send_bytes(&bytes).await;
    assert!(wire.frame().await.is_some());
    assert!(wire.frame().await.is_some());
    wire.closed("the third").await;
}

#[tokio::test]
async fn api_versions_is_answered_in_every_version_any_number_of_times() {
    let world = World::start().await;
    let mut wire = world.wire().await;
    let request = ApiVersionsRequest { client_software_name: "test", client_software_version: "1.0" };
    let first = wire.ask(0, &request).await;
    let expected = first.read().api_keys;
    for version in [0, 1, 2, 3, 4, 0, 4] {
        let answer = wire.ask(version, &request).await;
        let response = answer.read();
        assert_eq!(response.error_code, ErrorCode::NONE);
        assert_eq!(response.api_keys, expected, "version {version}");
        let features: Vec<_> = response
            .finalized_features
            .iter()
            .map(|feature| (&*feature.name, feature.min_version_level, feature.max_version_level))
            .collect();
        let features_told = [("group.version", 1, 1), ("transaction.version", 2, 2)];
        let (told, epoch) = if version >= 3 { (&features_told[..], 0) } else { (&[][..], -1) };
        assert_eq!((&features[..], response.finalized_features_epoch), (told, epoch));
    }
    let produce = expected.iter().find(|row| row.api_key == ApiKey::PRODUCE).unwrap();
    assert_eq!((produce.min_version, produce.max_version), (0, 13), "older clients look for version 0");
    let join = expected.iter().find(|row| row.api_key == ApiKey::JOIN_GROUP).unwrap();
    assert_eq!((join.min_version, join.max_version), (0, 9), "Go clients send versions 0 to 2");
}

#[tokio::test]
async fn a_newer_api_versions_is_told_ours() {
    let world = World::start().await;
    let mut wire = world.wire().await;
    // A client of the future: its header is flexible, its body anything.
    let mut frame = header(18, 99, b"client");
    frame.extend([0, 9, 9, 9]);
    frame[3] += 4;
    wire.send_bytes(&frame).await;
    let reply = wire.frame().await.unwrap();
    let response = ApiVersionsResponse::decode(0, &reply[4..]).unwrap();
    assert_eq!(response.error_code, ErrorCode::UNSUPPORTED_VERSION);
    let rows: Vec<_> =
        response.api_keys.iter().map(|row| (row.api_key, row.min_version, row.max_version)).collect();
    assert_eq!(rows, [(ApiKey::API_VERSIONS, 0, 4)]);
    // The connection goes on with what it learned.
    wire.send_bytes(&header(18, 0, b"client")).await;
    assert!(wire.frame().await.is_some());
}

#[tokio::test]
async fn software_names_are_of_the_form_asked_for() {
    let world = World::start().await;
    let mut wire = world.wire().await;
    for (name, version, code) in [
        ("librdkafka", "2.15.0", ErrorCode::NONE),
        ("", "1", ErrorCode::INVALID_REQUEST),
        ("a b", "1", ErrorCode::INVALID_REQUEST),
        ("a", "-1", ErrorCode::INVALID_REQUEST),
    ] {
        let request = ApiVersionsRequest { client_software_name: name, client_software_version: version };
        let answer = wire.ask(3, &request).await;
        assert_eq!(answer.read().error_code, code, "{name:?} {version:?}");
    }
}

#[tokio::test]
async fn many_requests_in_flight_are_answered_in_order() {
    let world = World::start().await;
    let mut wire = world.wire().await;
    for _ in 0..200 {
        wire.send(1, &MetadataRequest::default()).await;
    }
    for _ in 0..200 {
        // The order is checked in there.
        wire.receive::<MetadataRequest<'_>>(1).await;
    }
}

#[tokio::test]
async fn connections_have_a_bound_and_wait_for_their_turn() {
    let limits = Limits { connections_max: 1, ..Limits::default() };
    let world = World::with(ClusterSettings::default(), limits).await;
    let second = crate::harness::config("second", 0, ClusterSettings::default());
    let second = world.broker.cluster_open(second).await.unwrap();
    let frame = header(18, 0, b"client");
    // An idle listener holds no place: the other cluster can be reached.
    let mut first = Wire::open(second.address()).await;
    first.send_bytes(&frame).await;
    assert!(first.frame().await.is_some());
    // The bound is met; who comes next waits in the other cluster too.
    let mut next = world.wire().await;
    next.send_bytes(&frame).await;
    let early = tokio::time::timeout(std::time::Duration::from_millis(50), next.frame());
    assert!(early.await.is_err(), "there is one place, and it is taken");
    drop(first);
    assert!(next.frame().await.is_some());
}
