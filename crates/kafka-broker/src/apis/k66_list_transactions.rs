//! ListTransactions (key 66), versions 0 to 2.
//!
//! Behaviour: the transactional ids there are, in order, as far as they fit every filter. Names of states that do not
//! exist are told, and fit nothing. A pattern fits whole ids; one that is no regular expression is error 128.
//! Permission: Describe on the transactional id; others are left out.
//! Version notes: 1 adds how long a transaction has been open, 2 the pattern.
//! Not modelled: nothing.

use std::borrow::Cow;
use std::time::Duration;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    ListTransactionsRequest, ListTransactionsResponse, ListTransactionsResponseTransactionState,
};
use regex_automata::meta::Regex;

use super::{Context, Entry, Handler, entry};
use crate::authority::{Operation, ResourceKind};
use crate::meta::TransactionPhase;
use crate::transaction::ListFilter;

pub(super) const ENTRY: Entry = entry::<ListTransactions>(0, 2);

/// States of Kafka's in which no transactional id is here: they are no mistake, and fit nothing.
const OTHER_STATES: [&str; 2] = ["Dead", "PrepareEpochFence"];
/// A pattern takes so many bytes at most when it is made ready.
const PATTERN_BYTES_MAX: usize = 1 << 20;

struct ListTransactions;

impl Handler for ListTransactions {
    type Request<'a> = ListTransactionsRequest<'a>;

    async fn handle<'a>(
        request: ListTransactionsRequest<'a>,
        context: &'a Context<'a>,
    ) -> ListTransactionsResponse<'a> {
        let pattern = match request.transactional_id_pattern.filter(|pattern| !pattern.is_empty()) {
            Some(pattern) => match whole(pattern) {
                Some(pattern) => Some(pattern),
                None => {
                    let error_code = ErrorCode::INVALID_REGULAR_EXPRESSION;
                    return ListTransactionsResponse { error_code, ..Default::default() };
                }
            },
            None => None,
        };
        let named = |name: &&'a str| TransactionPhase::ALL.into_iter().find(|phase| phase.name() == *name);
        let is_unknown = |name: &&&'a str| named(name).is_none() && !OTHER_STATES.contains(*name);
        let unknown_state_filters =
            request.state_filters.iter().filter(is_unknown).map(|name| Cow::Borrowed(*name)).collect();
        let phases = (!request.state_filters.is_empty())
            .then(|| request.state_filters.iter().filter_map(named).collect());
        let open_for = u64::try_from(request.duration_filter).ok().map(Duration::from_millis);
        let filter = ListFilter { phases, producers: request.producer_id_filters, open_for };
        let rights = context.rights();
        let transaction_states = context
            .cluster
            .transactions()
            .list(&filter)
            .into_iter()
            .filter(|record| pattern.as_ref().is_none_or(|pattern| pattern.is_match(record.id.as_bytes())))
            .filter(|record| rights.permit(Operation::Describe, ResourceKind::TransactionalId, &record.id))
            .map(|record| ListTransactionsResponseTransactionState {
                transactional_id: Cow::Owned(record.id.to_string()),
                producer_id: record.producer_id,
                transaction_state: Cow::Borrowed(record.phase.name()),
            })
            .collect();
        ListTransactionsResponse { unknown_state_filters, transaction_states, ..Default::default() }
    }
}

/// The pattern, so that it fits only whole ids; its search takes time by the length of the id alone.
fn whole(pattern: &str) -> Option<Regex> {
    let config = Regex::config().nfa_size_limit(Some(PATTERN_BYTES_MAX));
    Regex::builder().configure(config).build(&format!("^(?:{pattern})$")).ok()
}
