//! CreateAcls (key 30), versions 1 to 3.
//!
//! Behaviour: access rules are made, durably and in force before the answer. Those that mean something are made
//! together; each that does not is error 42 for itself. One that is there already is success, as is one about something
//! that is not there. Where rules are not enforced it is error 54; where there would be too many, or a request is for more
//! than 10,000, 44.
//! Permission: Alter on the cluster.
//! Version notes: none that show.
//! Not modelled: rules about delegation tokens and users, of principals other than users, and for hosts that are no
//! addresses, none of which could count here.

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    CreateAclsRequest, CreateAclsRequestCreation, CreateAclsResponse, CreateAclsResponseResult,
};

use super::acl::{Written, refusal};
use super::config_resource::{Refusal, answered};
use super::{Context, Entry, Handler, entry};
use crate::authority::{AccessRule, Operation, RuleChange};

pub(super) const ENTRY: Entry = entry::<CreateAcls>(1, 3);

/// Rules of one request.
const RULES_MAX: usize = 10_000;

struct CreateAcls;

impl Handler for CreateAcls {
    type Request<'a> = CreateAclsRequest<'a>;

    async fn handle<'a>(request: CreateAclsRequest<'a>, context: &'a Context<'a>) -> CreateAclsResponse<'a> {
        let read: Vec<Result<AccessRule, Refusal>> = request.creations.iter().map(rule).collect();
        let grant: Vec<AccessRule> = read.iter().flatten().cloned().collect();
        let made = make(grant, context).await;
        let result = |rule: Result<AccessRule, Refusal>| {
            // What keeps everybody from making any is told first.
            let (error_code, error_message) = answered(made.clone().and(rule.map(drop)));
            CreateAclsResponseResult { error_code, error_message }
        };
        CreateAclsResponse { results: read.into_iter().map(result).collect(), ..Default::default() }
    }
}

async fn make(grant: Vec<AccessRule>, context: &Context<'_>) -> Result<(), Refusal> {
    let forbidden = |code: ErrorCode| (code, "the client may not make access rules".to_owned());
    context.rights().cluster(Operation::Alter).map_err(forbidden)?;
    let keeper = context.rule_keeper()?;
    if grant.len() > RULES_MAX {
        return Err((ErrorCode::POLICY_VIOLATION, format!("a request makes at most {RULES_MAX} rules")));
    }
    if grant.is_empty() {
        return Ok(());
    }
    let change = RuleChange { by: context.peer.address, grant, withdraw: Vec::new() };
    keeper.rules_change(context.cluster.name(), change).await.map_err(|error| refusal(&error))
}

fn rule(creation: &CreateAclsRequestCreation<'_>) -> Result<AccessRule, Refusal> {
    let written = Written {
        resource_type: creation.resource_type,
        resource_name: creation.resource_name.to_owned(),
        pattern_type: creation.resource_pattern_type,
        principal: creation.principal.to_owned(),
        host: creation.host.to_owned(),
        operation: creation.operation,
        permission_type: creation.permission_type,
    };
    written.read()
}
