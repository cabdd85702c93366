//! UpdateTopicConfig: changes the settings of a topic.

use std::collections::BTreeSet;

use control::Fault;
use control::fault::{Absent, Conflict};
use control::ids::{InstanceId, Region, TopicName};
use control::instance::Instance;
use control::topic::{Page, Topic, TopicConfigure};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::details::Details;
use crate::dialects::aliyun::alikafka::topic_config::{
    TopicConfig, check_retention, check_spread, current, engine_names, members,
};
use crate::dialects::aliyun::params::{JsonObject, parameters};
use crate::refusal::Cause;

pub(crate) struct UpdateTopicConfig;

parameters! {
    /// Which topic, and its settings from now on.
    pub(crate) struct Input {
        /// The instance that has the topic.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The topic's name, exactly. On other than serverless instances it must be in local storage.
        topic: TopicName = required("Topic"),
        /// The setting to change; counts without Configs. All others stay.
        config: String = required("Config").range(1, 64),
        /// Its value.
        value: String = required("Value").range(1, 64),
        /// All settings of the topic as a JSON object, in the place of those that were set before.
        configs: Option<JsonObject> = optional("Configs"),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    /// Always empty.
    data: &'static str,
}

/// How often a change is worked out again because others were quicker.
const ATTEMPTS: u32 = 16;

impl Action for UpdateTopicConfig {
    const NAME: &'static str = "UpdateTopicConfig";
    const SUMMARY: &'static str =
        "Changes one setting of a topic, or all of them; they are in force when the reply is there.";
    const PERMISSION: &'static str = "alikafka:UpdateTopic";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] =
        &[causes::NOT_SUPPORTED, causes::INSTANCE, causes::STATE, causes::RUNNING, causes::TOPIC];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("InstanceId", "INSTANCE"),
        ("RegionId", "cn-hangzhou"),
        ("Topic", "orders"),
        ("Config", "retention.ms"),
        ("Value", "3600000"),
    ];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        let instance = control.instance_find(caller, &input.region_id, &input.instance_id).await?;
        for attempt in 1.. {
            let seen = find(&input, context).await?;
            let configure = input.worked_out(&instance, seen)?;
            match control.topic_configure(caller, configure).await {
                Err(Fault::Conflict(Conflict::Overtaken)) if attempt < ATTEMPTS => {}
                configured => {
                    configured?.into_inner();
                    break;
                }
            }
        }
        Ok(Output { data: "" })
    }
}

async fn find(input: &Input, context: &Context) -> Result<Topic, Fault> {
    let Context { caller, control, .. } = context;
    let Input { instance_id, region_id, topic, .. } = input;
    let only = Page { skip: 0, take: 1 };
    let found = control.topic_list(caller, Some(region_id), instance_id, Some(topic), only).await?;
    found.items().first().cloned().ok_or_else(|| Absent::Topic(topic.to_string()).into())
}

impl Input {
    fn worked_out(&self, instance: &Instance, seen: Topic) -> Result<TopicConfigure, Refused> {
        let details = Details::of(instance)?;
        if !seen.local && details.serverless.is_none() {
            let reason = "Settings of a topic can be changed where it is in local storage".to_owned();
            return Err(Refused::NotSupported(reason));
        }
        // As it is: what a client has changed since is not changed back.
        let before = current(members(&seen.config_text), &seen.config);
        let (parameter, after, changed) = match &self.configs {
            Some(configs) => {
                check_retention("Configs", &configs.members, &details)?;
                let all = configs.members.clone();
                let changed = TopicConfig::read("Configs", &all)?;
                ("Configs", all, changed)
            }
            None => {
                let one = Map::from_iter([(self.config.clone(), Json::String(self.value.clone()))]);
                check_retention("Config", &one, &details)?;
                let changed = TopicConfig::read("Config", &one)?;
                let mut all = before.clone();
                // The same under another name gives way.
                let changed_too = |name: &&str| engine_names(&self.config).contains(name);
                all.retain(|name, _| !engine_names(name).iter().any(changed_too));
                all.extend(one);
                ("Config", all, changed)
            }
        };
        check_spread(parameter, &after)?;
        let (config_text, names) = match &self.configs {
            Some(configs) => {
                (configs.text.clone(), before.keys().flat_map(|name| engine_names(name)).collect())
            }
            None => (Json::Object(after).to_string(), Vec::new()),
        };
        Ok(TopicConfigure {
            region: self.region_id.clone(),
            instance: self.instance_id.clone(),
            seen,
            without: names.into_iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(),
            with: changed.into_settings(),
            config_text,
        })
    }
}
