//! DescribeLogDirs (key 35), versions 1 to 4.
//!
//! Behaviour: one directory, the cluster's, with the bytes that each partition has on disk. A null list asks for all
//! topics but the broker's own; what is named and not there is left out.
//! Permission: Describe on the cluster, without which there is no directory.
//! Version notes: 3 can say that the client may not, 4 adds the size of the disk and what is left of it.
//! Not modelled: replicas on the move, of which there are none.

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    DescribeLogDirsRequest, DescribeLogDirsRequestTopic, DescribeLogDirsResponse,
    DescribeLogDirsResponsePartition, DescribeLogDirsResponseResult, DescribeLogDirsResponseTopic,
};

use super::{Context, Entry, Handler, entry};
use crate::authority::Operation;
use crate::topics::OpenTopic;

pub(super) const ENTRY: Entry = entry::<DescribeLogDirs>(1, 4);

/// What is told of a disk that does not say.
const UNKNOWN_BYTES: i64 = -1;

struct DescribeLogDirs;

impl Handler for DescribeLogDirs {
    type Request<'a> = DescribeLogDirsRequest<'a>;

    async fn handle<'a>(
        request: DescribeLogDirsRequest<'a>,
        context: &'a Context<'a>,
    ) -> DescribeLogDirsResponse<'a> {
        if let Err(error_code) = context.rights().cluster(Operation::Describe) {
            return DescribeLogDirsResponse { error_code, ..Default::default() };
        }
        let open = context.cluster.open_topics();
        let topics = match request.topics {
            None => {
                let shown = open.all().into_iter().filter(|open| !open.facts.internal);
                shown.map(|open| described(&open, 0..open.facts.partitions)).collect()
            }
            Some(named) => {
                let named =
                    named.into_iter().filter_map(|DescribeLogDirsRequestTopic { topic, partitions }| {
                        Some(described(&*open.named(topic)?, partitions))
                    });
                named.filter(|topic| !topic.partitions.is_empty()).collect()
            }
        };
        let logs = context.cluster.logs();
        let bytes = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        let (total_bytes, usable_bytes) = match logs.space() {
            Ok(space) => (bytes(space.total), bytes(space.available)),
            Err(error) => {
                tracing::warn!(folder = %logs.folder().display(), %error, "cannot tell the room left");
                (UNKNOWN_BYTES, UNKNOWN_BYTES)
            }
        };
        let log_dir = logs.folder().to_string_lossy().into_owned().into();
        let result = DescribeLogDirsResponseResult {
            error_code: ErrorCode::NONE,
            log_dir,
            topics,
            total_bytes,
            usable_bytes,
        };
        DescribeLogDirsResponse { results: vec![result], ..Default::default() }
    }
}

fn described(
    open: &OpenTopic,
    partitions: impl IntoIterator<Item = i32>,
) -> DescribeLogDirsResponseTopic<'static> {
    let partition = |partition_index| {
        let bytes = open.partition(partition_index)?.size();
        let partition_size = i64::try_from(bytes).unwrap_or(i64::MAX);
        Some(DescribeLogDirsResponsePartition { partition_index, partition_size, ..Default::default() })
    };
    DescribeLogDirsResponseTopic {
        name: open.facts.name.to_string().into(),
        partitions: partitions.into_iter().filter_map(partition).collect(),
    }
}
