//! The main job, done as a user would do it. The quick start shows it; the benchmark times its first half.

use serde_json::Value;
use tokio::time::{Duration, Instant, sleep_until};

use crate::api_client::{ApiClient, CallError};
use crate::load::{self, Load};
use crate::progress::Steps;
use crate::terminal;

/// How long an instance may take to be in service.
const START_MAX: Duration = Duration::from_secs(60);
/// Between two looks at an instance that is starting.
const LOOK_EVERY: Duration = Duration::from_millis(2);
const IN_SERVICE: i64 = 5;
/// What the tour calls its instances, with a number from the second on.
const NAME: &str = "quickstart";
const PARTITIONS: i32 = 12;

/// Where the tour takes place.
pub(crate) struct Tour<'a> {
    pub(crate) api: &'a ApiClient,
    pub(crate) region: &'a str,
    pub(crate) steps: &'a Steps,
}

/// What is there at the end of it.
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(crate) bootstrap: String,
    pub(crate) topic: String,
    pub(crate) group: String,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum TourError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Kafka(#[from] kafka_client::ClientError),
    #[error("{action}'s reply has no {field}")]
    Reply { action: &'static str, field: &'static str },
    #[error("instance {0} is not in service after {START_MAX:?}; the log says why")]
    NotStarted(String),
    #[error("a message batch cannot be built: {0}")]
    Build(#[from] kafka_wire::records::BuildError),
    #[error("the result cannot be written: {0}")]
    Output(#[from] std::io::Error),
    #[error("another member joined {0}; run again when it is free")]
    Disturbed(String),
    #[error("{produced} messages were acknowledged but {consumed} came back")]
    Lost { produced: u64, consumed: u64 },
}

impl Tour<'_> {
    /// All of it, with what an earlier run left behind.
    pub(crate) async fn run(&self, messages: u64) -> Result<Instance, TourError> {
        let (topic, group) = ("quickstart", "quickstart-group");
        let (id, bootstrap) = match self.find_running().await? {
            Some((id, bootstrap)) => {
                self.steps.begin("Instance of an earlier run").done(&id);
                (id, bootstrap)
            }
            None => self.buy_and_start(&self.free_name().await?).await?,
        };
        self.topic(&id, topic, PARTITIONS).await?;
        self.make("CreateConsumerGroup", "BIZ_SUBSCRIPTION_EXISTED", &id, &[("ConsumerId", group)]).await?;

        let load = Load { bootstrap: &bootstrap, topic, group, partitions: PARTITIONS };
        let step = self.steps.count("Produce, acks=all", messages);
        let (produced, took) = timed(load::produce(&load, messages, |count| step.at(count))).await;
        let produced = produced?;
        step.done(&format!("{produced} messages of {} bytes {}", load::MESSAGE_BYTES, rate(produced, took)));

        let step = self.steps.count("Consume in a group and commit", messages);
        let (consumed, took) = timed(load::consume(&load, |count| step.at(count))).await;
        let consumed = consumed?;
        step.done(&format!("{consumed} messages {}", rate(consumed, took)));
        if consumed < produced {
            return Err(TourError::Lost { produced, consumed });
        }
        self.show_progress(&id, topic, group).await?;
        Ok(Instance { id, bootstrap, topic: topic.into(), group: group.into() })
    }

    /// Buys an instance, starts it, and waits until it is in service. Its id and Kafka address.
    pub(crate) async fn buy_and_start(&self, name: &str) -> Result<(String, String), TourError> {
        let step = self.steps.begin("CreatePostPayOrder");
        let id = self.buy().await?;
        step.done(&id);

        let step = self.steps.begin("StartInstance");
        let accepted = self.start(&id, name).await?;
        let bootstrap = self.wait_in_service(&id).await?;
        step.done(&format!("in service after {:.0} ms at {bootstrap}", millis(accepted.elapsed())));
        Ok((id, bootstrap))
    }

    /// Buys an instance; its id.
    pub(crate) async fn buy(&self) -> Result<String, TourError> {
        let reply = self
            .api
            .ask(
                "CreatePostPayOrder",
                &[
                    ("RegionId", self.region),
                    ("TopicQuota", "50"),
                    ("DiskType", "1"),
                    ("DiskSize", "500"),
                    ("DeployType", "5"),
                    ("IoMaxSpec", "alikafka.hw.2xlarge"),
                    ("SpecType", "professional"),
                ],
            )
            .await?;
        let order = text(&reply, "CreatePostPayOrder", "OrderId")?;
        let found = self.instances(&[("OrderId", &order)]).await?;
        let first = found.first().ok_or(missing("GetInstanceList", "InstanceVO"))?;
        text(first, "GetInstanceList", "InstanceId")
    }

    /// Asks for the deployment; the moment at which it was accepted.
    pub(crate) async fn start(&self, id: &str, name: &str) -> Result<Instant, TourError> {
        self.api
            .ask(
                "StartInstance",
                &[
                    ("RegionId", self.region),
                    ("InstanceId", id),
                    ("VpcId", "vpc-quickstart"),
                    ("VSwitchId", "vsw-quickstart"),
                    ("DeployModule", "vpc"),
                    ("Name", name),
                ],
            )
            .await?;
        Ok(Instant::now())
    }

    /// Makes a topic, unless an earlier run has.
    pub(crate) async fn topic(&self, id: &str, topic: &str, partitions: i32) -> Result<(), TourError> {
        let partitions = partitions.to_string();
        self.make(
            "CreateTopic",
            "BIZ_TOPIC_EXISTED",
            id,
            &[("Topic", topic), ("Remark", topic), ("PartitionNum", &partitions)],
        )
        .await
    }

    /// Looks until the instance is in service; its Kafka address.
    pub(crate) async fn wait_in_service(&self, id: &str) -> Result<String, TourError> {
        let deadline = Instant::now() + START_MAX;
        while Instant::now() < deadline {
            let look_again = Instant::now() + LOOK_EVERY;
            let found = self.instances(&[("InstanceId.1", id)]).await?;
            if let Some(instance) = found.first()
                && instance["ServiceStatus"].as_i64() == Some(IN_SERVICE)
            {
                return text(instance, "GetInstanceList", "EndPoint");
            }
            sleep_until(look_again).await;
        }
        Err(TourError::NotStarted(id.to_owned()))
    }

    pub(crate) async fn instances(&self, filter: &[(&str, &str)]) -> Result<Vec<Value>, TourError> {
        let mut parameters = vec![("RegionId", self.region)];
        parameters.extend_from_slice(filter);
        let mut reply = self.api.ask("GetInstanceList", &parameters).await?;
        match reply["InstanceList"]["InstanceVO"].take() {
            Value::Array(instances) => Ok(instances),
            _ => Err(missing("GetInstanceList", "InstanceVO")),
        }
    }

    async fn find_running(&self) -> Result<Option<(String, String)>, TourError> {
        for instance in self.instances(&[]).await? {
            let ours = instance["Name"].as_str().is_some_and(|name| name.starts_with(NAME));
            if ours && instance["ServiceStatus"].as_i64() == Some(IN_SERVICE) {
                let field = |name| text(&instance, "GetInstanceList", name);
                return Ok(Some((field("InstanceId")?, field("EndPoint")?)));
            }
        }
        Ok(None)
    }

    /// A name that no instance has: one of an earlier run may be released, or still without its port.
    async fn free_name(&self) -> Result<String, TourError> {
        let instances = self.instances(&[]).await?;
        let taken = |name: &str| instances.iter().any(|instance| instance["Name"] == name);
        let names =
            (1..).map(|number| if number == 1 { NAME.to_owned() } else { format!("{NAME}-{number}") });
        Ok(names.into_iter().find(|name| !taken(name)).unwrap_or_else(|| NAME.to_owned()))
    }

    /// A creation that an earlier run may have done already.
    async fn make(
        &self,
        action: &'static str,
        exists: &str,
        id: &str,
        parameters: &[(&str, &str)],
    ) -> Result<(), TourError> {
        let step = self.steps.begin(action);
        let mut all = vec![("RegionId", self.region), ("InstanceId", id)];
        all.extend_from_slice(parameters);
        match self.api.ask(action, &all).await {
            Ok(_) => step.done(parameters[0].1),
            Err(CallError::Refused { code, .. }) if code == exists => step.done("there already"),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn show_progress(&self, id: &str, topic: &str, group: &str) -> Result<(), TourError> {
        let step = self.steps.begin("GetTopicStatus and GetConsumerProgress");
        let base = [("RegionId", self.region), ("InstanceId", id)];
        let ask = async |action: &str, name: &str, value: &str| {
            self.api.ask(action, &[base[0], base[1], (name, value)]).await
        };
        let status = ask("GetTopicStatus", "Topic", topic).await?;
        let progress = ask("GetConsumerProgress", "ConsumerId", group).await?;
        let total = status["TopicStatus"]["TotalCount"].as_i64();
        let total = total.ok_or(missing("GetTopicStatus", "TotalCount"))?;
        let lag = progress["ConsumerProgress"]["TotalDiff"].as_i64();
        let lag = lag.ok_or(missing("GetConsumerProgress", "TotalDiff"))?;
        step.done(&format!("{total} messages stored, lag {lag}"));
        terminal::print(format_args!("\nPartition        Stored     Committed           Lag"))?;
        let topics = &progress["ConsumerProgress"]["TopicList"]["TopicList"];
        for offset in topics[0]["OffsetList"]["OffsetList"].as_array().into_iter().flatten() {
            let number = |name: &str| offset[name].as_i64().unwrap_or_default();
            let (end, committed) = (number("BrokerOffset"), number("ConsumerOffset"));
            terminal::print(format_args!(
                "{:>9} {end:>13} {committed:>13} {:>13}",
                number("Partition"),
                end - committed
            ))?;
        }
        Ok(())
    }
}

async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let begun = Instant::now();
    let result = work.await;
    (result, begun.elapsed())
}

fn rate(count: u64, took: Duration) -> String {
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let per_second = count as f64 / took.as_secs_f64().max(1e-9);
    format!("in {:.2} s ({per_second:.0}/s)", took.as_secs_f64())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn text(value: &Value, action: &'static str, field: &'static str) -> Result<String, TourError> {
    value[field].as_str().map(str::to_owned).ok_or(missing(action, field))
}

fn missing(action: &'static str, field: &'static str) -> TourError {
    TourError::Reply { action, field }
}
