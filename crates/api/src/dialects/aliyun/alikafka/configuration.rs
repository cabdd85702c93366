//! What the actions that change the settings of an instance have in common.

use control::Committed;
use control::Fault;
use control::fault::Conflict;
use control::ids::{InstanceId, Region};
use control::instance::{Instance, InstanceConfigure, InstanceState, Settings};

use super::details::{DeployType, Details};
use crate::dialects::aliyun::action::{Context, Refused};

/// Whether a client makes a topic by asking for it, as the engine calls it.
pub(crate) const AUTOMATIC_TOPICS: &str = "auto.create.topics.enable";
/// How many partitions such a topic has, as the engine calls it.
pub(crate) const PARTITIONS: &str = "num.partitions";
/// How many it has where nobody said otherwise.
const PARTITIONS_DEFAULT: u32 = 12;

/// Changes the settings of an instance that serves. `change` is given those it has.
pub(crate) async fn configure(
    context: &Context,
    region: &Region,
    id: &InstanceId,
    change: impl FnOnce(&Instance, &mut Settings, &mut Details) -> Result<(), Refused>,
) -> Result<Committed<()>, Refused> {
    let Context { caller, control, .. } = context;
    let seen = control.instance_find(caller, region, id).await?;
    match seen.state {
        InstanceState::Running | InstanceState::Changing => {}
        other => return Err(Fault::from(Conflict::InstanceState(other)).into()),
    }
    let (mut settings, mut details) = (seen.settings.clone(), Details::of(&seen)?);
    change(&seen, &mut settings, &mut details)?;
    // Follows from what was bought, and an upgrade may have broken off before it was told.
    settings.public_tls_enabled = details.deploy_type == DeployType::Public;
    let configure = InstanceConfigure { seen, settings, details: details.to_json() };
    Ok(control.instance_configure(caller, configure).await?)
}

/// Sets one of the engine's settings. It shows in `AllConfig` where its owner has set it in `Config`.
pub(crate) fn put(settings: &mut Settings, details: &mut Details, name: &str, value: &str) {
    settings.extra.insert(name.to_owned(), value.to_owned());
    let shown = details.deployment.as_mut().and_then(|deployment| deployment.extra_settings.get_mut(name));
    if let Some(shown) = shown {
        value.clone_into(shown);
    }
}

/// Whether clients make topics by asking for them.
pub(crate) fn has_automatic_topics(settings: &Settings) -> bool {
    settings.extra.get(AUTOMATIC_TOPICS).is_some_and(|value| value == "true")
}

/// How many partitions a topic has whose maker does not say.
pub(crate) fn partitions_default(settings: &Settings) -> u32 {
    settings.extra.get(PARTITIONS).and_then(|value| value.parse().ok()).unwrap_or(PARTITIONS_DEFAULT)
}
