//! CreateKey: makes a key.

use control::cipher_key::CipherKeyCreate;
use control::ids::Region;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::kms::causes;
use crate::dialects::aliyun::kms::choices::{KeySpec, KeyUsage, Origin, ProtectionLevel};
use crate::dialects::aliyun::kms::views::Metadata;
use crate::dialects::aliyun::kms::{REGION, rotation};
use crate::dialects::aliyun::params::{NamedTags, Text, parameters};
use crate::refusal::Cause;

pub(crate) struct CreateKey;

parameters! {
    /// What kind of key.
    pub(crate) struct Input {
        /// The region that the key is to show. Unless named it is the one in the address that was called, or cn-hangzhou.
        region_id: Option<Region> = optional("RegionId"),
        /// Its description.
        description: Option<Text> = optional("Description").range(0, 8_192),
        /// The kind of key. Only Aliyun_AES_256 is offered.
        key_spec: KeySpec = optional("KeySpec").or("Aliyun_AES_256"),
        /// What it is for. Only ENCRYPT/DECRYPT is offered.
        key_usage: KeyUsage = optional("KeyUsage").or("ENCRYPT/DECRYPT"),
        /// Where its material comes from. Only Aliyun_KMS is offered.
        origin: Origin = optional("Origin").or("Aliyun_KMS"),
        /// What keeps its material. Only SOFTWARE is offered.
        protection_level: ProtectionLevel = optional("ProtectionLevel").or("SOFTWARE"),
        /// Whether it gets new material by itself.
        enable_automatic_rotation: bool = optional("EnableAutomaticRotation").or("false"),
        /// How often: 7 to 365 days, as 365d or 604800s. Required when it does.
        rotation_interval: Option<Text> = optional("RotationInterval"),
        /// Not offered: what a key allows is said by the policies of users.
        policy: Option<Text> = optional("Policy"),
        /// Not offered: there are no instances of this product.
        dkms_instance_id: Option<Text> = optional("DKMSInstanceId"),
        /// Its tags, as a JSON list of objects with TagKey and TagValue; 20 at most.
        tags: Option<NamedTags> = optional("Tags"),
    }
}

impl Input {
    /// Refuses what would need something that is not there.
    fn check_offered(&self) -> Result<(), Refused> {
        let asked = [
            (self.key_spec != KeySpec::Aes256, "Only KeySpec Aliyun_AES_256 is offered"),
            (self.key_usage != KeyUsage::Encrypt, "Only KeyUsage ENCRYPT/DECRYPT is offered"),
            (self.origin != Origin::Own, "Only Origin Aliyun_KMS is offered"),
            (self.protection_level != ProtectionLevel::Software, "Only ProtectionLevel SOFTWARE is offered"),
            (self.policy.is_some(), "Policies of keys are not offered"),
            (self.dkms_instance_id.is_some(), "There are no instances to put keys into"),
        ];
        match asked.into_iter().find(|(is_asked, _)| *is_asked) {
            Some((_, reason)) => Err(Refused::NotSupported(reason.to_owned())),
            None => Ok(()),
        }
    }
}

impl Action for CreateKey {
    const NAME: &'static str = "CreateKey";
    const SUMMARY: &'static str =
        "Makes a key with random material of 256 bits, which never leaves this server.";
    const PERMISSION: &'static str = "kms:CreateKey";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::FULL, shared::UNSUPPORTED, shared::PARAMETER];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("ProtectionLevel", "SOFTWARE"), ("Description", "passwords")];

    type Input = Input;
    type Output = Metadata;

    async fn run(input: Input, context: &Context) -> Result<Metadata, Refused> {
        let Context { caller, control, regions, host, .. } = context;
        input.check_offered()?;
        let of_host = || Region::new(regions.of_host(host).unwrap_or(REGION));
        let create = CipherKeyCreate {
            region: input.region_id.unwrap_or_else(of_host),
            description: input.description.unwrap_or_default(),
            rotation: rotation::read(input.enable_automatic_rotation, input.rotation_interval)?,
            tags: input.tags.unwrap_or_default().0,
        };
        let made = control.cipher_key_create(caller, create).await?;
        Ok(Metadata::new(made.into_inner(), &caller.account))
    }
}
