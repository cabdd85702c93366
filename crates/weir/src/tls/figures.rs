//! What `/metrics` tells of the certificate.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::Certificates;

#[derive(Debug)]
pub(crate) struct CertificateFigures(pub(crate) Arc<Certificates>);

impl Collector for CertificateFigures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let ends = ConstGauge::new(self.0.ends_ms() / 1000);
        let name = "weir_tls_certificate_end_timestamp_seconds";
        let help = "When the certificate shown by ports with TLS ends, since 1970";
        ends.encode(encoder.encode_descriptor(name, help, None, ends.metric_type())?)?;
        let failures = ConstCounter::new(self.0.failures());
        let help = "New certificates that could not be used, so that the one before stayed";
        let name = "weir_tls_certificate_failures";
        failures.encode(encoder.encode_descriptor(name, help, None, failures.metric_type())?)
    }
}
