//! CreateScheduledScalingRule: raises what is reserved for a serverless instance on schedule.

use control::ids::{InstanceId, Region};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::scaling::{
    DURATION_MINUTES, Moment, Repeat, RepeatType, Rule, Schedule, ScheduleType, Weekday, ZoneOffset,
};
use crate::dialects::aliyun::alikafka::scaling_rules::change_rules;
use crate::dialects::aliyun::alikafka::serverless::{Capacity, PUBLISH_RANGE, SUBSCRIBE_RANGE};
use crate::dialects::aliyun::params::{Rejection, Text, parameters};
use crate::refusal::Cause;

pub(crate) struct CreateScheduledScalingRule;

parameters! {
    /// What to raise, and when.
    pub(crate) struct Input {
        /// The instance, a serverless one.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The rule's name. No other rule of the instance may have it.
        rule_name: Text = required("RuleName").range(1, 64),
        /// at for a rule that is carried out once, repeat for one that is carried out again and again.
        schedule_type: ScheduleType = required("ScheduleType"),
        /// When it is carried out first, in milliseconds since 1970; once, at least 30 minutes from now.
        first_scheduled_time: Moment = required("FirstScheduledTime"),
        /// How long it lasts, in minutes. Between two executions on one instance there have to be 60.
        duration_minutes: u32 = required("DurationMinutes").range(DURATION_MINUTES.0, DURATION_MINUTES.1),
        /// The time zone whose days are meant: GMT or UTC with hours, as GMT+8.
        time_zone: ZoneOffset = required("TimeZone"),
        /// What is reserved meanwhile for publishing, in MB/s. This or the next has to be above what was bought.
        reserved_pub_flow: u32 = required("ReservedPubFlow").range(PUBLISH_RANGE.0, PUBLISH_RANGE.1),
        /// What is reserved meanwhile for subscribing, in MB/s. What was bought stays reserved in any case.
        reserved_sub_flow: u32 = required("ReservedSubFlow").range(SUBSCRIBE_RANGE.0, SUBSCRIBE_RANGE.1),
        /// Whether it is carried out at all.
        enable: bool = optional("Enable").or("false"),
        /// How often. Required where ScheduleType is repeat, ignored elsewhere.
        repeat_type: Option<RepeatType> = optional("RepeatType").required_at_times(),
        /// On which days of the week. Required where RepeatType is Weekly, ignored elsewhere.
        weekly_types: Vec<Weekday> = optional("WeeklyTypes").required_at_times().range(1, 7),
    }
}

impl Action for CreateScheduledScalingRule {
    const NAME: &'static str = "CreateScheduledScalingRule";
    const SUMMARY: &'static str = "Raises what is reserved for a serverless instance on schedule.";
    const PERMISSION: &'static str = "alikafka:UpdateInstance";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[
        causes::NOT_SUPPORTED,
        causes::INSTANCE,
        causes::STATE,
        causes::RUNNING,
        causes::NAME_TAKEN,
        causes::FULL,
    ];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("InstanceId", "INSTANCE"),
        ("RegionId", "cn-hangzhou"),
        ("RuleName", "market-days"),
        ("ScheduleType", "repeat"),
        ("FirstScheduledTime", "1714467540000"),
        ("DurationMinutes", "60"),
        ("TimeZone", "GMT+8"),
        ("ReservedPubFlow", "120"),
        ("ReservedSubFlow", "120"),
        ("Enable", "true"),
        ("RepeatType", "Weekly"),
        ("WeeklyTypes.1", "Monday"),
        ("WeeklyTypes.2", "Friday"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let (region, id) = (input.region_id.clone(), input.instance_id.clone());
        let rule = input.rule()?;
        let changed =
            change_rules(context, &region, &id, |rules, bought, now_ms| rules.add(rule, bought, now_ms));
        Ok(changed.await?.into())
    }
}

impl Input {
    /// Applies the rules between parameters.
    fn rule(self) -> Result<Rule, Rejection> {
        let repeat = match (self.schedule_type, self.repeat_type) {
            (ScheduleType::At, _) => Repeat::Never,
            (ScheduleType::Repeat, None) => return Err(Rejection::Missing("RepeatType")),
            (ScheduleType::Repeat, Some(RepeatType::Daily)) => Repeat::Daily,
            (ScheduleType::Repeat, Some(RepeatType::Weekly)) if self.weekly_types.is_empty() => {
                return Err(Rejection::Missing("WeeklyTypes"));
            }
            (ScheduleType::Repeat, Some(RepeatType::Weekly)) => Repeat::Weekly(self.weekly_types),
        };
        Ok(Rule {
            // Given when it is added.
            id: 0,
            name: self.rule_name,
            enabled: self.enable,
            capacity: Capacity { publish: self.reserved_pub_flow, subscribe: self.reserved_sub_flow },
            schedule: Schedule::new(self.first_scheduled_time, self.duration_minutes, repeat, self.time_zone),
        })
    }
}
