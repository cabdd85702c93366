//! librdkafka with the settings that all cells share.

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::Failure;
use crate::subject::Durability;

pub(crate) fn config(bootstrap: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap);
    config
}

/// For throughput: the client's own defaults for batches, all replicas, room for what is on its way.
pub(crate) fn producing(bootstrap: &str) -> ClientConfig {
    let mut config = config(bootstrap);
    config.set("acks", "all");
    config.set("queue.buffering.max.messages", "2000000").set("queue.buffering.max.kbytes", "262144");
    config
}

pub(crate) fn consuming(bootstrap: &str) -> ClientConfig {
    let mut config = config(bootstrap);
    config
        .set("group.id", "bench")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false");
    config.set("queued.min.messages", "1000000");
    config
}

/// Whether a broker answers there.
pub(crate) fn is_there(bootstrap: &str) -> Result<(), Failure> {
    std::net::TcpStream::connect(bootstrap)?;
    let consumer: BaseConsumer = config(bootstrap).create()?;
    let metadata = consumer.fetch_metadata(None, Duration::from_secs(1))?;
    if metadata.brokers().is_empty() { Err("it knows of no broker yet".into()) } else { Ok(()) }
}

/// A topic, deleted when dropped.
pub(crate) struct Topic {
    pub(crate) name: String,
    admin: AdminClient<DefaultClientContext>,
}

impl Topic {
    pub(crate) fn create(
        bootstrap: &str,
        name: String,
        partitions: i32,
        durability: Durability,
    ) -> Result<Self, Failure> {
        let admin: AdminClient<_> = config(bootstrap).create()?;
        let topic = NewTopic::new(&name, partitions, TopicReplication::Fixed(1))
            .set("flush.messages", durability.flush_messages());
        let made = futures_executor::block_on(admin.create_topics([&topic], &AdminOptions::new()))?;
        for made in made {
            made.map_err(|(name, code)| format!("{name}: {code}"))?;
        }
        Ok(Self { name, admin })
    }
}

impl Drop for Topic {
    fn drop(&mut self) {
        // What is left is in a temporary folder.
        let _ = futures_executor::block_on(self.admin.delete_topics(&[&self.name], &AdminOptions::new()));
    }
}
