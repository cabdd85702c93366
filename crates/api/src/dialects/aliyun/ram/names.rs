//! Names that are given to users and policies, and whom a call is about.

use control::account::KeyHolder;
use control::ids::{PolicyName, SubUserName};
use control::permission::PolicyRef;
use control::policy::UNKNOWN;

use super::PRODUCT;
use crate::dialects::aliyun::action::Context;
use crate::dialects::aliyun::mentions::{Mentions, Named, Owner, resource_name};
use crate::dialects::aliyun::params::{Breach, Decoding, Field, Kind, Rejection, Scalar};

/// A name for a user that is to be made.
pub(crate) struct NewUserName(pub(crate) SubUserName);

/// A name for a policy that is to be made.
pub(crate) struct NewPolicyName(pub(crate) PolicyName);

impl Scalar for NewUserName {
    const KIND: Kind = Kind::String;
    const BREACHES: &'static [Breach] = &[Breach::Length, Breach::Other];
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn check(field: &Field, read: String, _: &Decoding<'_>) -> Result<Self, Rejection> {
        SubUserName::parse(&read).map(Self).map_err(|error| Rejection::name(field.name, &error))
    }
}

impl Scalar for NewPolicyName {
    const KIND: Kind = Kind::String;
    const BREACHES: &'static [Breach] = &[Breach::Length, Breach::Other];
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn check(field: &Field, read: String, _: &Decoding<'_>) -> Result<Self, Rejection> {
        PolicyName::parse(&read).map(Self).map_err(|error| Rejection::name(field.name, &error))
    }
}

/// What policies put before the name of a user.
const USER: &str = "user/";
/// The same of a policy.
const POLICY: &str = "policy/";

/// A user as policies name it.
pub(crate) fn user_resource(context: &Context, user: &SubUserName) -> String {
    context.own(PRODUCT.name, "", format!("{USER}{user}"))
}

/// A policy as policies name it.
pub(crate) fn policy_resource(context: &Context, policy: &PolicyRef) -> String {
    let owner = if policy.standing { Owner::Cloud } else { Owner::Account };
    let named = Named { owner, resource: format!("{POLICY}{}", policy.name) };
    resource_name(PRODUCT.name, "", &context.caller.account, &named)
}

/// Whose keys a call is about.
pub(crate) fn holder(user_name: Option<String>) -> KeyHolder {
    user_name.map_or(KeyHolder::Caller, |name| KeyHolder::SubUser(SubUserName::new(name)))
}

/// The users and policies that a call is about. A call about keys that names no user is about one who is not known
/// here.
pub(crate) fn mentioned(call: &Mentions<'_>) -> Vec<Named> {
    let mut named = ["UserName", "NewUserName"].map(|name| call.named(name, USER)).concat();
    let owner = policy_owner(call);
    named.extend(call.named("PolicyName", POLICY).into_iter().map(|policy| Named { owner, ..policy }));
    if named.is_empty() && call.declares("UserName") {
        named.push(Named::own(format!("{USER}{UNKNOWN}")));
    }
    named
}

/// Whose policy a call is about. The cloud's own are in no account.
fn policy_owner(call: &Mentions<'_>) -> Owner {
    match call.texts("PolicyType").first().map(String::as_str) {
        Some("System") => Owner::Cloud,
        Some("Custom") => Owner::Account,
        // Refused when it may be told. Where there is no such parameter, the account's own policies are meant.
        _ if call.declares("PolicyType") => Owner::Unknown,
        _ => Owner::Account,
    }
}
