//! UpdateInstanceConfig: changes the settings of an instance while it serves.

use control::ids::{InstanceId, Region};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::configuration::configure;
use crate::dialects::aliyun::alikafka::settings::Changes;
use crate::dialects::aliyun::params::{JsonObject, parameters};
use crate::refusal::Cause;

pub(crate) struct UpdateInstanceConfig;

parameters! {
    /// Which instance, and its settings from now on.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// A JSON object of settings and their values. What it does not mention stays.
        config: JsonObject = required("Config"),
    }
}

impl Action for UpdateInstanceConfig {
    const NAME: &'static str = "UpdateInstanceConfig";
    const SUMMARY: &'static str = "Changes the settings of an instance, which goes on serving.";
    const PERMISSION: &'static str = "alikafka:UpdateInstance";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] =
        &[causes::FIELD, causes::INSTANCE, causes::STATE, causes::RUNNING, causes::ACL_UNAVAILABLE];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("InstanceId", "INSTANCE"),
        ("RegionId", "cn-hangzhou"),
        ("Config", "{\"kafka.log.retention.hours\":\"33\",\"kafka.message.max.bytes\":\"2097152\"}"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { instance_id, region_id, config } = input;
        let changes = Changes::read(&config.members)?;
        let configured = configure(context, &region_id, &instance_id, |instance, settings, details| {
            let edition = details.edition_of_rules();
            let shown = &mut details.deployment.get_or_insert_default().extra_settings;
            changes.merge(settings, shown, edition, &instance.version)
        });
        Ok(configured.await?.into())
    }
}
