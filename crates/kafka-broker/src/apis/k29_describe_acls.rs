//! DescribeAcls (key 29), versions 1 to 3.
//!
//! Behaviour: the access rules that a filter lets through, by resource, as their keeper has them. Where rules are not
//! enforced it is error 54; a filter with numbers that are not known, 42.
//! Permission: Describe on the cluster.
//! Version notes: 3 adds resources that there are no rules about here.
//! Not modelled: nothing.

use std::collections::BTreeMap;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    DescribeAclsRequest, DescribeAclsResponse, DescribeAclsResponseAcl, DescribeAclsResponseResource,
};

use super::acl::{Filter, Written, refusal};
use super::config_resource::{Refusal, answered};
use super::{Context, Entry, Handler, entry};
use crate::authority::Operation;

pub(super) const ENTRY: Entry = entry::<DescribeAcls>(1, 3);

struct DescribeAcls;

impl Handler for DescribeAcls {
    type Request<'a> = DescribeAclsRequest<'a>;

    async fn handle<'a>(
        request: DescribeAclsRequest<'a>,
        context: &'a Context<'a>,
    ) -> DescribeAclsResponse<'a> {
        let filter = Filter {
            resource_type: request.resource_type_filter,
            resource_name: request.resource_name_filter,
            pattern_type: request.pattern_type_filter,
            principal: request.principal_filter,
            host: request.host_filter,
            operation: request.operation,
            permission_type: request.permission_type,
        };
        match found(&filter, context).await {
            Ok(rules) => DescribeAclsResponse { resources: by_resource(rules), ..Default::default() },
            Err(refusal) => {
                let (error_code, error_message) = answered(Err(refusal));
                DescribeAclsResponse { error_code, error_message, ..Default::default() }
            }
        }
    }
}

async fn found(filter: &Filter<'_>, context: &Context<'_>) -> Result<Vec<Written>, Refusal> {
    let forbidden = |code: ErrorCode| (code, "the client may not see access rules".to_owned());
    context.rights().cluster(Operation::Describe).map_err(forbidden)?;
    let keeper = context.rule_keeper()?;
    filter.check()?;
    let rules = keeper.rules(context.cluster.name()).await.map_err(|error| refusal(&error))?;
    Ok(rules.iter().map(Written::new).filter(|rule| filter.admits(rule)).collect())
}

fn by_resource(rules: Vec<Written>) -> Vec<DescribeAclsResponseResource<'static>> {
    let mut resources = BTreeMap::<(i8, String, i8), Vec<DescribeAclsResponseAcl<'static>>>::new();
    for rule in rules {
        let Written { resource_type, resource_name, pattern_type, .. } = rule;
        let acls = resources.entry((resource_type, resource_name, pattern_type)).or_default();
        acls.push(DescribeAclsResponseAcl {
            principal: rule.principal.into(),
            host: rule.host.into(),
            operation: rule.operation,
            permission_type: rule.permission_type,
        });
    }
    let resource = |((resource_type, resource_name, pattern_type), acls): ((_, String, _), _)| {
        DescribeAclsResponseResource {
            resource_type,
            resource_name: resource_name.into(),
            pattern_type,
            acls,
        }
    };
    resources.into_iter().map(resource).collect()
}
