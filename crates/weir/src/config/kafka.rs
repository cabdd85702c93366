//! The `[kafka]` section of `weir.toml`.

use std::ops::RangeInclusive;
use std::time::Duration;

use control::cidr::Cidr;
use kafka_broker::{AddressBlock, Limits};
use serde::Deserialize;

/// The smallest disk of an instance: it has room for a few segments and the largest messages.
const INSTANCE_DISK_MIB_MIN: u64 = 16;
/// The longest time that a login may be said to stand: a week, in milliseconds.
const REAUTH_MS_MAX: u64 = 604_800_000;
/// What makes the longest request that can be called slow: an hour, in milliseconds.
const SLOW_REQUEST_MS_MAX: u64 = 3_600_000;

/// As it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct KafkaFile {
    connections_per_address: Option<i64>,
    instance_disk_mib: Option<i64>,
    connections_max_reauth_ms: Option<i64>,
    slow_request_ms: Option<i64>,
    traffic_limits: Switch,
    proxy_protocol_from: Vec<String>,
}

/// A setting that is on or off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Switch {
    /// On, which is what an instance is bought as.
    #[default]
    On,
    /// Off.
    Off,
}

/// What the embedded broker is opened with.
#[derive(Clone, Debug)]
pub(crate) struct Kafka {
    /// What clients can make the process hold.
    pub(crate) limits: Limits,
    /// Whether instances have the traffic that was bought, and no more.
    pub(crate) traffic_limits: Switch,
    /// Where proxies are that say for whom they connect.
    pub(crate) proxies: Vec<AddressBlock>,
}

/// Why the section is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KafkaError {
    #[error("kafka.connections_per_address is {given}: it must be 1 to {max}")]
    ConnectionsPerAddress { given: i64, max: usize },
    #[error("kafka.instance_disk_mib is {0}: it must be 16 or more")]
    InstanceDisk(i64),
    #[error("kafka.connections_max_reauth_ms is {0}: it must be 0, for never, or 1000 to {REAUTH_MS_MAX}")]
    Reauthentication(i64),
    #[error("kafka.slow_request_ms is {0}: it must be 0, for never, or 1 to {SLOW_REQUEST_MS_MAX}")]
    SlowRequest(i64),
    #[error(
        "kafka.proxy_protocol_from has {0:?}, which is neither an IPv4 address nor a block like 10.0.0.0/8"
    )]
    Proxy(String),
}

impl KafkaFile {
    /// The broker's defaults, but for what the file says.
    pub(super) fn read(&self) -> Result<Kafka, KafkaError> {
        let mut limits = Limits::default();
        if let Some(given) = self.connections_per_address {
            let max = limits.connections_max;
            let fits = |open: &u32| *open > 0 && usize::try_from(*open).is_ok_and(|open| open <= max);
            let open = u32::try_from(given).ok().filter(fits);
            limits.peers.open = open.ok_or(KafkaError::ConnectionsPerAddress { given, max })?;
        }
        if let Some(given) = self.instance_disk_mib {
            let mib = u64::try_from(given).ok().filter(|mib| *mib >= INSTANCE_DISK_MIB_MIN);
            limits.disk_bytes_max = Some(mib.ok_or(KafkaError::InstanceDisk(given))?.saturating_mul(1 << 20));
        }
        if let Some(given) = self.connections_max_reauth_ms {
            let lasts = milliseconds(given, 1_000..=REAUTH_MS_MAX);
            limits.session_max = lasts.map_err(KafkaError::Reauthentication)?;
        }
        if let Some(given) = self.slow_request_ms {
            let slow = milliseconds(given, 1..=SLOW_REQUEST_MS_MAX);
            limits.slow_request = slow.map_err(KafkaError::SlowRequest)?;
        }
        let proxies = self.proxy_protocol_from.iter().map(|text| proxy(text)).collect::<Result<_, _>>()?;
        Ok(Kafka { limits, traffic_limits: self.traffic_limits, proxies })
    }
}

/// A time within these bounds, or none at 0. The error is what was given.
fn milliseconds(given: i64, bounds: RangeInclusive<u64>) -> Result<Option<Duration>, i64> {
    match u64::try_from(given) {
        Ok(0) => Ok(None),
        Ok(ms) if bounds.contains(&ms) => Ok(Some(Duration::from_millis(ms))),
        _ => Err(given),
    }
}

/// Everybody is no proxy: whoever can connect could then say to be anybody.
fn proxy(text: &str) -> Result<AddressBlock, KafkaError> {
    let block = Cidr::around(text).filter(|block| block.prefix() > 0);
    let block = block.ok_or_else(|| KafkaError::Proxy(text.to_owned()))?;
    Ok(AddressBlock::new(block.first(), block.prefix()))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn read(text: &str) -> Result<Kafka, String> {
        let file: KafkaFile = toml::from_str(text).map_err(|error| error.to_string())?;
        file.read().map_err(|error| error.to_string())
    }

    #[test]
    fn an_address_may_have_as_many_connections_as_the_file_says() {
        let open = |text: &str| read(text).map(|kafka| kafka.limits.peers.open);
        assert_eq!(open("").unwrap(), 2_000);
        assert_eq!(open("connections_per_address = 16000").unwrap(), 16_000);
        for wrong in ["0", "-1", "16001"] {
            let refused = open(&format!("connections_per_address = {wrong}")).unwrap_err();
            assert!(
                refused.contains("kafka.connections_per_address") && refused.contains(wrong),
                "{refused}"
            );
        }
    }

    #[test]
    fn logins_have_the_end_that_the_file_says() {
        let lasts = |given: &str| {
            read(&format!("connections_max_reauth_ms = {given}")).map(|kafka| kafka.limits.session_max)
        };
        assert_eq!(read("").unwrap().limits.session_max, None);
        assert_eq!(lasts("0").unwrap(), None);
        assert_eq!(lasts("1000").unwrap(), Some(Duration::from_secs(1)));
        for wrong in ["999", "-1", "604800001"] {
            let refused = lasts(wrong).unwrap_err();
            assert!(refused.contains("connections_max_reauth_ms") && refused.contains(wrong), "{refused}");
        }
    }

    #[test]
    fn requests_are_slow_from_when_the_file_says() {
        let slow =
            |given: &str| read(&format!("slow_request_ms = {given}")).map(|kafka| kafka.limits.slow_request);
        assert_eq!(read("").unwrap().limits.slow_request, Some(Duration::from_secs(1)));
        assert_eq!(slow("0").unwrap(), None);
        assert_eq!(slow("1").unwrap(), Some(Duration::from_millis(1)));
        for wrong in ["-1", "3600001"] {
            let refused = slow(wrong).unwrap_err();
            assert!(refused.contains("kafka.slow_request_ms") && refused.contains(wrong), "{refused}");
        }
    }

    #[test]
    fn traffic_is_limited_unless_the_file_says_otherwise() {
        let limits = |text| read(text).map(|kafka| kafka.traffic_limits);
        assert_eq!(limits("").unwrap(), Switch::On);
        assert_eq!(limits("traffic_limits = 'on'").unwrap(), Switch::On);
        assert_eq!(limits("traffic_limits = 'off'").unwrap(), Switch::Off);
        assert!(limits("traffic_limits = true").is_err());
    }

    #[test]
    fn proxies_are_addresses_and_blocks_but_not_everybody() {
        let proxies = |list: &str| read(&format!("proxy_protocol_from = {list}")).map(|kafka| kafka.proxies);
        let block = |address, prefix| AddressBlock::new(address, prefix);
        assert_eq!(
            proxies("['10.0.0.5', '10.1.2.3/16']").unwrap(),
            [block(Ipv4Addr::new(10, 0, 0, 5), 32), block(Ipv4Addr::new(10, 1, 0, 0), 16)]
        );
        assert!(read("").unwrap().proxies.is_empty());
        for wrong in ["0.0.0.0/0", "10.0.0.0/33", "proxy.lan", "::1", ""] {
            let refused = proxies(&format!("['{wrong}']")).unwrap_err();
            assert!(refused.contains("kafka.proxy_protocol_from") && refused.contains(wrong), "{refused}");
        }
    }
}
