//! Real messages in and out of a topic, by a Kafka client over the network.

use std::collections::BTreeMap;

use kafka_client::{Connection, EARLIEST, GroupMember, LATEST, PartitionBatch};
use kafka_wire::messages::FetchRequest;
use kafka_wire::records::{BatchBuilder, Batches, BuildError, Compression, NewRecord};
use kafka_wire::wire::Records;
use machine::clock::Clock;

use crate::tour::TourError;

/// The length of each message's value.
pub(crate) const MESSAGE_BYTES: usize = 1024;

const CLIENT_ID: &str = "weir";
/// Messages per batch: with 1 KiB each, a little under the default limit for a batch is 1,000; smaller batches
/// spread over more partitions sooner.
const BATCH_MESSAGES: u64 = 100;
/// Requests under way at once, as many as an idempotent producer of Kafka's allows itself.
const IN_FLIGHT: usize = 5;
const FETCH_BYTES_MAX: i32 = 8 * 1024 * 1024;
const FETCH_WAIT_MS: i32 = 500;

/// Where the messages go and come from.
pub(crate) struct Load<'a> {
    pub(crate) bootstrap: &'a str,
    pub(crate) topic: &'a str,
    pub(crate) group: &'a str,
    pub(crate) partitions: i32,
}

/// Produces with `acks=all`; how many messages were acknowledged.
pub(crate) async fn produce(
    load: &Load<'_>,
    messages: u64,
    mut progress: impl FnMut(u64),
) -> Result<u64, TourError> {
    let mut connection = Connection::open(load.bootstrap, CLIENT_ID).await?;
    let mut sent = 0;
    let mut acknowledged = 0;
    let mut in_flight = std::collections::VecDeque::new();
    let mut partition = 0;
    while acknowledged < messages {
        while sent < messages && in_flight.len() < IN_FLIGHT {
            let count = BATCH_MESSAGES.min(messages - sent);
            let batch = batch(sent, count)?;
            connection.produce_send(load.topic, &[PartitionBatch { partition, batch: &batch }]).await?;
            in_flight.push_back(count);
            sent += count;
            partition = (partition + 1) % load.partitions;
        }
        connection.produce_receive().await?;
        acknowledged += in_flight.pop_front().unwrap_or_default();
        progress(acknowledged);
    }
    Ok(acknowledged)
}

/// Consumes in a group from where it has committed to the present end, and commits; how many messages came.
pub(crate) async fn consume(load: &Load<'_>, mut progress: impl FnMut(u64)) -> Result<u64, TourError> {
    let mut connection = Connection::open(load.bootstrap, CLIENT_ID).await?;
    let (member, assigned) =
        GroupMember::join(&mut connection, load.group, load.topic, load.partitions).await?;
    let partitions = assigned.partitions;
    let committed = member.committed(&mut connection, &partitions).await?;
    let earliest = connection.offsets(load.topic, &partitions, EARLIEST).await?;
    let ends: BTreeMap<i32, i64> =
        connection.offsets(load.topic, &partitions, LATEST).await?.into_iter().collect();
    let mut positions: BTreeMap<i32, i64> = earliest.into_iter().collect();
    positions.extend(committed);

    let mut consumed = 0;
    loop {
        let behind: Vec<(i32, i64)> = positions
            .iter()
            .filter(|(partition, at)| **at < ends[*partition])
            .map(|(&p, &at)| (p, at))
            .collect();
        if behind.is_empty() {
            break;
        }
        let answer = connection.fetch(load.topic, &behind, FETCH_BYTES_MAX, FETCH_WAIT_MS).await?;
        for topic in answer.read::<FetchRequest<'_>>().map_err(TourError::from)?.responses {
            for partition in topic.partitions {
                let Records::Bytes(bytes) = &partition.records else { continue };
                let position = positions.entry(partition.partition_index).or_default();
                for batch in Batches::new(bytes) {
                    // The response may end inside a batch; the next fetch begins with it.
                    let Ok(batch) = batch else { break };
                    consumed += u64::try_from(batch.header.next_offset() - *position).unwrap_or_default();
                    *position = batch.header.next_offset();
                }
            }
        }
        progress(consumed);
        if !member.heartbeat(&mut connection).await? {
            return Err(TourError::Disturbed(load.group.to_owned()));
        }
    }
    let offsets: Vec<(i32, i64)> = positions.into_iter().collect();
    member.commit(&mut connection, &offsets).await?;
    member.leave(&mut connection).await?;
    Ok(consumed)
}

/// Messages numbered from `first` on; the number is the key.
fn batch(first: u64, count: u64) -> Result<Vec<u8>, BuildError> {
    let mut builder = BatchBuilder::new(Compression::None);
    // Without a time they would be older than any retention.
    let timestamp = Clock::system().now_ms();
    let mut value = [b'.'; MESSAGE_BYTES];
    for number in first..first + count {
        let key = number.to_be_bytes();
        value[..8].copy_from_slice(&key);
        builder.push(&NewRecord { timestamp, key: Some(&key), value: Some(&value), headers: &[] })?;
    }
    builder.build()
}
