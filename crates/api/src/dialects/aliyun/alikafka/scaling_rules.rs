//! What the actions on scaling rules have in common.

use control::Committed;
use control::ids::{InstanceId, Region};
use control::instance::InstanceAnnotate;

use super::details::Details;
use super::scaling::{Scaling, Trouble};
use super::serverless::Capacity;
use super::upgrades::ensure_changeable;
use crate::dialects::aliyun::action::{Context, Refused};

/// Changes the rules of a serverless instance. `change` is given them, what was bought, and the moment that it is, in
/// milliseconds since 1970.
pub(crate) async fn change_rules(
    context: &Context,
    region: &Region,
    id: &InstanceId,
    change: impl FnOnce(&mut Scaling, Capacity, i64) -> Result<(), Trouble>,
) -> Result<Committed<()>, Refused> {
    let Context { caller, control, .. } = context;
    let seen = control.instance_find(caller, region, id).await?;
    ensure_changeable(&seen)?;
    let mut details = Details::of(&seen)?;
    let Some(bought) = details.serverless else {
        return Err(Refused::NotSupported("Only serverless instances are scaled on schedule".into()));
    };
    change(&mut details.scaling, bought, context.clock.now_ms())?;
    let annotate = InstanceAnnotate { seen, resource_group: None, details: details.to_json() };
    Ok(control.instance_annotate(caller, annotate).await?)
}
