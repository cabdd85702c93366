//! StartInstance: deploys an instance that was bought.

use control::Fault;
use control::fault::Conflict;
use control::ids::{InstanceId, InstanceName, NetworkId, Region, SecurityGroupId, SubnetId, UserName};
use control::instance::{Instance, InstanceStart, InstanceState};
use control::placement::{Home, Placement, PlacementQuery};
use control::user::FirstUser;
use control::zone::Zone;
use machine::secret::Secret;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::details::{DeployType, Deployment, Details};
use crate::dialects::aliyun::alikafka::serverless;
use crate::dialects::aliyun::alikafka::settings::Changes;
use crate::dialects::aliyun::alikafka::users;
use crate::dialects::aliyun::kms::key_ref::key_id;
use crate::dialects::aliyun::params::{
    Cut, Decoding, Field, JsonObject, JsonText, Kind, Rejection, Scalar, Text, choice, list_is_there,
    parameters,
};
use crate::rate::Rate;
use crate::refusal::Cause;
use crate::request::Parameters;

pub(crate) struct StartInstance;

parameters! {
    /// How to deploy what.
    pub(crate) struct Input {
        /// The instance, bought and not deployed.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The VPC to deploy into. May be left out when the vSwitch is one that this server keeps.
        vpc_id: Option<Text> = optional("VpcId").required_when(names_no_network).range(1, 64),
        /// The vSwitch to deploy into. Required unless VSwitchIds is given.
        vswitch_id: Option<Text> = optional("VSwitchId").required_when(names_no_list),
        /// vpc for an instance in the VPC alone, eip for one on the internet; must fit what was bought.
        deploy_module: Option<DeployModule> = optional("DeployModule"),
        /// The zone of the vSwitch, as zoneb or cn-hangzhou-b; shown as it was sent. By default the vSwitch's, or where that
        /// is not kept here the first of SelectedZones, or of the region.
        zone_id: Option<Text> = optional("ZoneId"),
        /// Whether the instance is on the internet; must fit what was bought.
        is_eip_inner: Option<bool> = optional("IsEipInner"),
        /// Whether Username and Password are to be used; only for an instance on the internet.
        is_set_user_and_password: bool = optional("IsSetUserAndPassword").or("false"),
        /// The first user's name: 1 to 64 letters, digits, underscores and hyphens. By default the instance's id.
        username: Option<Text> = optional("Username"),
        /// The first user's password: 1 to 128 printable characters without a space. By default one is drawn.
        password: Option<Text> = optional("Password").secret(),
        /// The instance's name: letters, digits, underscores and hyphens; cut to 64.
        name: Option<Cut<InstanceName>> = optional("Name"),
        /// The security group; shown only if it was sent.
        security_group: Option<Text> = optional("SecurityGroup"),
        /// The version that clients see: 3.3.1 of a serverless instance, one of the others of any else; by default 2.2.0.
        service_version: Option<ServiceVersion> = optional("ServiceVersion"),
        /// First settings, as a JSON object.
        config: Option<JsonObject> = optional("Config"),
        /// A key of KMS: what the instance keeps on the disk is encrypted under it, from the start on and for good. It must be
        /// enabled if the account has keys here; of one that has none, the server encrypts the data all the same.
        kms_key_id: Option<Text> = optional("KMSKeyId"),
        /// Several vSwitches, in order; the first stands for VSwitchId.
        vswitch_ids: Vec<Text> = optional("VSwitchIds").range(1, 100),
        /// Candidates for the main and the standby zone, as JSON lists of zones.
        selected_zones: Option<JsonText> = optional("SelectedZones"),
    }
}

/// Whether no vSwitch says in which VPC it is.
fn names_no_network(values: &Parameters) -> bool {
    values.filled("VSwitchId").is_none() && names_no_list(values)
}

/// Whether no list of vSwitches stands for the one.
fn names_no_list(values: &Parameters) -> bool {
    !list_is_there("VSwitchIds", values)
}

/// The version where none is asked for.
const VERSION_DEFAULT: &str = "2.2.0";

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
pub(crate) struct ServiceVersion(pub(crate) String);

impl Scalar for ServiceVersion {
    const KIND: Kind = Kind::String;
    const CHOICES: &'static [&'static str] = &["0.10.2", "2.2.0", "2.6.2", serverless::VERSION];
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
    const CAUSES: &'static [Cause] =
        &[causes::FIELD, causes::INSTANCE, causes::STATE, causes::NAME_TAKEN, causes::ACL_UNAVAILABLE];
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
        let mut input = input.check()?;
        let Context { caller, control, .. } = context;
        let placement = control.placement_find(caller, &input.region_id, &input.placement()).await?;
        input.settle(placement, &control.zone_list(&input.region_id))?;
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
            given_user(self.username.as_deref(), self.password.as_deref())?;
        }
        if let Some(config) = &self.config {
            Changes::read(&config.members)?;
        }
        Ok(self)
    }

    /// The user that an instance on the internet has from the start.
    fn first_user(&self) -> Result<FirstUser, Rejection> {
        match self.is_set_user_and_password {
            true => given_user(self.username.as_deref(), self.password.as_deref()),
            false => Ok(FirstUser { name: UserName::new(self.instance_id.as_str()), password: None }),
        }
    }

    /// What is to be looked up, where the account keeps its networks here.
    fn placement(&self) -> PlacementQuery {
        // The one vSwitch counts beside the several, unless it is their first.
        let single = self.vswitch_id.iter().filter(|single| !self.vswitch_ids.contains(single));
        PlacementQuery {
            network: self.vpc_id.clone().map(NetworkId::new),
            subnets: self.vswitch_ids.iter().chain(single).cloned().map(SubnetId::new).collect(),
            security_group: self.security_group.clone().map(SecurityGroupId::new),
            cipher_key: self.kms_key_id.as_deref().map(key_id),
        }
    }

    /// Takes over what follows from the vSwitch, or from the region's zones where the vSwitch is not kept here.
    fn settle(&mut self, placement: Placement, zones: &[Zone]) -> Result<(), Rejection> {
        let Some(Home { network, zone }) = placement.home else {
            if self.vpc_id.is_none() {
                return Err(Rejection::Missing("VpcId"));
            }
            let first = || zones.first().map(|zone| zone.id.as_str().to_owned());
            self.zone_id = self.zone_id.take().or_else(|| self.first_candidate()).or_else(first);
            return Ok(());
        };
        self.vpc_id.get_or_insert(network.into_string());
        let letter = |zone: &str| zone_letter(zone, &self.region_id);
        if self.zone_id.as_deref().is_some_and(|given| letter(given) != letter(zone.as_str())) {
            return Err(Rejection::rule("ZoneId", "must be the zone of the vSwitch"));
        }
        self.zone_id.get_or_insert(zone.into_string());
        Ok(())
    }

    /// The first zone in the lists of candidates, where they have one.
    fn first_candidate(&self) -> Option<String> {
        let JsonText(text) = self.selected_zones.as_ref()?;
        let candidates: Vec<Vec<String>> = serde_json::from_str(text).ok()?;
        candidates.into_iter().flatten().find(|zone| zone_letter(zone, &self.region_id).is_some())
    }

    /// Applies the rules that depend on what was bought.
    fn start(self, instance: Instance) -> Result<InstanceStart, Refused> {
        if instance.state != InstanceState::Ordered {
            return Err(Fault::from(Conflict::InstanceState(instance.state)).into());
        }
        let mut details = Details::of(&instance)?;
        let placement = self.placement();
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
        let first_user = if is_public { Some(self.first_user()?) } else { None };
        let version = version_of(self.service_version, &details)?;
        let (mut settings, mut extra_settings) = (instance.settings, Default::default());
        settings.public_tls_enabled = is_public;
        if let Some(config) = &self.config {
            let changes = Changes::read(&config.members)?;
            changes.merge(&mut settings, &mut extra_settings, details.edition_of_rules(), &version)?;
        }
        details.deployment = Some(Deployment {
            vpc_id: self.vpc_id.unwrap_or_default(),
            // The first of several stands for the one, unless that was sent too.
            vswitch_id: self.vswitch_id.or_else(|| self.vswitch_ids.first().cloned()).unwrap_or_default(),
            vswitch_ids: self.vswitch_ids,
            zone_id: self.zone_id.unwrap_or_default(),
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
            placement,
            first_user,
        })
    }
}

/// The version of an instance that was bought like this, when this one is asked for.
fn version_of(wanted: Option<ServiceVersion>, details: &Details) -> Result<String, Rejection> {
    let is_serverless = details.serverless.is_some();
    let default = if is_serverless { serverless::VERSION } else { VERSION_DEFAULT };
    let version = wanted.map_or_else(|| default.to_owned(), |ServiceVersion(version)| version);
    if (version == serverless::VERSION) != is_serverless {
        let reason = format!("must be {} for a serverless instance, and for no other", serverless::VERSION);
        return Err(Rejection::rule("ServiceVersion", reason));
    }
    Ok(version)
}

/// The letter of a zone, in either spelling.
pub(super) fn zone_letter(zone: &str, region: &Region) -> Option<char> {
    let letter = zone
        .strip_prefix("zone")
        .or_else(|| zone.strip_prefix(region.as_str()).and_then(|rest| rest.strip_prefix('-')))?;
    let mut letters = letter.chars();
    letters.next().filter(|letter| letter.is_ascii_lowercase() && letters.next().is_none())
}

/// The user that a call asks for.
fn given_user(name: Option<&str>, password: Option<&str>) -> Result<FirstUser, Rejection> {
    let (Some(name), Some(password)) = (name, password) else {
        return Err(Rejection::rule("IsSetUserAndPassword", "needs both Username and Password"));
    };
    let name = UserName::parse(name).map_err(|error| Rejection::rule("Username", error.to_string()))?;
    let password = users::password_checked("Password", Secret::new(password.to_owned()))?;
    Ok(FirstUser { name, password: Some(password) })
}

#[cfg(test)]
#[path = "../action_tests/start_instance.rs"]
mod tests;
