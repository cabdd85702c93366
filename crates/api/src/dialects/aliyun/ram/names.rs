//! Names that are given to users and policies, and whom a call is about.

use control::account::KeyHolder;
use control::ids::{NameError, PolicyName, SubUserName};
use control::policy::UNKNOWN;

use crate::dialects::aliyun::mentions::Mentions;
use crate::dialects::aliyun::params::{Decoding, Field, Kind, Rejection, Scalar};

/// A name for a user that is to be made.
pub(crate) struct NewUserName(pub(crate) SubUserName);

/// A name for a policy that is to be made.
pub(crate) struct NewPolicyName(pub(crate) PolicyName);

impl Scalar for NewUserName {
    const KIND: Kind = Kind::String;
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn check(field: &Field, read: String, _: &Decoding<'_>) -> Result<Self, Rejection> {
        SubUserName::parse(&read).map(Self).map_err(|error| rejection(field, &error))
    }
}

impl Scalar for NewPolicyName {
    const KIND: Kind = Kind::String;
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn check(field: &Field, read: String, _: &Decoding<'_>) -> Result<Self, Rejection> {
        PolicyName::parse(&read).map(Self).map_err(|error| rejection(field, &error))
    }
}

fn rejection(field: &Field, error: &NameError) -> Rejection {
    Rejection::rule(field.name, error.to_string())
}

/// Whose keys a call is about.
pub(crate) fn holder(user_name: Option<String>) -> KeyHolder {
    user_name.map_or(KeyHolder::Caller, |name| KeyHolder::SubUser(SubUserName::new(name)))
}

/// The users and policies that a call is about. A policy that every account has is named as if it were the account's;
/// a call about keys that names no user is about one who is not known here.
pub(crate) fn mentioned(call: &Mentions<'_>) -> Vec<String> {
    let users = ["UserName", "NewUserName"].map(|name| call.named(name, "user/")).concat();
    let mut named = [users, call.named("PolicyName", "policy/")].concat();
    if named.is_empty() && call.declares("UserName") {
        named.push(format!("user/{UNKNOWN}"));
    }
    named
}
