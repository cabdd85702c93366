//! GetTopicList: the topics of an instance, in pages.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use control::ids::{InstanceId, Region, TopicName};
use control::topic::{Page, Topic, TopicPage};
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::views::Tags;
use crate::dialects::aliyun::alikafka::{causes, topic_config};
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct GetTopicList;

parameters! {
    /// Which topics of what.
    pub(crate) struct Input {
        /// The instance that has the topics.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Option<Region> = optional("RegionId"),
        /// Which page, from 1 on.
        current_page: u32 = optional("CurrentPage").alias("PageNumber").range(1, i32::MAX as i64).or("1"),
        /// How many topics a page has.
        page_size: u32 = optional("PageSize").range(1, 10_000).or("10"),
        /// Only the topic of exactly this name.
        topic: Option<TopicName> = optional("Topic"),
    }
}

/// A page of topics.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    /// Over all pages.
    total: usize,
    page_size: u32,
    current_page: u32,
    topic_list: TopicList,
}

/// The list in its wrapper, see `list_of!`.
#[derive(Serialize)]
struct TopicList {
    #[serde(rename = "TopicVO")]
    items: Written,
}

/// Topics as they are written in JSON: each when it is first asked for, then kept with the list.
struct Written {
    page: TopicPage,
    instance: InstanceId,
    region: Region,
}

impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { page, instance, region } = self;
        let written: Arc<Vec<OnceLock<Box<RawValue>>>> =
            page.list.made(|topics| topics.iter().map(|_| OnceLock::new()).collect());
        let all = page.items().iter().zip(&written[page.range.clone()]);
        serializer.collect_seq(all.map(|(topic, written)| {
            written.get_or_init(|| {
                to_raw_value(&TopicVo::new(topic, instance, region)).expect("texts and numbers are JSON")
            })
        }))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TopicVo<'t> {
    topic: &'t str,
    instance_id: &'t str,
    region_id: &'t str,
    status: u8,
    status_name: &'static str,
    partition_num: u32,
    remark: &'t str,
    create_time: i64,
    compact_topic: bool,
    local_topic: bool,
    tags: Tags,
    auto_create: bool,
    topic_config: Cow<'t, str>,
}

impl Action for GetTopicList {
    const NAME: &'static str = "GetTopicList";
    const SUMMARY: &'static str = "Lists the topics of an instance, oldest first.";
    const PERMISSION: &'static str = "alikafka:ListTopic";
    const EFFECT: Effect = Effect::Reads;
    const IN_OLD_VERSION: bool = true;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("RegionId", "cn-hangzhou"), ("CurrentPage", "1"), ("PageSize", "10")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Input { instance_id, region_id, current_page, page_size, topic } = input;
        let Context { caller, control, .. } = context;
        let take = page_size as usize;
        let part = Page { skip: (current_page as usize - 1).saturating_mul(take), take };
        // Without a region the instance decides, and the reply still says which.
        let region = match region_id {
            Some(region) => region,
            None => control.instance_region(caller, &instance_id).await?,
        };
        let page = control.topic_list(caller, Some(&region), &instance_id, topic.as_ref(), part).await?;
        Ok(Output {
            total: page.total(),
            page_size,
            current_page,
            topic_list: TopicList { items: Written { page, instance: instance_id, region } },
        })
    }
}

impl<'t> TopicVo<'t> {
    fn new(topic: &'t Topic, instance: &'t InstanceId, region: &'t Region) -> Self {
        Self {
            topic: topic.name.as_str(),
            instance_id: instance.as_str(),
            region_id: region.as_str(),
            // A topic that is listed is in service: it exists in the engine.
            status: 0,
            status_name: "服务中",
            partition_num: topic.partitions,
            remark: &topic.remark,
            create_time: topic.created_ms,
            compact_topic: topic.compact,
            local_topic: topic.local,
            tags: topic.tags.clone().into(),
            auto_create: topic.automatic,
            topic_config: topic_config::shown(&topic.config_text, &topic.config),
        }
    }
}
