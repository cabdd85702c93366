//! Has a group that no consumer is in go on elsewhere. Where that is, is worked out before the intent is committed,
//! so a repeated step leads to the same place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use super::{ensure_running, find_serving};
use crate::account::Caller;
use crate::engine::{EngineError, EngineOffset, EnginePartition};
use crate::fault::{Absent, Conflict};
use crate::group::{GroupReset, ResetTo};
use crate::ids::{InstanceId, TopicName};
use crate::operations::{self, Intent, Ticket, begin, unhindered};
use crate::shared::Shared;
use crate::store::operations::{Subject, ensure_free};
use crate::store::{groups, instances};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    reset: GroupReset,
) -> Result<Committed<()>, Fault> {
    let intended = unhindered(shared, || intend(shared.clone(), caller.clone(), reset.clone())).await?;
    intended.into_inner().result(shared).await
}

async fn intend(shared: Arc<Shared>, caller: Caller, reset: GroupReset) -> Result<Committed<Ticket>, Fault> {
    let GroupReset { region, instance, group, topic, to } = reset;
    let cluster = find_serving(&shared, &caller, Some(&region), &instance).await?.key.id;
    let in_engine = shared.engine.group_list(&cluster).await?.contains(&group);
    let topics = match topic {
        Some(topic) => BTreeSet::from([topic]),
        None => {
            let commits = shared.engine.group_commits(&cluster, &group).await?;
            commits.into_iter().map(|commit| commit.topic).collect()
        }
    };
    let mut offsets = Vec::new();
    for topic in &topics {
        offsets.extend(places(&shared, &cluster, topic, &to).await?);
    }
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let row = instances::find(tx, &caller.account, Some(&region), &instance).await?;
                ensure_running(&row)?;
                let subject = Subject::Group(group.clone());
                ensure_free(tx, &row.key, &subject).await?;
                if !in_engine && groups::find(tx, &row.key, &group).await?.is_none() {
                    return Err(Absent::Group(group.to_string()).into());
                }
                let intent = Intent {
                    key: row.key,
                    subject,
                    caller,
                    details: json!({ "offsets": offsets }),
                    state: operations::GroupReset { name: group, offsets },
                    step: operations::GroupReset::FIRST,
                };
                begin(&shared, tx, intent).await
            })
        })
        .await
}

/// Where the group goes on in each partition of a topic that it is to leave.
async fn places(
    shared: &Shared,
    cluster: &InstanceId,
    topic: &TopicName,
    to: &ResetTo,
) -> Result<Vec<EngineOffset>, Fault> {
    let named = |error: EngineError| match error {
        EngineError::Absent(_) => Absent::Topic(topic.to_string()).into(),
        error => Fault::from(error),
    };
    let ends = shared.engine.topic_ends(cluster, topic).await.map_err(named)?;
    let offset = |partition: u32, offset: i64| EngineOffset { topic: topic.clone(), partition, offset };
    match to {
        ResetTo::Earliest => Ok(ends.iter().map(|ends| offset(ends.partition, ends.start)).collect()),
        ResetTo::Latest => Ok(ends.iter().map(|ends| offset(ends.partition, ends.end)).collect()),
        ResetTo::Time(time_ms) => {
            let found = shared.engine.topic_at_time(cluster, topic, None, *time_ms).await.map_err(named)?;
            let found: BTreeMap<_, _> =
                found.into_iter().map(|place| (place.partition, place.offset)).collect();
            // Where nothing is so new, the group goes on with what comes next.
            let place = |ends: &EnginePartition| found.get(&ends.partition).copied().unwrap_or(ends.end);
            Ok(ends.iter().map(|ends| offset(ends.partition, place(ends))).collect())
        }
        ResetTo::Offsets(wanted) => wanted
            .iter()
            .map(|&(partition, wanted)| {
                let ends = ends.iter().find(|ends| ends.partition == partition);
                let ends = ends.ok_or_else(|| Absent::Partition { topic: topic.to_string(), partition })?;
                match (ends.start..=ends.end).contains(&wanted) {
                    true => Ok(offset(partition, wanted)),
                    false => {
                        Err(Conflict::OffsetOutside { partition, start: ends.start, end: ends.end }.into())
                    }
                }
            })
            .collect(),
    }
}
