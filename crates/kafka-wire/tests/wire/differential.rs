//! Every message in every version, written by us and understood by an independent codec, and back.
//!
//! The independent half is the `kafka-protocol` crate, generated from Kafka's own schemas. Values are
//! random, drawn from our tables.

use bytes::{Buf, Bytes, BytesMut};
use kafka_protocol::messages as theirs;
use kafka_protocol::protocol::{Decodable, Encodable};
use kafka_wire::header::response_header_decode;
use kafka_wire::messages::{self as ours, CODECS, Message};
use kafka_wire::sample::{Dice, Sample};
use kafka_wire::wire::Context;
use kafka_wire::{Api, ApiKey, RequestHeader, Rope};

/// Random values of each message in each version.
const ROUNDS: u64 = 40;

macro_rules! agree {
    ($($api:ident: $request:ident, $response:ident;)*) => {
        /// What the tests below walk; compared with the index, so that no API is left out.
        const WALKED: &[&Api] = &[$(ours::$request::API),*];

        $(
            #[allow(non_snake_case)]
            #[test]
            fn $api() {
                let api = ours::$request::API;
                for (context, mut dice) in cases(api) {
                    let version = context.version;

                    let request = ours::$request::sample(&mut dice, context);
                    let frame = framed(|rope| rope.request(version, 7, Some("tester"), &request));
                    let body = request_body(api, version, &frame);
                    same_bytes::<theirs::$request>(api, version, body);
                    assert_eq!(ours::$request::decode(version, body).as_ref(), Ok(&request), "{api:?} {version}");

                    let response = ours::$response::sample(&mut dice, context);
                    let frame = framed(|rope| rope.response(version, 7, &response));
                    let body = response_body(api, version, &frame);
                    same_bytes::<theirs::$response>(api, version, body);
                    assert_eq!(ours::$response::decode(version, body).as_ref(), Ok(&response), "{api:?} {version}");
                }
            }
        )*
    };
}

agree! {
    Produce: ProduceRequest, ProduceResponse;
    Fetch: FetchRequest, FetchResponse;
    ListOffsets: ListOffsetsRequest, ListOffsetsResponse;
    Metadata: MetadataRequest, MetadataResponse;
    OffsetCommit: OffsetCommitRequest, OffsetCommitResponse;
    OffsetFetch: OffsetFetchRequest, OffsetFetchResponse;
    FindCoordinator: FindCoordinatorRequest, FindCoordinatorResponse;
    JoinGroup: JoinGroupRequest, JoinGroupResponse;
    Heartbeat: HeartbeatRequest, HeartbeatResponse;
    LeaveGroup: LeaveGroupRequest, LeaveGroupResponse;
    SyncGroup: SyncGroupRequest, SyncGroupResponse;
    DescribeGroups: DescribeGroupsRequest, DescribeGroupsResponse;
    ListGroups: ListGroupsRequest, ListGroupsResponse;
    SaslHandshake: SaslHandshakeRequest, SaslHandshakeResponse;
    ApiVersions: ApiVersionsRequest, ApiVersionsResponse;
    CreateTopics: CreateTopicsRequest, CreateTopicsResponse;
    DeleteTopics: DeleteTopicsRequest, DeleteTopicsResponse;
    DeleteRecords: DeleteRecordsRequest, DeleteRecordsResponse;
    InitProducerId: InitProducerIdRequest, InitProducerIdResponse;
    OffsetForLeaderEpoch: OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse;
    AddPartitionsToTxn: AddPartitionsToTxnRequest, AddPartitionsToTxnResponse;
    AddOffsetsToTxn: AddOffsetsToTxnRequest, AddOffsetsToTxnResponse;
    EndTxn: EndTxnRequest, EndTxnResponse;
    TxnOffsetCommit: TxnOffsetCommitRequest, TxnOffsetCommitResponse;
    DescribeAcls: DescribeAclsRequest, DescribeAclsResponse;
    CreateAcls: CreateAclsRequest, CreateAclsResponse;
    DeleteAcls: DeleteAclsRequest, DeleteAclsResponse;
    DescribeConfigs: DescribeConfigsRequest, DescribeConfigsResponse;
    AlterConfigs: AlterConfigsRequest, AlterConfigsResponse;
    DescribeLogDirs: DescribeLogDirsRequest, DescribeLogDirsResponse;
    SaslAuthenticate: SaslAuthenticateRequest, SaslAuthenticateResponse;
    CreatePartitions: CreatePartitionsRequest, CreatePartitionsResponse;
    DeleteGroups: DeleteGroupsRequest, DeleteGroupsResponse;
    IncrementalAlterConfigs: IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse;
    ListPartitionReassignments: ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse;
    OffsetDelete: OffsetDeleteRequest, OffsetDeleteResponse;
    DescribeClientQuotas: DescribeClientQuotasRequest, DescribeClientQuotasResponse;
    AlterClientQuotas: AlterClientQuotasRequest, AlterClientQuotasResponse;
    DescribeUserScramCredentials: DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse;
    AlterUserScramCredentials: AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse;
    DescribeCluster: DescribeClusterRequest, DescribeClusterResponse;
    DescribeProducers: DescribeProducersRequest, DescribeProducersResponse;
    DescribeTransactions: DescribeTransactionsRequest, DescribeTransactionsResponse;
    ListTransactions: ListTransactionsRequest, ListTransactionsResponse;
    ConsumerGroupHeartbeat: ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse;
    ConsumerGroupDescribe: ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse;
    DescribeTopicPartitions: DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse;
}

#[test]
fn no_api_is_left_out() {
    assert!(WALKED.iter().copied().eq(CODECS.iter().map(|codec| codec.api)));
}

#[test]
fn the_version_ranges_are_theirs() {
    for codec in CODECS {
        let key = theirs::ApiKey::try_from(codec.api.key.0).unwrap();
        let range = key.valid_versions();
        let ours = codec.api.versions;
        assert_eq!((ours.min, ours.max), (range.min, range.max), "{}", codec.api.name);
        for version in ours.iter() {
            let flexible = key.request_header_version(version) == 2;
            assert_eq!(codec.api.flexible(version), flexible, "{} {version}", codec.api.name);
            let flexible = key.response_header_version(version) == 1;
            assert_eq!(codec.api.response_header_flexible(version), flexible, "{} {version}", codec.api.name);
        }
    }
}

fn cases(api: &'static Api) -> impl Iterator<Item = (Context, Dice)> {
    api.versions.iter().flat_map(move |version| {
        let context = Context { version, flexible: api.flexible(version) };
        (0..ROUNDS).map(move |round| (context, Dice::new(round)))
    })
}

fn framed(write: impl FnOnce(&mut Rope) -> Result<(), kafka_wire::EncodeError>) -> Vec<u8> {
    let mut rope = Rope::new();
    write(&mut rope).unwrap();
    let (bytes, splices) = rope.into_parts();
    assert!(splices.is_empty(), "samples hold no regions");
    let length = u32::from_be_bytes(bytes[..4].try_into().unwrap());
    assert_eq!(length as usize, bytes.len() - 4);
    bytes
}

/// Checks the header against theirs and returns what follows it.
fn request_body<'f>(api: &Api, version: i16, frame: &'f [u8]) -> &'f [u8] {
    let (header, body) = RequestHeader::decode(&frame[4..]).unwrap();
    assert_eq!((header.api_key, header.api_version), (api.key, version));
    assert_eq!((header.correlation_id, header.client_id), (7, Some("tester")));

    let header_version = if api.flexible(version) { 2 } else { 1 };
    let mut written = BytesMut::new();
    theirs::RequestHeader::default()
        .with_request_api_key(api.key.0)
        .with_request_api_version(version)
        .with_correlation_id(7)
        .with_client_id(Some("tester".to_owned().into()))
        .encode(&mut written, header_version)
        .unwrap();
    assert_eq!(written, frame[4..frame.len() - body.len()], "header of {api:?} {version}");
    body
}

fn response_body<'f>(api: &Api, version: i16, frame: &'f [u8]) -> &'f [u8] {
    let flexible = api.response_header_flexible(version);
    let (correlation_id, body) = response_header_decode(&frame[4..], flexible).unwrap();
    assert_eq!(correlation_id, 7);
    assert_eq!(frame.len() - body.len(), if flexible { 9 } else { 8 });
    body
}

/// Requests whose newest version the other codec lists but does not implement, because Kafka 4.1 calls
/// it unstable. `golden.rs` holds what Kafka itself writes for these.
const MISSING: [(ApiKey, i16); 3] =
    [(ApiKey::OFFSET_COMMIT, 10), (ApiKey::OFFSET_FETCH, 10), (ApiKey::INIT_PRODUCER_ID, 6)];

/// They must understand all of it, and say it again in the same bytes.
fn same_bytes<Theirs: Encodable + Decodable + std::fmt::Debug>(api: &Api, version: i16, body: &[u8]) {
    let missing =
        MISSING.contains(&(api.key, version)) && std::any::type_name::<Theirs>().ends_with("Request");
    if missing {
        assert!(Theirs::decode(&mut Bytes::copy_from_slice(body), version).is_err(), "no longer missing");
        return;
    }
    let mut rest = Bytes::copy_from_slice(body);
    let message = Theirs::decode(&mut rest, version)
        .unwrap_or_else(|error| panic!("{} {version}: {error}: {body:?}", api.name));
    assert!(!rest.has_remaining(), "{} {version}: {} bytes left of {message:?}", api.name, rest.remaining());
    let mut again = BytesMut::new();
    message.encode(&mut again, version).unwrap();
    assert_eq!(again, body, "{} {version}: {message:?}", api.name);
}
