//! Where a case plays: a broker, names of its own, what it made and must take away again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use kafka_protocol::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::{Request, StrBytes};
use uuid::Uuid;

use crate::connection::Connection;
use crate::failure::Failure;

/// A listener with SASL and a user of it.
pub(crate) struct Login {
    pub(crate) address: String,
    pub(crate) user: String,
    pub(crate) password: String,
}

/// A broker under test.
pub(crate) struct Target {
    bootstrap: String,
    pub(crate) login: Option<Login>,
    /// By API key: the versions it offers.
    pub(crate) offered: BTreeMap<i16, (i16, i16)>,
    /// Makes the names of one run differ from those of another.
    run: u32,
    names: AtomicU32,
}

impl Target {
    pub(crate) fn new(bootstrap: String, login: Option<Login>) -> anyhow::Result<Self> {
        let versions = Connection::open(&bootstrap)
            .and_then(|mut connection| connection.call(&ApiVersionsRequest::default(), 0))
            .map_err(|failure| anyhow::anyhow!("{bootstrap}: {failure}"))?;
        let offered = versions.api_keys.iter().map(|api| (api.api_key, (api.min_version, api.max_version)));
        Ok(Self {
            bootstrap,
            login,
            offered: offered.collect(),
            run: std::process::id(),
            names: AtomicU32::new(0),
        })
    }

    pub(crate) fn offers(&self, key: i16, version: i16) -> bool {
        self.offered.get(&key).is_some_and(|&(lowest, highest)| (lowest..=highest).contains(&version))
    }
}

/// One case's.
pub(crate) struct Stage<'a> {
    pub(crate) target: &'a Target,
    connection: Option<Connection>,
    topics: Vec<TopicName>,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(target: &'a Target) -> Self {
        Self { target, connection: None, topics: Vec::new() }
    }

    /// The connection of this case.
    pub(crate) fn connection(&mut self) -> Result<&mut Connection, Failure> {
        if self.connection.is_none() {
            self.connection = Some(self.another()?);
        }
        Ok(self.connection.as_mut().ok_or("no connection")?)
    }

    /// One more connection.
    pub(crate) fn another(&self) -> Result<Connection, Failure> {
        Connection::open(&self.target.bootstrap)
    }

    pub(crate) fn call<R: Request>(&mut self, request: &R, version: i16) -> Result<R::Response, Failure> {
        self.connection()?.call(request, version)
    }

    /// A name that nothing else has.
    pub(crate) fn name(&self) -> StrBytes {
        let number = self.target.names.fetch_add(1, Ordering::Relaxed);
        StrBytes::from_string(format!("conformance-{}-{number}", self.target.run))
    }

    pub(crate) fn group(&self) -> GroupId {
        self.name().into()
    }

    pub(crate) fn transactional(&self) -> TransactionalId {
        self.name().into()
    }

    /// A topic of so many partitions, which the broker leads.
    pub(crate) fn topic(&mut self, partitions: i32) -> Result<TopicName, Failure> {
        self.topic_with(partitions, &[])
    }

    pub(crate) fn topic_with(
        &mut self,
        partitions: i32,
        configs: &[(&'static str, &'static str)],
    ) -> Result<TopicName, Failure> {
        let name = TopicName(self.name());
        let configs = configs.iter().map(|&(name, value)| {
            CreatableTopicConfig::default()
                .with_name(StrBytes::from_static_str(name))
                .with_value(Some(StrBytes::from_static_str(value)))
        });
        let topic = CreatableTopic::default()
            .with_name(name.clone())
            .with_num_partitions(partitions)
            .with_replication_factor(1)
            .with_configs(configs.collect());
        let request = CreateTopicsRequest::default().with_topics(vec![topic]).with_timeout_ms(10_000);
        let made = self.call(&request, 5)?;
        crate::ensure!(made.topics[0].error_code, 0, "CreateTopics");
        self.topics.push(name.clone());
        self.eventually("the topic is led", |stage| {
            let topic = stage.metadata(&name)?;
            let led = topic.partitions.iter().filter(|one| one.error_code == 0).count();
            // Apache Kafka's Metadata may be ahead of the replica that is to lead.
            Ok(topic.error_code == 0
                && i32::try_from(led) == Ok(partitions)
                && stage.leads(&name, partitions)?)
        })?;
        Ok(name)
    }

    fn leads(&mut self, name: &TopicName, partitions: i32) -> Result<bool, Failure> {
        let asked = (0..partitions)
            .map(|index| ListOffsetsPartition::default().with_partition_index(index).with_timestamp(-2));
        let topic = ListOffsetsTopic::default().with_name(name.clone()).with_partitions(asked.collect());
        let request = ListOffsetsRequest::default().with_replica_id((-1).into()).with_topics(vec![topic]);
        let answer = self.call(&request, 1)?;
        Ok(answer.topics.iter().flat_map(|topic| &topic.partitions).all(|one| one.error_code == 0))
    }

    /// What Metadata says of one topic.
    pub(crate) fn metadata(
        &mut self,
        name: &TopicName,
    ) -> Result<metadata_response::MetadataResponseTopic, Failure> {
        let topic = MetadataRequestTopic::default().with_name(Some(name.clone()));
        let request =
            MetadataRequest::default().with_topics(Some(vec![topic])).with_allow_auto_topic_creation(false);
        self.call(&request, 12)?.topics.pop().ok_or("no topic in Metadata".into())
    }

    pub(crate) fn topic_id(&mut self, name: &TopicName) -> Result<Uuid, Failure> {
        Ok(self.metadata(name)?.topic_id)
    }

    /// Asks again until it is true.
    pub(crate) fn eventually(
        &mut self,
        what: &str,
        mut condition: impl FnMut(&mut Self) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let began = Instant::now();
        while !condition(self)? {
            if began.elapsed() > Duration::from_secs(30) {
                return Err(format!("not within 30 s: {what}").into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Repeats a request while the code it gives says that a coordinator is not there yet, or is busy.
    pub(crate) fn settled(
        &mut self,
        mut code: impl FnMut(&mut Self) -> Result<i16, Failure>,
    ) -> Result<i16, Failure> {
        let mut last = 0;
        let came = self.eventually("the coordinator is there", |stage| {
            last = code(stage)?;
            Ok(!matches!(last, 14 | 15 | 16 | 51))
        });
        match came {
            Err(Failure::Other(text)) => Err(format!("{text} (last code: {last})").into()),
            came => came.map(|()| last),
        }
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        if self.topics.is_empty() {
            return;
        }
        // On a connection of its own: the case may have ended the first. What stays is in nobody's way.
        if let Ok(mut connection) = self.another() {
            let request = DeleteTopicsRequest::default()
                .with_topic_names(std::mem::take(&mut self.topics))
                .with_timeout_ms(10_000);
            let _ = connection.call(&request, 1);
        }
    }
}
