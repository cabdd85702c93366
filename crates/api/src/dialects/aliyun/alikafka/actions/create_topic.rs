//! CreateTopic: makes a topic in a running instance.

use std::collections::BTreeMap;

use control::Fault;
use control::fault::Conflict;
use control::ids::{InstanceId, Region, TopicName};
use control::instance::{Instance, InstanceState};
use control::topic::TopicCreate;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::details::Details;
use crate::dialects::aliyun::alikafka::remark::TopicRemark;
use crate::dialects::aliyun::alikafka::topic_config::{TopicConfig, check_insync, check_retention};
use crate::dialects::aliyun::params::{Cut, JsonObject, NewTags, Rejection, parameters};
use crate::rate::Rate;
use crate::refusal::Cause;

pub(crate) struct CreateTopic;

parameters! {
    /// What to make.
    pub(crate) struct Input {
        /// The instance that will own the topic.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The topic's name: 3 or more letters, digits, underscores and hyphens; cut to 64.
        topic: Cut<TopicName> = required("Topic"),
        /// A note: 3 to 64 letters, digits, underscores and hyphens.
        remark: TopicRemark = required("Remark"),
        /// Whether to keep only the last message of each key; needs local storage.
        compact_topic: bool = optional("CompactTopic").or("false"),
        /// How many partitions.
        partition_num: u32 = optional("PartitionNum").range(1, 360).or("12"),
        /// Whether messages are in local storage rather than cloud storage.
        local_topic: bool = optional("LocalTopic").or("false"),
        /// How many replicas; needs local storage.
        replication_factor: Option<u32> = optional("ReplicationFactor").range(1, 3),
        /// How many replicas must have a message; needs local storage. Less than the replicas, or 1 of 1.
        min_insync_replicas: Option<u32> = optional("MinInsyncReplicas").range(1, 3),
        /// Settings of the topic as a JSON object; needs local storage. Its replications win over
        /// ReplicationFactor.
        config: Option<JsonObject> = optional("Config"),
        /// Tags for the topic.
        tags: NewTags = optional("Tag").range(1, 20),
    }
}

/// Kafka's own topics, and the one that readiness is probed with.
const RESERVED: [&str; 3] = ["__consumer_offsets", "__transaction_state", "__probe"];

impl Action for CreateTopic {
    const NAME: &'static str = "CreateTopic";
    const SUMMARY: &'static str = "Makes a topic, usable when the reply is there.";
    const PERMISSION: &'static str = "alikafka:CreateTopic";
    const RATE: Rate = Rate::per_second(1);
    const EFFECT: Effect = Effect::Changes;
    const IN_OLD_VERSION: bool = true;
    const MESSAGE: &'static str = "operation success";
    const CAUSES: &'static [Cause] =
        &[causes::NOT_SUPPORTED, causes::INSTANCE, causes::STATE, causes::FULL, causes::TOPIC_EXISTS];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("InstanceId", "INSTANCE"),
        ("RegionId", "cn-hangzhou"),
        ("Topic", "orders"),
        ("Remark", "test"),
        ("PartitionNum", "6"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let storage = input.storage()?;
        let Context { caller, control, .. } = context;
        if input.local_topic {
            let instance = control.instance_find(caller, &input.region_id, &input.instance_id).await?;
            check_local(&instance)?;
            if let Some(config) = &input.config {
                check_retention("Config", &config.members, &Details::of(&instance)?)?;
            }
        }
        let Cut(name) = input.topic;
        if RESERVED.contains(&name.as_str()) {
            return Err(Rejection::rule("Topic", "is a name that Kafka keeps for itself").into());
        }
        let TopicRemark(remark) = input.remark;
        let create = TopicCreate {
            region: input.region_id,
            instance: input.instance_id,
            name,
            partitions: input.partition_num,
            remark,
            local: input.local_topic,
            compact: input.compact_topic,
            config: storage,
            config_text: input.config.map_or_else(|| "{}".to_owned(), |config| config.text),
            tags: input.tags.0,
        };
        Ok(control.topic_create(caller, create).await?.into())
    }
}

/// Local storage is for professional editions from 2.2.0 on.
fn check_local(instance: &Instance) -> Result<(), Refused> {
    if !matches!(instance.state, InstanceState::Running | InstanceState::Changing) {
        return Err(Fault::from(Conflict::InstanceState(instance.state)).into());
    }
    if !Details::of(instance)?.edition_of_rules().is_professional() || instance.version.starts_with("0.") {
        let reason = "Local storage needs a professional edition and version 2.2.0 or later".to_owned();
        return Err(Refused::NotSupported(reason));
    }
    Ok(())
}

impl Input {
    /// The engine's settings, if the parameters about storage go together.
    fn storage(&self) -> Result<BTreeMap<String, String>, Rejection> {
        let needs_local = [
            ("CompactTopic", self.compact_topic),
            ("ReplicationFactor", self.replication_factor.is_some()),
            ("MinInsyncReplicas", self.min_insync_replicas.is_some()),
            ("Config", self.config.is_some()),
        ];
        if let (false, Some((name, _))) = (self.local_topic, needs_local.into_iter().find(|(_, set)| *set)) {
            return Err(Rejection::rule(name, "needs LocalTopic to be true"));
        }
        let own = match &self.config {
            Some(config) => TopicConfig::read("Config", &config.members)?,
            None => TopicConfig::default(),
        };
        let replicas = own.replicas().or(self.replication_factor);
        let insync = own.insync().or(self.min_insync_replicas);
        let name = if own.insync().is_some() { "Config" } else { "MinInsyncReplicas" };
        check_insync(name, insync, replicas)?;
        let mut settings = own.into_settings();
        if self.compact_topic {
            settings.insert("cleanup.policy".into(), "compact".into());
        }
        if let Some(insync) = insync {
            settings.insert("min.insync.replicas".into(), insync.to_string());
        }
        Ok(settings)
    }
}

#[cfg(test)]
#[path = "../action_tests/create_topic.rs"]
mod tests;
