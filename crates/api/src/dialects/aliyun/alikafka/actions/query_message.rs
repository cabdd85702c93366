//! QueryMessage: looks at the messages of a topic.

use control::Fault;
use control::fault::Absent;
use control::ids::{InstanceId, Region, TopicName};
use control::message::{Excerpt, Message, MessageLimits, MessageQuery, MessagesFrom};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::params::{Rejection, choice, parameters};
use crate::refusal::Cause;
use crate::request::Parameters;

pub(crate) struct QueryMessage;

choice! {
    /// What the messages are looked for by.
    pub(crate) enum QueryType: String {
        /// Their place in a partition.
        Offset = "byOffset",
        /// Their time.
        Timestamp = "byTimestamp",
    }
}

parameters! {
    /// Which messages.
    pub(crate) struct Input {
        /// The instance that has the topic.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The topic's name, exactly.
        topic: TopicName = required("Topic"),
        /// byOffset needs Partition and Offset, byTimestamp BeginTime.
        query_type: QueryType = required("QueryType"),
        /// The partition. By time, all partitions where it is absent.
        partition: Option<u32> = optional("Partition").required_when(by_offset).range(0, i32::MAX as i64),
        /// The offset of the first message. One that is gone or yet to come is where the partition begins or ends.
        offset: Option<i64> = optional("Offset").required_when(by_offset),
        /// The time of the first message, in milliseconds since 1970.
        begin_time: Option<i64> = optional("BeginTime").required_when(by_time),
    }
}

/// What one call shows, as the vendor documents it.
const LIMITS: MessageLimits = MessageLimits { messages: 10, bytes: 10 << 20, excerpt_bytes: 1 << 10 };

/// Messages, as far as consumers can see them.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    /// A plain list, unlike those of the older actions.
    message_list: Vec<MessageVo>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MessageVo {
    topic: String,
    partition: u32,
    offset: i64,
    timestamp: i64,
    timestamp_type: &'static str,
    checksum: u32,
    /// -1 for a message without a key, as in Kafka's own clients.
    serialized_key_size: i64,
    /// -1 for a message that marks a deleted key.
    serialized_value_size: i64,
    key: String,
    value: String,
    key_truncated: bool,
    value_truncated: bool,
    /// How much is shown of a key that is cut; 0 where it is whole.
    truncated_key_size: usize,
    truncated_value_size: usize,
}

impl Action for QueryMessage {
    const NAME: &'static str = "QueryMessage";
    const SUMMARY: &'static str = "Shows up to ten messages of a topic from an offset or a time on, each with 1 KB of its key and value.";
    const PERMISSION: &'static str = "alikafka:QueryMessage";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE, causes::TOPIC];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("InstanceId", "INSTANCE"),
        ("RegionId", "cn-hangzhou"),
        ("Topic", "orders"),
        ("QueryType", "byOffset"),
        ("Partition", "0"),
        ("Offset", "0"),
    ];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let from = input.from()?;
        let Context { caller, control, .. } = context;
        let Input { instance_id, region_id, topic, .. } = input;
        let query = MessageQuery {
            region: region_id,
            instance: instance_id,
            topic: topic.clone(),
            from,
            limits: LIMITS,
        };
        match control.message_list(caller, query).await {
            Err(Fault::Absent(Absent::Partition { .. })) => {
                Err(Rejection::rule("Partition", "must be one of the topic's partitions").into())
            }
            found => {
                let shown = |message| MessageVo::new(&topic, message);
                Ok(Output { message_list: found?.into_iter().map(shown).collect() })
            }
        }
    }
}

fn by_offset(values: &Parameters) -> bool {
    values.filled("QueryType") == Some("byOffset")
}

fn by_time(values: &Parameters) -> bool {
    values.filled("QueryType") == Some("byTimestamp")
}

impl Input {
    fn from(&self) -> Result<MessagesFrom, Rejection> {
        match self.query_type {
            QueryType::Offset => {
                let partition = self.partition.ok_or(Rejection::Missing("Partition"))?;
                let offset = self.offset.ok_or(Rejection::Missing("Offset"))?;
                not_negative("Offset", offset)?;
                Ok(MessagesFrom::Offset { partition, offset })
            }
            QueryType::Timestamp => {
                let time_ms = self.begin_time.ok_or(Rejection::Missing("BeginTime"))?;
                not_negative("BeginTime", time_ms)?;
                Ok(MessagesFrom::Time { partition: self.partition, time_ms })
            }
        }
    }
}

fn not_negative(name: &'static str, number: i64) -> Result<(), Rejection> {
    if number < 0 { Err(Rejection::rule(name, "must be 0 or more")) } else { Ok(()) }
}

impl MessageVo {
    fn new(topic: &TopicName, message: Message) -> Self {
        let [key, value] = [message.key, message.value].map(Shown::new);
        Self {
            topic: topic.to_string(),
            partition: message.partition,
            offset: message.offset,
            timestamp: message.timestamp_ms,
            timestamp_type: if message.is_append_time { "LogAppendTime" } else { "CreateTime" },
            checksum: message.checksum,
            serialized_key_size: key.size,
            serialized_value_size: value.size,
            key_truncated: key.is_cut,
            value_truncated: value.is_cut,
            truncated_key_size: if key.is_cut { key.text.len() } else { 0 },
            truncated_value_size: if value.is_cut { value.text.len() } else { 0 },
            key: key.text,
            value: value.text,
        }
    }
}

/// A key or a value as text. What is no UTF-8 is shown by replacement characters.
struct Shown {
    text: String,
    size: i64,
    is_cut: bool,
}

impl Shown {
    fn new(excerpt: Option<Excerpt>) -> Self {
        let Some(Excerpt { bytes, whole }) = excerpt else {
            return Self { text: String::new(), size: -1, is_cut: false };
        };
        let is_cut = bytes.len() < whole;
        let mut shown = bytes.as_slice();
        // A character that the cut went through is not part of what is shown.
        if is_cut
            && let Err(error) = std::str::from_utf8(shown)
            && error.error_len().is_none()
        {
            shown = &shown[..error.valid_up_to()];
        }
        let text = String::from_utf8_lossy(shown).into_owned();
        Self { text, size: i64::try_from(whole).unwrap_or(i64::MAX), is_cut }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8], whole: usize) -> (String, i64, bool) {
        let Shown { text, size, is_cut } = Shown::new(Some(Excerpt { bytes: bytes.to_vec(), whole }));
        (text, size, is_cut)
    }

    #[test]
    fn what_is_cut_is_cut_between_characters() {
        assert_eq!(shown("付款".as_bytes(), 6), ("付款".to_owned(), 6, false));
        assert_eq!(shown(&"付款".as_bytes()[..5], 6), ("付".to_owned(), 6, true));
        assert_eq!(shown(&"付款".as_bytes()[..3], 6), ("付".to_owned(), 6, true));
        assert_eq!(shown(b"", 0), (String::new(), 0, false));
    }

    #[test]
    fn what_is_no_text_is_shown_as_far_as_it_is() {
        assert_eq!(shown(&[b'a', 0xff, b'b'], 3), ("a\u{fffd}b".to_owned(), 3, false));
        // An incomplete character at the end of a whole value was not cut by us.
        assert_eq!(shown(&[b'a', 0xe4], 2), ("a\u{fffd}".to_owned(), 2, false));
    }
}
