//! Keys as replies show them.

use control::cipher_key::{CipherKey, CipherKeyState};
use control::ids::AccountId;
use serde::Serialize;

use super::choices::{KeySpec, KeyState, KeyUsage, Origin, ProtectionLevel};
use crate::dialects::aliyun::companions::views::time;

/// A key.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct KeyView {
    key_id: String,
    arn: String,
    key_state: KeyState,
    creator: String,
    creation_date: String,
    delete_date: String,
    description: String,
    key_spec: KeySpec,
    key_usage: KeyUsage,
    origin: Origin,
    protection_level: ProtectionLevel,
    primary_key_version: String,
    automatic_rotation: &'static str,
    rotation_interval: String,
    last_rotation_date: String,
    next_rotation_date: String,
    material_expire_time: &'static str,
    deletion_protection: &'static str,
    deletion_protection_description: String,
    #[serde(rename = "DKMSInstanceId")]
    dkms_instance_id: &'static str,
}

impl KeyView {
    pub(crate) fn new(key: CipherKey, account: &AccountId) -> Self {
        let automatic_rotation = match (key.rotation.on, key.state()) {
            (false, _) => "Disabled",
            (true, CipherKeyState::Enabled) => "Enabled",
            (true, CipherKeyState::Disabled | CipherKeyState::PendingDeletion) => "Suspended",
        };
        Self {
            arn: arn(&key, account),
            key_state: key.state().into(),
            creator: account.to_string(),
            creation_date: time(key.created_ms),
            delete_date: key.deletion_ms.map(time).unwrap_or_default(),
            key_spec: KeySpec::Aes256,
            key_usage: KeyUsage::Encrypt,
            origin: Origin::Own,
            protection_level: ProtectionLevel::Software,
            automatic_rotation,
            last_rotation_date: time(key.rotated_ms),
            next_rotation_date: key.next_rotation_ms().map(time).unwrap_or_default(),
            // Material of the owner's may expire, and there is none.
            material_expire_time: "",
            deletion_protection: if key.protected { "Enabled" } else { "Disabled" },
            dkms_instance_id: "",
            key_id: key.id.into_string(),
            description: key.description,
            primary_key_version: key.version.into_string(),
            rotation_interval: key.rotation.every_text,
            deletion_protection_description: key.protection_note,
        }
    }
}

/// A key's resource name.
pub(crate) fn arn(key: &CipherKey, account: &AccountId) -> String {
    format!("acs:kms:{}:{account}:key/{}", key.region, key.id)
}

/// The reply of what makes or shows a key.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Metadata {
    key_metadata: KeyView,
}

impl Metadata {
    pub(crate) fn new(key: CipherKey, account: &AccountId) -> Self {
        Self { key_metadata: KeyView::new(key, account) }
    }
}
