//! Kafka clients that were seen: only the engine knows.

use super::find_serving;
use super::group_progress::ensure_known;
use crate::Fault;
use crate::account::Caller;
use crate::client::{ClientQuery, ClientSubject, SeenClients};
use crate::engine::EngineError;
use crate::fault::Absent;
use crate::shared::Shared;

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    query: ClientQuery,
) -> Result<Vec<SeenClients>, Fault> {
    let ClientQuery { region, instance, subject, from_ms, to_ms } = query;
    let key = find_serving(shared, caller, Some(&region), &instance).await?.key;
    match &subject {
        ClientSubject::Instance => {}
        ClientSubject::Topic(topic) => match shared.engine.topic_find(&key.id, topic).await {
            Err(EngineError::Absent(_)) => return Err(Absent::Topic(topic.to_string()).into()),
            found => drop(found?),
        },
        ClientSubject::Group(group) => ensure_known(shared, &key, group).await?,
    }
    Ok(shared.engine.clients_seen(&key.id, &subject, from_ms, to_ms).await?)
}
