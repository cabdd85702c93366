//! The client's own ceiling: librdkafka producing to the mock cluster inside itself, which keeps nothing.

use std::time::Duration;

use rdkafka::mocking::MockCluster;

use crate::Failure;
use crate::produce;

pub(crate) fn produce(partitions: i32, bytes: usize, messages: usize) -> Result<Duration, Failure> {
    let cluster = MockCluster::new(1)?;
    cluster.create_topic("mock", partitions, 1)?;
    produce::produce(&cluster.bootstrap_servers(), "mock", partitions, bytes, messages)
}
