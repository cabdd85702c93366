//! GetConsumerList: the groups of an instance.

use control::group::Group;
use control::ids::{GroupName, InstanceId, Region};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::views::Tags;
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct GetConsumerList;

parameters! {
    /// Which groups of what.
    pub(crate) struct Input {
        /// The instance that has the groups.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// Only the group of exactly this id.
        consumer_id: Option<GroupName> = optional("ConsumerId"),
        /// Which page, from 1 on. Without this and PageSize all groups are returned.
        current_page: Option<u32> = optional("CurrentPage").range(1, i32::MAX as i64),
        /// How many groups a page has; 10 when only CurrentPage is given.
        page_size: Option<u32> = optional("PageSize").range(1, 10_000),
    }
}

/// Groups, all or a page of them.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    /// Over all pages.
    total: usize,
    current_page: u32,
    page_size: usize,
    consumer_list: ConsumerList,
}

list_of! {
    struct ConsumerList: "ConsumerVO" [ConsumerVo];
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ConsumerVo {
    consumer_id: String,
    instance_id: String,
    region_id: String,
    remark: String,
    tags: Tags,
    create_time: i64,
    automatically_created_group: bool,
}

impl Action for GetConsumerList {
    const NAME: &'static str = "GetConsumerList";
    const SUMMARY: &'static str = "Lists the consumer groups of an instance, oldest first.";
    const PERMISSION: &'static str = "alikafka:ListGroup";
    const EFFECT: Effect = Effect::Reads;
    const IN_OLD_VERSION: bool = true;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("RegionId", "cn-hangzhou")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Input { instance_id, region_id, consumer_id, current_page, page_size } = input;
        let Context { caller, control, .. } = context;
        let groups = control.group_list(caller, &region_id, &instance_id, consumer_id.as_ref()).await?;
        let total = groups.len();
        // Clients from before there were pages never ask for one and expect everything.
        let (page, size) = match (current_page, page_size) {
            (None, None) => (1, total),
            (page, size) => (page.unwrap_or(1), size.unwrap_or(10) as usize),
        };
        let of_page = groups.into_iter().skip((page as usize - 1).saturating_mul(size)).take(size);
        Ok(Output {
            total,
            current_page: page,
            page_size: size,
            consumer_list: of_page.map(|group| ConsumerVo::new(group, &instance_id, &region_id)).collect(),
        })
    }
}

impl ConsumerVo {
    fn new(group: Group, instance: &InstanceId, region: &Region) -> Self {
        Self {
            consumer_id: group.name.into_string(),
            instance_id: instance.to_string(),
            region_id: region.to_string(),
            remark: group.remark,
            tags: group.tags.into(),
            create_time: group.created_ms,
            automatically_created_group: group.automatic,
        }
    }
}
