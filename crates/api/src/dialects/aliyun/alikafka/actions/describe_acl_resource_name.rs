//! DescribeAclResourceName: what there are rules about.

use std::collections::BTreeSet;

use control::ids::{InstanceId, Region};
use control::rule::RuleFilter;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::access_rules::{PatternType, ResourceType, Spelled};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct DescribeAclResourceName;

parameters! {
    /// What kind of rules.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// What they are about.
        acl_resource_type: Spelled<ResourceType> = required("AclResourceType"),
        /// LITERAL: whole names, and *. PREFIXED: beginnings of names.
        acl_resource_pattern_type: PatternType = required("AclResourcePatternType"),
    }
}

/// The names.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    data: Names,
}

/// The one list of the product whose name begins with a small letter.
#[derive(Serialize)]
struct Names {
    data: BTreeSet<String>,
}

impl Action for DescribeAclResourceName {
    const NAME: &'static str = "DescribeAclResourceName";
    const SUMMARY: &'static str =
        "Lists the names that there are rules about, each once, in alphabetical order.";
    const PERMISSION: &'static str = "alikafka:ListAcl";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("InstanceId", "INSTANCE"),
        ("RegionId", "cn-hangzhou"),
        ("AclResourceType", "Topic"),
        ("AclResourcePatternType", "LITERAL"),
    ];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let filter = RuleFilter {
            resource: Some(input.acl_resource_type.value.into()),
            pattern: Some(input.acl_resource_pattern_type.into()),
            ..RuleFilter::default()
        };
        let Context { caller, control, .. } = context;
        let rules = control.rules_list(caller, &input.region_id, &input.instance_id, &filter).await?;
        let data = rules.iter().map(|written| written.rule.names.as_str().to_owned()).collect();
        Ok(Output { data: Names { data } })
    }
}
