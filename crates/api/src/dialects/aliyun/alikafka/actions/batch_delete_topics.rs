//! BatchDeleteTopics: removes several topics, each for itself.

use control::fault::{Absent, Conflict, EngineTrouble};
use control::ids::{InstanceId, Region, TopicName};
use control::topic::Page;
use control::{Committed, Fault};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::faults;
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::{Rejection, parameters};
use crate::refusal::Cause;

pub(crate) struct BatchDeleteTopics;

parameters! {
    /// What to remove.
    pub(crate) struct Input {
        /// The instance that has the topics.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The names of the topics, exactly.
        topics: Vec<TopicName> = required("Topics").range(1, 100),
    }
}

/// What became of each topic.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    data: Data,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Data {
    total: usize,
    success_count: usize,
    failed_count: usize,
    results: Results,
}

list_of! {
    struct Results: "TopicDeleteResultItemVO" [TopicResult];
}

/// The codes of a reply of its own, for one topic.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TopicResult {
    topic: String,
    success: bool,
    /// As an HTTP status.
    code: u16,
    message: String,
    status: &'static str,
    /// The error code that DeleteTopic would have answered with; empty for a success.
    dynamic_code: String,
    dynamic_message: String,
}

impl Action for BatchDeleteTopics {
    const NAME: &'static str = "BatchDeleteTopics";
    const SUMMARY: &'static str =
        "Removes several topics, each for itself, and says which of them could not be removed.";
    const PERMISSION: &'static str = "alikafka:DeleteTopic";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("RegionId", "cn-hangzhou"), ("Topics", "[\"orders\",\"payments\"]")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Input { instance_id, region_id, topics } = input;
        let Context { caller, control, .. } = context;
        // More than the highest index can come as one JSON list.
        if topics.is_empty() || topics.len() > 100 {
            return Err(Rejection::rule("Topics", "must name 1 to 100 topics").into());
        }
        // What is wrong with the instance is not said topic by topic.
        let nothing = Page { skip: 0, take: 0 };
        control.topic_list(caller, Some(&region_id), &instance_id, None, nothing).await?;
        let mut results = Vec::with_capacity(topics.len());
        for topic in topics {
            let deleted = control.topic_delete(caller, &region_id, &instance_id, &topic).await;
            results.push(TopicResult::new(topic, deleted)?);
        }
        let success_count = results.iter().filter(|result| result.success).count();
        let total = results.len();
        let failed_count = total - success_count;
        Ok(Output { data: Data { total, success_count, failed_count, results: Results { items: results } } })
    }
}

impl TopicResult {
    /// Fails when the other topics would too, and nobody knows what became of this one.
    fn new(topic: TopicName, deleted: Result<Committed<()>, Fault>) -> Result<Self, Fault> {
        match deleted {
            Ok(done) => {
                done.into_inner();
                Ok(Self {
                    topic: topic.into_string(),
                    success: true,
                    code: 200,
                    message: "operation success.".to_owned(),
                    status: "success",
                    dynamic_code: String::new(),
                    dynamic_message: String::new(),
                })
            }
            Err(fault) if is_of_one_topic(&fault) => {
                let refusal = faults::refusal(Refused::Fault(fault));
                Ok(Self {
                    topic: topic.into_string(),
                    success: false,
                    code: refusal.status.as_u16(),
                    message: refusal.message.to_string(),
                    status: "failed",
                    dynamic_code: refusal.code.to_string(),
                    dynamic_message: refusal.message.into_owned(),
                })
            }
            Err(fault) => Err(fault),
        }
    }
}

fn is_of_one_topic(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::Absent(Absent::Topic(_))
            | Fault::Conflict(Conflict::OperationRunning)
            | Fault::Engine(EngineTrouble::Unavailable(_) | EngineTrouble::StorageFull(_))
    )
}
