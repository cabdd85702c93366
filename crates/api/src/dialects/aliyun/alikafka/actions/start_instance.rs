//! StartInstance: deploys an instance that was bought.

use control::ids::{InstanceId, InstanceName, Region};
use control::Fault;
use control::fault::Conflict;
use control::instance::{Instance, InstanceStart, InstanceState};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::details::{DeployType, Deployment, Details};
use crate::dialects::aliyun::alikafka::settings::Changes;
use crate::dialects::aliyun::params::{
    Cut, Decoding, Field, JsonObject, JsonText, Kind, Rejection, Scalar, Text, choice, parameters,
};
use crate::rate::Rate;

pub(crate) struct StartInstance;

parameters! {
    /// How to deploy what.
    pub(crate) struct Input {
        /// The instance, bought and not deployed.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The VPC to deploy into. Kept and shown, not verified.
        vpc_id: Text = required("VpcId").range(1, 64),
        /// The vSwitch to deploy into. Required unless VSwitchIds is given.
        vswitch_id: Option<Text> = optional("VSwitchId"),
        /// vpc for an instance in the VPC alone, eip for one on the internet; must fit what was bought.
        deploy_module: Option<DeployModule> = optional("DeployModule"),
        /// The zone of the vSwitch, as zonea or cn-hangzhou-a; shown as it was sent.
        zone_id: Option<Text> = optional("ZoneId"),
        /// Whether the instance is on the internet; must fit what was bought.
        is_eip_inner: Option<bool> = optional("IsEipInner"),
        /// Whether Username and Password are to be used; only for an instance on the internet.
        is_set_user_and_password: bool = optional("IsSetUserAndPassword").or("false"),
        /// The first user's name: 1 to 64 letters, digits, underscores and hyphens.
        username: Option<Text> = optional("Username"),
        /// The first user's password: 1 to 128 printable characters without a space.
        password: Option<Text> = optional("Password").secret(),
        /// The instance's name: letters, digits, underscores and hyphens; cut to 64.
        name: Option<Cut<InstanceName>> = optional("Name"),
        /// The security group; shown only if it was sent.
        security_group: Option<Text> = optional("SecurityGroup"),
        /// The version that clients see.
        service_version: ServiceVersion = optional("ServiceVersion").or("2.2.0"),
        /// First settings, as a JSON object.
        config: Option<JsonObject> = optional("Config"),
        /// The key that encrypts the disk. Cannot be taken away later.
        kms_key_id: Option<Text> = optional("KMSKeyId"),
        /// Several vSwitches, in order; the first stands for VSwitchId.
        vswitch_ids: Vec<Text> = optional("VSwitchIds").range(1, 100),
        /// Candidates for the main and the standby zone, as JSON lists of zones.
        selected_zones: Option<JsonText> = optional("SelectedZones"),
    }
}

choice! {
    /// Where an instance is deployed to.
    pub(crate) enum DeployModule: String {
        /// The private network.
        Vpc = "vpc",
        /// The internet too.
        Eip = "eip",
    }
}

/// The version that clients see. Blanks around it are ignored: the vendor's own example has one.
#[derive(Debug)]
pub(crate) struct ServiceVersion(String);

impl Scalar for ServiceVersion {
    const KIND: Kind = Kind::String;
    const CHOICES: &'static [&'static str] = &["0.10.2", "2.2.0", "2.6.2"];
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.trim().to_owned())
    }

    fn check(field: &Field, read: String, _: &Decoding<'_>) -> Result<Self, Rejection> {
        if Self::CHOICES.contains(&read.as_str()) {
            return Ok(Self(read));
        }
        Err(Rejection::rule(field.name, format!("must be one of {}", Self::CHOICES.join(", "))))
    }
}

impl Action for StartInstance {
    const NAME: &'static str = "StartInstance";
    const SUMMARY: &'static str = "Deploys an instance that was bought.";
    const PERMISSION: &'static str = "alikafka:StartInstance";
    const RATE: Rate = Rate::per_second(2);
    const EFFECT: Effect = Effect::Changes;
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("InstanceId", "INSTANCE"),
        ("RegionId", "cn-hangzhou"),
        ("VpcId", "vpc-bp1r4eg3yrxmygv00001"),
        ("VSwitchId", "vsw-bp1j3sg5979fstnpl0001"),
        ("DeployModule", "vpc"),
        ("ZoneId", "cn-hangzhou-k"),
        ("IsEipInner", "false"),
        ("ServiceVersion", " 2.2.0"),
        ("Config", "{\"kafka.log.retention.hours\":\"33\"}"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let input = input.check()?;
        let Context { caller, control, .. } = context;
        let instance = control.instance_find(caller, &input.region_id, &input.instance_id).await?;
        Ok(control.instance_start(caller, input.start(instance)?).await?.into())
    }
}

impl Input {
    /// Applies the rules between parameters, before anything is looked up.
    fn check(mut self) -> Result<Self, Refused> {
        if self.vswitch_ids.is_empty() {
            let vswitch_id = self.vswitch_id.clone().ok_or(Rejection::Missing("VSwitchId"))?;
            self.vswitch_ids.push(vswitch_id);
        }
        if let Some(zone) = &self.zone_id
            && zone_letter(zone, &self.region_id).is_none()
        {
            let reason = format!("must be zone and a letter, or {}- and a letter", self.region_id);
            return Err(Rejection::rule("ZoneId", reason).into());
        }
        if self.is_set_user_and_password {
            check_user(self.username.as_deref(), self.password.as_deref())?;
        }
        if let Some(config) = &self.config {
            Changes::read(&config.members)?;
        }
        Ok(self)
    }

    /// Applies the rules that depend on what was bought.
    fn start(self, instance: Instance) -> Result<InstanceStart, Refused> {
        if instance.state != InstanceState::Ordered {
            return Err(Fault::from(Conflict::InstanceState(instance.state)).into());
        }
        let mut details = Details::of(&instance)?;
        let is_public = details.deploy_type == DeployType::Public;
        let misfit = |name| Err(Rejection::rule(name, "does not fit the DeployType of the order").into());
        if self.deploy_module.is_some_and(|module| (module == DeployModule::Eip) != is_public) {
            return misfit("DeployModule");
        }
        if self.is_eip_inner.is_some_and(|inner| inner != is_public) {
            return misfit("IsEipInner");
        }
        if self.is_set_user_and_password && !is_public {
            return misfit("IsSetUserAndPassword");
        }
        let ServiceVersion(version) = self.service_version;
        let (mut settings, mut extra_settings) = (instance.settings, Default::default());
        if let Some(config) = &self.config {
            let changes = Changes::read(&config.members)?;
            changes.merge(&mut settings, &mut extra_settings, details.spec_type, &version)?;
        }
        details.deployment = Some(Deployment {
            vpc_id: self.vpc_id,
            // The first of several stands for the one, unless that was sent too.
            vswitch_id: self.vswitch_id.or_else(|| self.vswitch_ids.first().cloned()).unwrap_or_default(),
            vswitch_ids: self.vswitch_ids,
            zone_id: self.zone_id.unwrap_or_else(|| "zonea".into()),
            selected_zones: self.selected_zones.map(|JsonText(text)| text).unwrap_or_default(),
            security_group: self.security_group.unwrap_or_default(),
            kms_key_id: self.kms_key_id.unwrap_or_default(),
            extra_settings,
        });
        Ok(InstanceStart {
            region: self.region_id,
            id: self.instance_id,
            name: self.name.map(|Cut(name)| name.into_string()),
            version,
            settings,
            details: details.to_json(),
        })
    }
}

/// The letter of a zone, in either spelling.
pub(super) fn zone_letter(zone: &str, region: &Region) -> Option<char> {
    let letter = zone
        .strip_prefix("zone")
        .or_else(|| zone.strip_prefix(region.as_str()).and_then(|rest| rest.strip_prefix('-')))?;
    let mut letters = letter.chars();
    letters.next().filter(|letter| letter.is_ascii_lowercase() && letters.next().is_none())
}

fn check_user(username: Option<&str>, password: Option<&str>) -> Result<(), Rejection> {
    let (Some(username), Some(password)) = (username, password) else {
        return Err(Rejection::rule("IsSetUserAndPassword", "needs both Username and Password"));
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if username.len() > 64 || !username.bytes().all(is_name) {
        let reason = "must have 1 to 64 letters, digits, underscores and hyphens";
        return Err(Rejection::rule("Username", reason));
    }
    if password.len() > 128 || !password.bytes().all(|byte| byte.is_ascii_graphic()) {
        let reason = "must have 1 to 128 printable characters without a space";
        return Err(Rejection::rule("Password", reason));
    }
    Ok(())
}

#[cfg(test)]
#[path = "../action_tests/start_instance.rs"]
mod tests;
