//! What the front counts. Labels are action names and vendor codes, both known at build time, so their
//! number is bounded whatever callers send.

use std::fmt::{self, Write};
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::refusal::Code;

/// The front's counters; clones share them.
#[derive(Clone)]
pub(crate) struct Metrics {
    requests: Family<Labels, Counter>,
    seconds: Family<Labels, Histogram>,
    pub(crate) connections: Gauge,
    pub(crate) panics: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    /// The action's name, or `none` when the request did not get as far as having one.
    action: &'static str,
    code: Outcome,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    Success,
    Refused(Code),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Success => f.write_str("OK"),
            Self::Refused(code) => code.fmt(f),
        }
    }
}

impl EncodeLabelValue for Outcome {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        write!(encoder, "{self}")
    }
}

impl Metrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            connections: Gauge::default(),
            panics: Counter::default(),
        };
        // The client library adds `_total` to the names of counters.
        let Self { requests, seconds, connections, panics } = &metrics;
        registry.register("weir_api_requests", "API requests by action and code", requests.clone());
        registry.register("weir_api_request_seconds", "Time to answer an API request", seconds.clone());
        registry.register("weir_api_connections", "Open API connections", connections.clone());
        registry.register("weir_panics", "Requests that ended in a panic", panics.clone());
        metrics
    }

    /// Records one answered request.
    pub(crate) fn record(&self, action: Option<&'static str>, code: Outcome, took: Duration) {
        let labels = Labels { action: action.unwrap_or("none"), code };
        self.requests.get_or_create(&labels).inc();
        self.seconds.get_or_create(&labels).observe(took.as_secs_f64());
    }
}

/// From a tenth of a millisecond, about the fastest answer, to the ten seconds that control waits at most.
const BUCKETS: [f64; 16] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
