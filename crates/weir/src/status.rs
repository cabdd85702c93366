//! How the server is: what `/readyz` and `/metrics` tell, gathered from the control plane and the broker.

mod compaction;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use api::{Health, Part};
use control::Control;
use control::instance::InstanceState;
use control::stats::Stats;
use kafka_broker::{Broker, Cluster, ClusterCounters, RefusalCount};
use machine::commit::Committer;
use parking_lot::RwLock;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

mod dashboards;
mod throttles;

/// How often the control plane's figures are read: its store answers, and readiness must not wait for it.
const READ_EVERY: Duration = Duration::from_millis(500);

/// The present state, kept up to date. Clones share it.
#[derive(Clone)]
pub(crate) struct Status {
    stats: Arc<RwLock<Result<Stats, String>>>,
    broker: Arc<Broker>,
    committer: Arc<Committer>,
}

impl Status {
    /// Reads the figures once, and from then on again and again until the control plane is closed.
    pub(crate) async fn watch(control: Control, broker: Arc<Broker>, committer: Arc<Committer>) -> Self {
        let stats = Arc::new(RwLock::new(read(&control).await));
        let kept = Arc::downgrade(&stats);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(READ_EVERY).await;
                let Some(kept) = kept.upgrade() else { return };
                let now = read(&control).await;
                *kept.write() = now;
            }
        });
        Self { stats, broker, committer }
    }

    /// Adds its figures to what `/metrics` shows.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register_collector(Box::new(self.clone()));
    }
}

async fn read(control: &Control) -> Result<Stats, String> {
    control.stats().await.map_err(|fault| format!("{fault:?}"))
}

impl Health for Status {
    fn parts(&self) -> Vec<Part> {
        let store = match &*self.stats.read() {
            Ok(stats) if stats.store_writable => part("store", Ok("answers".into())),
            Ok(_) => part("store", Err("takes no writes until a restart".into())),
            Err(error) => {
                tracing::warn!(error, "the store does not answer");
                part("store", Err("does not answer".into()))
            }
        };
        let disk = part(
            "disk",
            match self.committer.failed() {
                None => Ok("syncs".into()),
                Some(failed) => Err(format!("nothing is acknowledged until a restart: {failed}")),
            },
        );
        let clusters = self.broker.clusters();
        let failed: Vec<_> = clusters.iter().filter(|cluster| cluster.failed().is_some()).collect();
        let waiting = self.stats.read().as_ref().map_or(0, |stats| stats.waiting.len());
        let damaged: u64 = clusters.iter().map(|cluster| cluster.damaged_partitions()).sum();
        let clusters = part(
            "clusters",
            match (failed.first(), waiting) {
                (Some(cluster), _) => Err(format!("{} takes no writes until a restart", cluster.name())),
                (None, 0) if damaged > 0 => {
                    Ok(format!("{} open, {damaged} partitions have damage, see the log", clusters.len()))
                }
                (None, 0) => Ok(format!("{} open", clusters.len())),
                // One instance that cannot have its port must not take the others out of service.
                (None, waiting) => Ok(format!("{} open, {waiting} not yet, see the log", clusters.len())),
            },
        );
        vec![store, disk, clusters]
    }
}

fn part(name: &'static str, state: Result<String, String>) -> Part {
    let ok = state.is_ok();
    Part { name, ok, detail: state.unwrap_or_else(|detail| detail) }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Status")
    }
}

impl Collector for Status {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        if let Ok(stats) = &*self.stats.read() {
            gauges(
                &mut encoder,
                "weir_instances",
                "Instances by state",
                stats.instances.iter().map(|(state, count)| ([("state", state_name(*state))], *count)),
            )?;
            for (name, help, value) in [
                ("weir_operations_running", "Operations under way", stats.operations_running),
                ("weir_operations_failing", "Operations whose last attempt failed", stats.operations_failing),
            ] {
                let metric = ConstGauge::new(number(value));
                metric.encode(encoder.encode_descriptor(name, help, None, metric.metric_type())?)?;
            }
            let dropped = ConstCounter::new(stats.refusals_dropped);
            let help = "Refusals that came faster than the audit record takes them";
            let name = "weir_audit_refusals_dropped";
            dropped.encode(encoder.encode_descriptor(name, help, None, dropped.metric_type())?)?;
            let commits = ConstCounter::new(stats.commits);
            let name = "weir_store_commits";
            commits.encode(encoder.encode_descriptor(
                name,
                "Committed transactions",
                None,
                commits.metric_type(),
            )?)?;
        }
        let full = ConstGauge::new(i64::from(self.is_full()));
        let help = "Whether messages are refused because the disk is full";
        full.encode(encoder.encode_descriptor("weir_disk_full", help, None, full.metric_type())?)?;
        let synced = self.committer.counters();
        let rounds = ConstCounter::new(synced.rounds);
        let help = "Group commits; each made everything that waited durable";
        rounds.encode(encoder.encode_descriptor("weir_sync_rounds", help, None, rounds.metric_type())?)?;
        let seconds = ConstCounter::new(synced.busy.as_secs_f64());
        let help = "Time spent syncing";
        let unit = Unit::Seconds;
        seconds.encode(encoder.encode_descriptor(
            "weir_sync",
            help,
            Some(&unit),
            seconds.metric_type(),
        )?)?;
        let help = "Logins of Kafka clients that were refused";
        self.encode_refusals(&mut encoder, "weir_kafka_logins_failed", help, |count| count.logins)?;
        let help =
            "Kafka connections ended before a login for what they sent instead, or for being slow with it";
        self.encode_refusals(&mut encoder, "weir_kafka_logins_missed", help, |count| count.strays)?;
        let help =
            "Kafka connections closed because they went on after their session's end without a new login";
        self.encode_refusals(&mut encoder, "weir_kafka_sessions_expired", help, |count| count.sessions)?;
        let help = "Kafka connections from addresses that are not on the allow list";
        self.encode_refusals(&mut encoder, "weir_kafka_addresses_refused", help, |count| count.addresses)?;
        let help = "TLS handshakes of Kafka clients that failed or took too long";
        self.encode_refusals(&mut encoder, "weir_kafka_handshakes_failed", help, |count| count.handshakes)?;
        let help = "Kafka connections that spoke TLS on a port without it, or did not on a port with it";
        self.encode_refusals(&mut encoder, "weir_kafka_misdialled", help, |count| count.misdialled)?;
        let help =
            "Kafka connections from trusted proxies that did not say for whom, with the PROXY protocol";
        self.encode_refusals(&mut encoder, "weir_kafka_proxy_headers_refused", help, |count| count.headers)?;
        let help = "Kafka connections closed at once because their address has too many";
        let name = "weir_kafka_connections_refused";
        self.encode_count(&mut encoder, name, help, |counters| counters.connections_refused)?;
        let help = "Bytes of messages deleted before their time because an instance's disk was nearly full";
        self.encode_count(&mut encoder, "weir_kafka_evicted_bytes", help, |counters| counters.evicted_bytes)?;
        let name = "weir_kafka_slow_requests";
        let help = "Kafka requests that took longer than kafka.slow_request_ms";
        self.encode_count(&mut encoder, name, help, |counters| counters.slow_requests)?;
        let name = "weir_kafka_fetch_sessions_evicted";
        let help = "Fetch sessions that were not used, or had to make room for others";
        self.encode_each(&mut encoder, name, help, |cluster| cluster.fetch_sessions_counted().evicted)?;
        let help = "Bytes that were read to look for damage";
        let name = "weir_kafka_scrubbed_bytes";
        self.encode_each(&mut encoder, name, help, |cluster| cluster.scrubbed_bytes())?;
        let help = "Partitions in which damage was found";
        let clusters = self.broker.clusters();
        let damaged = clusters.iter().map(|each| ([("instance", each.name())], each.damaged_partitions()));
        gauges(&mut encoder, "weir_kafka_partitions_damaged", help, damaged)?;
        let help = "Bytes of Produce requests";
        self.encode_count(&mut encoder, "weir_kafka_produced_bytes", help, |counters| {
            counters.bytes_produced
        })?;
        let help = "Bytes of messages that clients were given";
        self.encode_count(&mut encoder, "weir_kafka_fetched_bytes", help, |counters| counters.bytes_fetched)?;
        throttles::encode(&self.broker, &mut encoder)?;
        self.encode_compaction(&mut encoder)?;
        self.encode_requests(&mut encoder)?;
        self.encode_requests_refused(&mut encoder)?;
        dashboards::encode(&self.broker, &mut encoder)
    }
}

impl Status {
    /// Whether messages are refused because the disk is full.
    fn is_full(&self) -> bool {
        self.broker.clusters().iter().any(|cluster| cluster.is_full())
    }

    /// Adds one counter of every cluster.
    fn encode_count(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        name: &str,
        help: &str,
        count: fn(ClusterCounters) -> u64,
    ) -> fmt::Result {
        self.encode_each(encoder, name, help, |cluster| count(cluster.counters()))
    }

    /// Adds one figure of every cluster that only grows.
    fn encode_each(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        name: &str,
        help: &str,
        count: impl Fn(&Cluster) -> u64,
    ) -> fmt::Result {
        let template = ConstCounter::new(0_u64);
        let mut family = encoder.encode_descriptor(name, help, None, template.metric_type())?;
        for cluster in self.broker.clusters() {
            let labels = [("instance", cluster.name())];
            ConstCounter::new(count(&cluster)).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }

    /// Adds one figure of every port of every cluster.
    fn encode_refusals(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        name: &str,
        help: &str,
        count: fn(RefusalCount) -> u64,
    ) -> fmt::Result {
        let template = ConstCounter::new(0_u64);
        let mut family = encoder.encode_descriptor(name, help, None, template.metric_type())?;
        for cluster in self.broker.clusters() {
            for (port, refusals) in cluster.refusals() {
                let port = port.to_string();
                let labels = [("instance", cluster.name()), ("port", port.as_str())];
                ConstCounter::new(count(refusals)).encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }

    fn encode_requests_refused(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let template = ConstCounter::new(0_u64);
        let (name, help) =
            ("weir_kafka_requests_refused", "What Kafka users were refused for want of a right");
        let mut family = encoder.encode_descriptor(name, help, None, template.metric_type())?;
        for cluster in self.broker.clusters() {
            for (resource, operation, count) in cluster.requests_refused() {
                let labels = [
                    ("instance", cluster.name()),
                    ("resource", resource.name()),
                    ("operation", operation.name()),
                ];
                ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }

    fn encode_requests(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let template = ConstCounter::new(0_u64);
        let help = "Kafka requests answered";
        let mut family =
            encoder.encode_descriptor("weir_kafka_requests", help, None, template.metric_type())?;
        for cluster in self.broker.clusters() {
            for (api, count) in cluster.requests() {
                let api = api.to_string();
                let labels = [("instance", cluster.name()), ("api", api.as_str())];
                ConstCounter::new(count.count).encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}

fn gauges<'a>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    values: impl Iterator<Item = ([(&'a str, &'a str); 1], u64)>,
) -> fmt::Result {
    let template = ConstGauge::new(0_i64);
    let mut family = encoder.encode_descriptor(name, help, None, template.metric_type())?;
    for (labels, value) in values {
        ConstGauge::new(number(value)).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn state_name(state: InstanceState) -> &'static str {
    match state {
        InstanceState::Ordered => "ordered",
        InstanceState::Deploying => "deploying",
        InstanceState::Running => "running",
        InstanceState::Changing => "changing",
        InstanceState::Stopped => "stopped",
        InstanceState::Expired => "expired",
        InstanceState::Released => "released",
    }
}
