//! The messages, one file per API: the folder listing is the list of what the codec knows.
//!
//! Each file is a table in the form that the `api!` macro reads; `src/table.rs` explains it. Every
//! message is a plain structure with public fields and a default, read with [`Message::decode`] and
//! written as part of a frame by [`Rope`].

use crate::api::Api;
use crate::error::{DecodeError, EncodeError};
use crate::rope::Rope;
#[cfg(feature = "sample")]
use crate::sample::Sample;
use crate::wire::{Context, Decode, Encode, Reader};

/// The body of a request or a response.
pub trait Message: Encode {
    /// The API it belongs to.
    const API: &'static Api;

    /// Bytes of memory that each byte of it may cost when it is decoded.
    const HEAP_PER_BYTE: usize;

    /// Reads a body that starts where the header ended. Every byte must belong to it: a sender that
    /// appends something means something that would be lost.
    fn decode<'a>(version: i16, body: &'a [u8]) -> Result<Self, DecodeError>
    where
        Self: Decode<'a>,
    {
        match Self::decode_front(version, body)? {
            (message, 0) => Ok(message),
            (_, left) => Err(DecodeError::Trailing(left)),
        }
    }

    /// How long it has a client hold back, in milliseconds. None in requests, and in the few responses that have no
    /// such field in any version; a version without it takes any value and tells none.
    fn throttle_time(&mut self) -> Option<&mut i32> {
        None
    }

    /// As [`Message::decode`], but leaves alone what follows the body, and says how many bytes that is.
    ///
    /// Brokers read requests like this, because clients rely on it: librdkafka 2.16 sends three bytes too many
    /// when it asks for the metadata of all topics.
    fn decode_front<'a>(version: i16, body: &'a [u8]) -> Result<(Self, usize), DecodeError>
    where
        Self: Decode<'a>,
    {
        let api = Self::API;
        if !api.versions.contains(version) {
            return Err(DecodeError::Version { api: api.name, version });
        }
        let context = Context { version, flexible: api.flexible(version) };
        let mut reader = Reader::with_heap(body, context, Self::HEAP_PER_BYTE);
        let message = Self::decode_from(&mut reader)?;
        Ok((message, reader.rest().len()))
    }
}

/// The body of a request.
pub trait Request: Message {
    /// What answers it.
    type Response<'a>: Message + Decode<'a>;
}

/// One API's decoders behind plain functions, for whoever meets a message without knowing its type:
/// fuzz targets, the conformance walk, tools that print frames.
#[derive(Clone, Copy, Debug)]
pub struct Codec {
    /// The API.
    pub api: &'static Api,
    /// Its requests.
    pub request: Direction,
    /// Its responses.
    pub response: Direction,
}

/// The decoders of one direction of an API.
#[derive(Clone, Copy, Debug)]
pub struct Direction {
    /// Reads a body of a version and says whether it is one.
    pub check: fn(i16, &[u8]) -> Result<(), DecodeError>,
    /// Reads a body of a version and renders it for people.
    pub render: fn(i16, &[u8]) -> Result<String, DecodeError>,
    /// Reads a body of a version and writes a frame with it again.
    pub again: fn(i16, &[u8]) -> Result<Rope, RecodeError>,
    /// A frame (with its length) that holds a random body of a version.
    #[cfg(feature = "sample")]
    pub sample: fn(i16, &mut crate::sample::Dice) -> Result<Rope, EncodeError>,
}

/// Why a body could not be read and written again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecodeError {
    /// It could not be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It could not be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

macro_rules! index {
    ($($file:ident: $request:ident, $response:ident;)*) => {
        $(
            mod $file;
            pub use $file::*;
        )*

        /// Every API, in ascending order of keys.
        pub static CODECS: &[Codec] = &[$(
            Codec {
                api: $request::API,
                request: direction!($request, |rope, version, body| rope.request(version, 0, None, body)),
                response: direction!($response, |rope, version, body| rope.response(version, 0, body)),
            },
        )*];
    };
}

macro_rules! direction {
    ($message:ident, |$rope:ident, $version:ident, $body:ident| $write:expr) => {
        Direction {
            check: |version, bytes| $message::decode(version, bytes).map(drop),
            render: |version, bytes| Ok(format!("{:?}", $message::decode(version, bytes)?)),
            again: |$version, bytes| {
                let $body = &$message::decode($version, bytes)?;
                let mut rope = Rope::new();
                let $rope = &mut rope;
                $write?;
                Ok(rope)
            },
            #[cfg(feature = "sample")]
            sample: |$version, dice| {
                let context = Context { version: $version, flexible: $message::API.flexible($version) };
                let $body = &$message::sample(dice, context);
                let mut rope = Rope::new();
                let $rope = &mut rope;
                $write?;
                Ok(rope)
            },
        }
    };
}

index! {
    k00_produce: ProduceRequest, ProduceResponse;
    k01_fetch: FetchRequest, FetchResponse;
    k02_list_offsets: ListOffsetsRequest, ListOffsetsResponse;
    k03_metadata: MetadataRequest, MetadataResponse;
    k08_offset_commit: OffsetCommitRequest, OffsetCommitResponse;
    k09_offset_fetch: OffsetFetchRequest, OffsetFetchResponse;
    k10_find_coordinator: FindCoordinatorRequest, FindCoordinatorResponse;
    k11_join_group: JoinGroupRequest, JoinGroupResponse;
    k12_heartbeat: HeartbeatRequest, HeartbeatResponse;
    k13_leave_group: LeaveGroupRequest, LeaveGroupResponse;
    k14_sync_group: SyncGroupRequest, SyncGroupResponse;
    k15_describe_groups: DescribeGroupsRequest, DescribeGroupsResponse;
    k16_list_groups: ListGroupsRequest, ListGroupsResponse;
    k17_sasl_handshake: SaslHandshakeRequest, SaslHandshakeResponse;
    k18_api_versions: ApiVersionsRequest, ApiVersionsResponse;
    k19_create_topics: CreateTopicsRequest, CreateTopicsResponse;
    k20_delete_topics: DeleteTopicsRequest, DeleteTopicsResponse;
    k21_delete_records: DeleteRecordsRequest, DeleteRecordsResponse;
    k22_init_producer_id: InitProducerIdRequest, InitProducerIdResponse;
    k23_offset_for_leader_epoch: OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse;
    k24_add_partitions_to_txn: AddPartitionsToTxnRequest, AddPartitionsToTxnResponse;
    k25_add_offsets_to_txn: AddOffsetsToTxnRequest, AddOffsetsToTxnResponse;
    k26_end_txn: EndTxnRequest, EndTxnResponse;
    k28_txn_offset_commit: TxnOffsetCommitRequest, TxnOffsetCommitResponse;
    k29_describe_acls: DescribeAclsRequest, DescribeAclsResponse;
    k30_create_acls: CreateAclsRequest, CreateAclsResponse;
    k31_delete_acls: DeleteAclsRequest, DeleteAclsResponse;
    k32_describe_configs: DescribeConfigsRequest, DescribeConfigsResponse;
    k33_alter_configs: AlterConfigsRequest, AlterConfigsResponse;
    k35_describe_log_dirs: DescribeLogDirsRequest, DescribeLogDirsResponse;
    k36_sasl_authenticate: SaslAuthenticateRequest, SaslAuthenticateResponse;
    k37_create_partitions: CreatePartitionsRequest, CreatePartitionsResponse;
    k42_delete_groups: DeleteGroupsRequest, DeleteGroupsResponse;
    k44_incremental_alter_configs: IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse;
    k46_list_partition_reassignments: ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse;
    k47_offset_delete: OffsetDeleteRequest, OffsetDeleteResponse;
    k48_describe_client_quotas: DescribeClientQuotasRequest, DescribeClientQuotasResponse;
    k49_alter_client_quotas: AlterClientQuotasRequest, AlterClientQuotasResponse;
    k50_describe_user_scram_credentials: DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse;
    k51_alter_user_scram_credentials: AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse;
    k60_describe_cluster: DescribeClusterRequest, DescribeClusterResponse;
    k61_describe_producers: DescribeProducersRequest, DescribeProducersResponse;
    k65_describe_transactions: DescribeTransactionsRequest, DescribeTransactionsResponse;
    k66_list_transactions: ListTransactionsRequest, ListTransactionsResponse;
    k68_consumer_group_heartbeat: ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse;
    k69_consumer_group_describe: ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse;
    k75_describe_topic_partitions: DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_in_order_and_names_agree() {
        assert!(CODECS.is_sorted_by_key(|codec| codec.api.key));
        for codec in CODECS {
            assert_eq!(codec.api.key.name(), Some(codec.api.name));
            assert_eq!(codec.api.key.api(), Some(codec.api));
        }
    }
}
