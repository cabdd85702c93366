//! DeleteAcls (key 31), versions 1 to 3.
//!
//! Behaviour: the access rules that any of the filters lets through go, durably and at once before the answer, which
//! tells each under the first filter that does. Where rules are not enforced it is error 54; a filter with numbers that
//! are not known is error 42 for itself. A request with more than 1,000 filters is refused whole with error 44: each is
//! held against every rule.
//! Permission: Alter on the cluster.
//! Version notes: 3 adds resources that there are no rules about here.
//! Not modelled: nothing.

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    DeleteAclsRequest, DeleteAclsRequestFilter, DeleteAclsResponse, DeleteAclsResponseFilterResult,
    DeleteAclsResponseMatchingAcl,
};

use super::acl::{Filter, Written, refusal};
use super::config_resource::{Refusal, answered};
use super::{Context, Entry, Handler, entry};
use crate::authority::{AccessRule, Operation, RuleChange};

pub(super) const ENTRY: Entry = entry::<DeleteAcls>(1, 3);

/// Filters of one request.
const FILTERS_MAX: usize = 1_000;

struct DeleteAcls;

impl Handler for DeleteAcls {
    type Request<'a> = DeleteAclsRequest<'a>;

    async fn handle<'a>(request: DeleteAclsRequest<'a>, context: &'a Context<'a>) -> DeleteAclsResponse<'a> {
        let filters: Vec<Filter<'_>> = request.filters.iter().map(filter).collect();
        let filter_results = match withdraw(&filters, context).await {
            Ok(gone) => {
                let mut gone: Vec<Written> = gone.iter().map(Written::new).collect();
                filters.iter().map(|filter| told(filter, &mut gone)).collect()
            }
            Err(refusal) => filters.iter().map(|_| refused(refusal.clone())).collect(),
        };
        DeleteAclsResponse { filter_results, ..Default::default() }
    }
}

/// Takes away what the filters let through, and says what that was.
async fn withdraw(filters: &[Filter<'_>], context: &Context<'_>) -> Result<Vec<AccessRule>, Refusal> {
    let forbidden = |code: ErrorCode| (code, "the client may not take access rules away".to_owned());
    context.rights().cluster(Operation::Alter).map_err(forbidden)?;
    let keeper = context.rule_keeper()?;
    if filters.len() > FILTERS_MAX {
        return Err((ErrorCode::POLICY_VIOLATION, format!("a request has at most {FILTERS_MAX} filters")));
    }
    let cluster = context.cluster.name();
    let mut gone = keeper.rules(cluster).await.map_err(|error| refusal(&error))?;
    let valid: Vec<_> = filters.iter().filter(|filter| filter.check().is_ok()).collect();
    gone.retain(|rule| {
        let written = Written::new(rule);
        valid.iter().any(|filter| filter.admits(&written))
    });
    if !gone.is_empty() {
        let change = RuleChange { by: context.peer.address, grant: Vec::new(), withdraw: gone.clone() };
        keeper.rules_change(cluster, change).await.map_err(|error| refusal(&error))?;
    }
    Ok(gone)
}

/// Tells of those that a filter lets through, and leaves the others.
fn told(filter: &Filter<'_>, gone: &mut Vec<Written>) -> DeleteAclsResponseFilterResult<'static> {
    if let Err(refusal) = filter.check() {
        return refused(refusal);
    }
    let matching = |rule: Written| DeleteAclsResponseMatchingAcl {
        resource_type: rule.resource_type,
        resource_name: rule.resource_name.into(),
        pattern_type: rule.pattern_type,
        principal: rule.principal.into(),
        host: rule.host.into(),
        operation: rule.operation,
        permission_type: rule.permission_type,
        ..Default::default()
    };
    let matching_acls = gone.extract_if(.., |rule| filter.admits(rule)).map(matching).collect();
    DeleteAclsResponseFilterResult { matching_acls, ..Default::default() }
}

fn refused(refusal: Refusal) -> DeleteAclsResponseFilterResult<'static> {
    let (error_code, error_message) = answered(Err(refusal));
    DeleteAclsResponseFilterResult { error_code, error_message, ..Default::default() }
}

fn filter<'a>(asked: &DeleteAclsRequestFilter<'a>) -> Filter<'a> {
    Filter {
        resource_type: asked.resource_type_filter,
        resource_name: asked.resource_name_filter,
        pattern_type: asked.pattern_type_filter,
        principal: asked.principal_filter,
        host: asked.host_filter,
        operation: asked.operation,
        permission_type: asked.permission_type,
    }
}
