//! Users, keys and policies as replies show them.

use control::account::AccessKeyFacts;
use control::permission::{Attachment, Policy, PolicyFacts};
use control::sub_user::SubUser;
use serde::Serialize;

use super::choices::{KeyStatus, PolicyType};
use crate::dialects::aliyun::companions::views::time;
use crate::dialects::aliyun::params::{Decoding, Field, Kind, Rejection, Scalar};

/// The only version that a policy has.
const VERSION: &str = "v1";

/// A user.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UserView {
    user_id: String,
    user_name: String,
    display_name: String,
    comments: String,
    create_date: String,
    update_date: String,
}

impl From<SubUser> for UserView {
    fn from(user: SubUser) -> Self {
        Self {
            user_id: user.id.into_string(),
            user_name: user.name.into_string(),
            display_name: user.display_name,
            comments: user.comments,
            create_date: time(user.created_ms),
            update_date: time(user.updated_ms),
        }
    }
}

/// A key without its secret.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct KeyView {
    access_key_id: String,
    status: KeyStatus,
    create_date: String,
}

impl From<AccessKeyFacts> for KeyView {
    fn from(key: AccessKeyFacts) -> Self {
        let status = KeyStatus::of(key.active);
        Self { access_key_id: key.id, status, create_date: time(key.created_ms) }
    }
}

/// A policy without what it says.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PolicyView {
    policy_name: String,
    policy_type: PolicyType,
    description: String,
    default_version: &'static str,
    create_date: String,
    update_date: String,
    attachment_count: u32,
}

impl From<&PolicyFacts> for PolicyView {
    fn from(policy: &PolicyFacts) -> Self {
        Self {
            policy_name: policy.of.name.to_string(),
            policy_type: PolicyType::of(&policy.of),
            description: policy.description.clone(),
            default_version: VERSION,
            create_date: time(policy.created_ms),
            update_date: time(policy.updated_ms),
            attachment_count: policy.attachments,
        }
    }
}

/// What a policy says, as the version that it is.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VersionView {
    version_id: &'static str,
    is_default_version: bool,
    policy_document: String,
    create_date: String,
}

impl From<Policy> for VersionView {
    fn from(policy: Policy) -> Self {
        Self {
            version_id: VERSION,
            is_default_version: true,
            create_date: time(policy.facts.updated_ms),
            policy_document: policy.document,
        }
    }
}

/// A policy of a user.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AttachedView {
    policy_name: String,
    policy_type: PolicyType,
    description: String,
    default_version: &'static str,
    attach_date: String,
}

impl From<(Attachment, PolicyFacts)> for AttachedView {
    fn from((attachment, policy): (Attachment, PolicyFacts)) -> Self {
        Self {
            policy_name: policy.of.name.to_string(),
            policy_type: PolicyType::of(&policy.of),
            description: policy.description,
            default_version: VERSION,
            attach_date: time(attachment.attached_ms),
        }
    }
}

/// Where a list goes on: the number of what was shown before, which callers hand back as it is.
pub(crate) struct Marker(pub(crate) usize);

impl Marker {
    /// The one after a part of a list; none at its end.
    pub(crate) fn after(shown: usize, total: usize) -> Option<String> {
        (shown < total).then(|| shown.to_string())
    }
}

impl Scalar for Marker {
    const KIND: Kind = Kind::String;
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn check(field: &Field, read: String, _: &Decoding<'_>) -> Result<Self, Rejection> {
        let number = read.parse::<u32>().ok().filter(|number| number.to_string() == read);
        let number = number.ok_or_else(|| Rejection::rule(field.name, "must be one that a reply had"))?;
        Ok(Self(number as usize))
    }
}
