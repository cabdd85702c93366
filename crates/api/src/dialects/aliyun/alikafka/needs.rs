//! What an order has to say, as far as that depends on what else it says. Asked before any type is judged, so these look
//! at texts.

use crate::dialects::aliyun::params::parse_integer;
use crate::request::Parameters;

fn number(values: &Parameters, name: &str) -> Option<i64> {
    parse_integer(values.filled(name)?)
}

/// What is bought by what is reserved has a configuration of its own.
pub(crate) fn reservation(values: &Parameters) -> bool {
    number(values, "PaidType") == Some(3)
}

/// Anything else is bought by specification.
pub(crate) fn specification(values: &Parameters) -> bool {
    !reservation(values)
}

/// A specification is named, or found by its traffic.
pub(crate) fn specification_by_name(values: &Parameters) -> bool {
    specification(values) && values.filled("IoMax").is_none()
}

/// Topics are bought unless partitions are.
pub(crate) fn topics(values: &Parameters) -> bool {
    specification(values) && number(values, "PartitionNum").unwrap_or(0) == 0
}

/// What is on the internet has a bandwidth there.
pub(crate) fn bandwidth(values: &Parameters) -> bool {
    specification(values) && number(values, "DeployType") == Some(4)
}
