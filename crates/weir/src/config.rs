//! Configuration: flag over environment (`WEIR_…`) over `weir.toml` over default. Unknown keys are errors.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

/// What flags and environment can say. Every field is optional: absent means ask the file, then the default.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Flags {
    /// Configuration file [default: ./weir.toml when it exists]
    #[arg(long, env = "WEIR_CONFIG", value_name = "FILE", global = true)]
    config: Option<PathBuf>,

    /// Where everything is kept [default: ./weir-data]
    #[arg(long, env = "WEIR_DATA_DIR", value_name = "DIR", global = true)]
    data_dir: Option<PathBuf>,

    /// Where the cloud APIs listen [default: 127.0.0.1:4680]
    #[arg(long, env = "WEIR_LISTEN", value_name = "ADDR", global = true)]
    listen: Option<SocketAddr>,

    /// Where the cloud APIs listen with TLS, with a certificate of the authority in DATA/ca.pem [default: nowhere]
    #[arg(long, env = "WEIR_LISTEN_TLS", value_name = "ADDR", global = true)]
    listen_tls: Option<SocketAddr>,

    /// Where the gateway for published APIs listens, once there is one [default: 127.0.0.1:4681]
    #[arg(long, env = "WEIR_GATEWAY_LISTEN", value_name = "ADDR", global = true)]
    gateway_listen: Option<SocketAddr>,

    /// Address that Kafka listeners bind and advertise [default: 127.0.0.1]
    #[arg(long, env = "WEIR_KAFKA_HOST", value_name = "ADDRESS", global = true)]
    kafka_host: Option<IpAddr>,

    /// First Kafka port; instance number i takes this + 10·i and the three after it [default: 9092]
    #[arg(long, env = "WEIR_KAFKA_PORT_BASE", value_name = "PORT", global = true)]
    kafka_port_base: Option<u16>,

    /// Database; SQLite in the data directory unless given [default: sqlite in DATA/weir.db]
    #[arg(long, env = "WEIR_DATABASE_URL", value_name = "URL", global = true)]
    database_url: Option<String>,
}

/// What `weir.toml` can say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    data_dir: Option<PathBuf>,
    listen: Option<SocketAddr>,
    listen_tls: Option<SocketAddr>,
    gateway_listen: Option<SocketAddr>,
    kafka_host: Option<IpAddr>,
    kafka_port_base: Option<u16>,
    database_url: Option<String>,
    aliyun: AliyunFile,
}

/// The `[aliyun]` section of `weir.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AliyunFile {
    regions: Vec<String>,
    rate_limits: Option<bool>,
}

/// Everything decided.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) data_dir: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) listen_tls: Option<SocketAddr>,
    /// Checked and kept; nothing listens there before the gateway exists.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the setting exists from the start, so that configurations stay valid")
    )]
    pub(crate) gateway_listen: SocketAddr,
    pub(crate) kafka_host: IpAddr,
    pub(crate) kafka_port_base: u16,
    pub(crate) aliyun: Aliyun,
}

/// The Alibaba dialect's settings.
#[derive(Clone, Debug)]
pub(crate) struct Aliyun {
    /// Region ids served besides the vendor's own.
    pub(crate) regions: Vec<String>,
    /// Whether the vendor's request rates per action apply.
    pub(crate) rate_limits: bool,
}

/// Why there is no configuration; the text is for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("cannot read the configuration file {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("the configuration file {} is not valid: {source}", path.display())]
    Invalid { path: PathBuf, source: Box<toml::de::Error> },
    #[error(
        "the database {0} is not supported; leave out --database-url to use SQLite in the data directory"
    )]
    Database(String),
}

impl Config {
    /// Merges the sources.
    pub(crate) fn load(flags: &Flags) -> Result<Self, ConfigError> {
        let file = match &flags.config {
            Some(path) => File::read(path)?,
            None => {
                let path = Path::new("weir.toml");
                if path.exists() { File::read(path)? } else { File::default() }
            }
        };
        if let Some(url) = flags.database_url.clone().or(file.database_url) {
            // The address may hold a password: name the kind only.
            return Err(ConfigError::Database(url.split(':').next().unwrap_or_default().to_owned()));
        }
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Ok(Self {
            data_dir: flags.data_dir.clone().or(file.data_dir).unwrap_or_else(|| "weir-data".into()),
            listen: flags.listen.or(file.listen).unwrap_or(SocketAddr::new(loopback, 4680)),
            listen_tls: flags.listen_tls.or(file.listen_tls),
            gateway_listen: flags
                .gateway_listen
                .or(file.gateway_listen)
                .unwrap_or(SocketAddr::new(loopback, 4681)),
            kafka_host: flags.kafka_host.or(file.kafka_host).unwrap_or(loopback),
            kafka_port_base: flags.kafka_port_base.or(file.kafka_port_base).unwrap_or(9092),
            aliyun: Aliyun {
                regions: file.aliyun.regions,
                rate_limits: file.aliyun.rate_limits.unwrap_or(true),
            },
        })
    }
}

impl File {
    fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.into(), source })?;
        toml::from_str(&text)
            .map_err(|source| ConfigError::Invalid { path: path.into(), source: Box::new(source) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, flags: Flags) -> Result<Config, ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("weir.toml");
        std::fs::write(&path, file).unwrap();
        Config::load(&Flags { config: Some(path), ..flags })
    }

    #[test]
    fn nothing_said_means_the_documented_defaults() {
        let config = load("", Flags::default()).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:4680");
        assert_eq!(config.listen_tls, None);
        assert_eq!(config.gateway_listen.to_string(), "127.0.0.1:4681");
        assert_eq!(config.kafka_host.to_string(), "127.0.0.1");
        assert_eq!(config.kafka_port_base, 9092);
        assert_eq!(config.data_dir, PathBuf::from("weir-data"));
        assert!(config.aliyun.rate_limits);
    }

    #[test]
    fn a_flag_outranks_the_file() {
        let flags = Flags { kafka_port_base: Some(19_092), ..Flags::default() };
        let config = load("kafka_port_base = 1000\nlisten = '127.0.0.1:1'", flags).unwrap();
        assert_eq!((config.kafka_port_base, config.listen.port()), (19_092, 1));
    }

    #[test]
    fn an_unknown_key_is_refused_and_named() {
        let refused = load("kafka_port_bass = 1000", Flags::default()).unwrap_err().to_string();
        assert!(refused.contains("kafka_port_bass"), "{refused}");
        let refused = load("[aliyun]\nregion = 1", Flags::default()).unwrap_err().to_string();
        assert!(refused.contains("region"), "{refused}");
    }

    #[test]
    fn a_database_address_is_never_repeated() {
        let flags =
            Flags { database_url: Some("postgres://user:hunter2@db/weir".into()), ..Flags::default() };
        let refused = load("", flags).unwrap_err().to_string();
        assert!(refused.contains("postgres") && !refused.contains("hunter2"), "{refused}");
    }
}
