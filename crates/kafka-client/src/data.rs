//! Records in and out of one topic.

use kafka_wire::messages::{
    FetchRequest, FetchRequestPartition, FetchRequestTopic, ListOffsetsRequest, ListOffsetsRequestPartition,
    ListOffsetsRequestTopic, ProduceRequest, ProduceRequestPartition, ProduceRequestTopic,
};

use crate::{Answer, ClientError, Connection, check};

/// The newest versions that name topics by name; this client keeps no topic ids.
const PRODUCE_NEWEST: i16 = 12;
const FETCH_NEWEST: i16 = 12;

/// Ask for the offset of the first record (ListOffsets).
pub const EARLIEST: i64 = -2;
/// Ask for the offset after the last record (ListOffsets).
pub const LATEST: i64 = -1;

/// A batch for a partition.
#[derive(Clone, Copy, Debug)]
pub struct PartitionBatch<'a> {
    /// The partition.
    pub partition: i32,
    /// One whole record batch.
    pub batch: &'a [u8],
}

impl Connection {
    /// Produces one batch with `acks=all` and waits; the offset of its first record.
    pub async fn produce(&mut self, topic: &str, partition: i32, batch: &[u8]) -> Result<i64, ClientError> {
        self.produce_send(topic, &[PartitionBatch { partition, batch }]).await?;
        self.produce_receive().await
    }

    /// Sends batches with `acks=all`; take the answer with [`Connection::produce_receive`], in order.
    pub async fn produce_send(
        &mut self,
        topic: &str,
        batches: &[PartitionBatch<'_>],
    ) -> Result<(), ClientError> {
        let partition_data = batches
            .iter()
            .map(|batch| ProduceRequestPartition { index: batch.partition, records: Some(batch.batch) })
            .collect();
        let request = ProduceRequest {
            acks: -1,
            timeout_ms: 30_000,
            topic_data: vec![ProduceRequestTopic { name: topic, partition_data, ..Default::default() }],
            ..Default::default()
        };
        self.send_up_to(PRODUCE_NEWEST, &request).await
    }

    /// Takes the next answer to a produce; the first offset of its first batch, or the first refusal in it.
    pub async fn produce_receive(&mut self) -> Result<i64, ClientError> {
        let answer = self.receive_up_to::<ProduceRequest<'_>>(PRODUCE_NEWEST).await?;
        let mut first = None;
        for topic in answer.read::<ProduceRequest<'_>>()?.responses {
            for partition in topic.partition_responses {
                check("Produce", partition.error_code)?;
                first.get_or_insert(partition.base_offset);
            }
        }
        Ok(first.unwrap_or(-1))
    }

    /// Fetches from several partitions, each from its own offset; waits up to `wait_ms` for a first byte.
    pub async fn fetch(
        &mut self,
        topic: &str,
        from: &[(i32, i64)],
        bytes_max: i32,
        wait_ms: i32,
    ) -> Result<Answer, ClientError> {
        let partitions = from
            .iter()
            .map(|&(partition, fetch_offset)| FetchRequestPartition {
                partition,
                fetch_offset,
                partition_max_bytes: bytes_max,
                ..Default::default()
            })
            .collect();
        let request = FetchRequest {
            max_wait_ms: wait_ms,
            min_bytes: 1,
            max_bytes: bytes_max,
            topics: vec![FetchRequestTopic { topic, partitions, ..Default::default() }],
            ..Default::default()
        };
        self.ask_up_to(FETCH_NEWEST, &request).await
    }

    /// The offset that `timestamp` stands for in each partition: a time, [`EARLIEST`] or [`LATEST`].
    pub async fn offsets(
        &mut self,
        topic: &str,
        partitions: &[i32],
        timestamp: i64,
    ) -> Result<Vec<(i32, i64)>, ClientError> {
        let partitions = partitions
            .iter()
            .map(|&partition_index| ListOffsetsRequestPartition {
                partition_index,
                timestamp,
                ..Default::default()
            })
            .collect();
        let request = ListOffsetsRequest {
            topics: vec![ListOffsetsRequestTopic { name: topic, partitions }],
            ..Default::default()
        };
        let answer = self.ask(&request).await?;
        let mut offsets = Vec::new();
        for topic in answer.read::<ListOffsetsRequest<'_>>()?.topics {
            for partition in topic.partitions {
                check("ListOffsets", partition.error_code)?;
                offsets.push((partition.partition_index, partition.offset));
            }
        }
        Ok(offsets)
    }
}
