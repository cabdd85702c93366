//! GetAutoScalingConfiguration: the scaling rules of an instance.

use control::ids::{InstanceId, Region};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::details::Details;
use crate::dialects::aliyun::alikafka::scaling::{Repeat, Rule, ScheduleType, Weekday};
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct GetAutoScalingConfiguration;

parameters! {
    /// Which instance.
    pub(crate) struct Input {
        /// The instance. One that is not serverless has no rules.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
    }
}

/// The rules, oldest first.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    data: Data,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Data {
    scheduled_scaling_rules: Rules,
}

list_of! {
    struct Rules: "ScheduledScalingRules" [RuleVo];
    struct WeeklyTypes: "WeeklyTypes" [Weekday];
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RuleVo {
    rule_id: u32,
    rule_name: String,
    enable: bool,
    schedule_type: ScheduleType,
    first_scheduled_time: i64,
    duration_minutes: u32,
    time_zone: String,
    /// Empty where it does not repeat.
    repeat_type: &'static str,
    weekly_types: WeeklyTypes,
    reserved_pub_flow: u32,
    reserved_sub_flow: u32,
    estimated_elastic_scaling_up_time_secs: u32,
    estimated_elastic_scaling_down_time_secs: u32,
}

impl Action for GetAutoScalingConfiguration {
    const NAME: &'static str = "GetAutoScalingConfiguration";
    const SUMMARY: &'static str = "Lists the scaling rules of an instance, oldest first.";
    const PERMISSION: &'static str = "alikafka:ListInstance";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("RegionId", "cn-hangzhou")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        let instance = control.instance_find(caller, &input.region_id, &input.instance_id).await?;
        let rules = Details::of(&instance)?.scaling.rules;
        let scheduled_scaling_rules = rules.into_iter().map(RuleVo::from).collect();
        Ok(Output { data: Data { scheduled_scaling_rules } })
    }
}

impl From<Rule> for RuleVo {
    fn from(rule: Rule) -> Self {
        let schedule = rule.schedule;
        let (schedule_type, repeat_type, weekly_types) = match schedule.repeat {
            Repeat::Never => (ScheduleType::At, "", Vec::new()),
            Repeat::Daily => (ScheduleType::Repeat, "Daily", Vec::new()),
            Repeat::Weekly(days) => (ScheduleType::Repeat, "Weekly", days),
        };
        Self {
            rule_id: rule.id,
            rule_name: rule.name,
            enable: rule.enabled,
            schedule_type,
            first_scheduled_time: schedule.first_ms,
            duration_minutes: schedule.minutes,
            time_zone: schedule.time_zone,
            repeat_type,
            weekly_types: WeeklyTypes { items: weekly_types },
            reserved_pub_flow: rule.capacity.publish,
            reserved_sub_flow: rule.capacity.subscribe,
            // What is reserved follows from the moment: there is nothing to wait for.
            estimated_elastic_scaling_up_time_secs: 0,
            estimated_elastic_scaling_down_time_secs: 0,
        }
    }
}
