//! GetKafkaClientIp: which Kafka clients were seen.

use std::net::IpAddr;

use control::client::{ClientQuery, ClientSubject, SeenClients};
use control::ids::{GroupName, InstanceId, Region, TopicName};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::params::{Rejection, choice, parameters};
use crate::refusal::Cause;

pub(crate) struct GetKafkaClientIp;

choice! {
    /// What the clients have asked about.
    pub(crate) enum QueryType: String {
        /// Anything.
        Instance = "byInstance",
        /// A topic.
        Topic = "byTopic",
        /// A group.
        Group = "byGroup",
    }
}

parameters! {
    /// Which clients.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// byTopic needs Topic, byGroup Group.
        query_type: QueryType = required("Type"),
        /// When, in milliseconds since 1970. What is more than 7 days ago counts as that.
        start_time: i64 = required("StartTime"),
        /// Until when: not before the start. What is more than an hour after that counts as an hour.
        end_time: i64 = required("EndTime"),
        /// The topic whose messages they have sent or read.
        topic: Option<TopicName> = optional("Topic").required_at_times(),
        /// The group in which they have read.
        group: Option<GroupName> = optional("Group").required_at_times(),
    }
}

const RANGE_HOURS: i64 = 1;
const AGE_DAYS: i64 = 7;
const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    data: Data,
}

/// Clients by what they have sent.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Data {
    /// Whether the broker is too old to count well.
    alert: bool,
    /// The most hours between start and end.
    search_time_range: i64,
    /// The most days that the start is ago.
    time_limit_day: i64,
    /// What counted as the start.
    start_date: i64,
    end_date: i64,
    data: List<RequestVo>,
}

/// The lists of this action stand in objects.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct List<T> {
    data: Vec<T>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RequestVo {
    /// As Kafka's broker calls it: `OFFSET_COMMIT`.
    name: String,
    data: List<ClientVo>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ClientVo {
    ip: IpAddr,
    /// Connections of the address.
    num: u32,
}

impl Action for GetKafkaClientIp {
    const NAME: &'static str = "GetKafkaClientIp";
    const SUMMARY: &'static str = "Shows from which addresses Kafka clients have used an instance, a topic or a group, by kind of request.";
    const PERMISSION: &'static str = "alikafka:ListKafkaClientIp";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE, causes::TOPIC, causes::GROUP];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("InstanceId", "INSTANCE"),
        ("RegionId", "cn-hangzhou"),
        ("Type", "byInstance"),
        ("StartTime", "1656057600000"),
        ("EndTime", "1656061200000"),
    ];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, clock, .. } = context;
        let subject = input.subject()?;
        let Input { instance_id, region_id, start_time, end_time, .. } = input;
        let from_ms = start_time.max(clock.now_ms() - AGE_DAYS * DAY_MS);
        if end_time < from_ms {
            return Err(Rejection::rule("EndTime", "must not be before StartTime nor 7 days ago").into());
        }
        let to_ms = end_time.min(from_ms.saturating_add(RANGE_HOURS * HOUR_MS));
        let query = ClientQuery { region: region_id, instance: instance_id, subject, from_ms, to_ms };
        let seen = control.client_list(caller, query).await?;
        Ok(Output {
            data: Data {
                alert: false,
                search_time_range: RANGE_HOURS,
                time_limit_day: AGE_DAYS,
                start_date: from_ms,
                end_date: to_ms,
                data: List { data: seen.into_iter().map(RequestVo::from).collect() },
            },
        })
    }
}

impl Input {
    fn subject(&self) -> Result<ClientSubject, Rejection> {
        match self.query_type {
            QueryType::Instance => Ok(ClientSubject::Instance),
            QueryType::Topic => {
                self.topic.clone().map(ClientSubject::Topic).ok_or(Rejection::Missing("Topic"))
            }
            QueryType::Group => {
                self.group.clone().map(ClientSubject::Group).ok_or(Rejection::Missing("Group"))
            }
        }
    }
}

impl From<SeenClients> for RequestVo {
    fn from(seen: SeenClients) -> Self {
        let client = |(ip, num): (IpAddr, u32)| ClientVo { ip, num };
        Self {
            name: with_underscores(&seen.request),
            data: List { data: seen.clients.into_iter().map(client).collect() },
        }
    }
}

/// `OffsetCommit` as `OFFSET_COMMIT`.
fn with_underscores(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for (index, letter) in name.char_indices() {
        if index > 0 && letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_uppercase());
    }
    text
}
