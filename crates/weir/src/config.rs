//! Configuration: flag over environment (`WEIR_…`) over `weir.toml` over default. Unknown keys are errors.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use api::{ActionName, ActionSpec, Rate};
use clap::Args;
use control::zone::ZONES_MAX;
use kafka_broker::Limits;
use rustls::pki_types::DnsName;
use serde::Deserialize;

use crate::tls::CertificateFiles;

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

    /// Give /metrics, which names instances of every account and asks for no key, to other machines too
    #[arg(long, env = "WEIR_METRICS_TO_ALL", global = true)]
    metrics_to_all: bool,

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
    metrics_to_all: bool,
    gateway_listen: Option<SocketAddr>,
    kafka_host: Option<IpAddr>,
    kafka_port_base: Option<u16>,
    database_url: Option<String>,
    kafka: KafkaFile,
    tls: TlsFile,
    aliyun: AliyunFile,
}

/// The `[tls]` section of `weir.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TlsFile {
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    names: Vec<String>,
}

/// The `[kafka]` section of `weir.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct KafkaFile {
    connections_per_address: Option<i64>,
    instance_disk_mib: Option<i64>,
}

/// The `[aliyun]` section of `weir.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AliyunFile {
    regions: Vec<String>,
    rate_limits: Option<bool>,
    zones: Option<u8>,
    auto_renew: Option<bool>,
    list_shape: ListShape,
    rates: BTreeMap<String, RateSetting>,
    hide_passwords: bool,
}

/// One line of `[aliyun.rates]`: calls per second, or `"off"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum RateSetting {
    Calls(i64),
    Word(String),
}

/// `list_shape` in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ListShape {
    /// As the vendor's SDKs read lists.
    #[default]
    Sdk,
    /// As the vendor's document prints them.
    Document,
}

impl From<ListShape> for api::ListShape {
    fn from(shape: ListShape) -> Self {
        match shape {
            ListShape::Sdk => Self::Sdk,
            ListShape::Document => Self::Document,
        }
    }
}

/// Everything decided.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) data_dir: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) listen_tls: Option<SocketAddr>,
    /// Whether other machines are given `/metrics`.
    pub(crate) metrics_to_all: bool,
    /// Checked and kept; nothing listens there before the gateway exists.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the setting exists from the start, so that configurations stay valid")
    )]
    pub(crate) gateway_listen: SocketAddr,
    pub(crate) kafka_host: IpAddr,
    pub(crate) kafka_port_base: u16,
    /// What Kafka clients can make the process hold.
    pub(crate) kafka_limits: Limits,
    pub(crate) tls: Tls,
    pub(crate) aliyun: Aliyun,
}

/// What ports with TLS show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tls {
    /// The operator's own certificate; none for one of the data directory's authority.
    pub(crate) files: Option<CertificateFiles>,
    /// Names that the authority's certificate has besides addresses.
    pub(crate) names: Vec<String>,
}

/// The Alibaba dialect's settings.
#[derive(Clone, Debug)]
pub(crate) struct Aliyun {
    /// Region ids served besides the vendor's own.
    pub(crate) regions: Vec<String>,
    /// Whether the vendor's request rates per action apply.
    pub(crate) rate_limits: bool,
    /// Limits that replace an action's own; none for no limit.
    pub(crate) rates: BTreeMap<ActionName, Option<Rate>>,
    /// How many zones a region has.
    pub(crate) zones: u8,
    /// Whether terms of instances that are paid beforehand are renewed when they end.
    pub(crate) auto_renew: bool,
    /// The shape of lists in replies.
    pub(crate) list_shape: ListShape,
    /// Whether replies show asterisks where users' passwords would be.
    pub(crate) hide_passwords: bool,
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
    #[error("kafka.connections_per_address is {given}: it must be 1 to {max}")]
    ConnectionsPerAddress { given: i64, max: usize },
    #[error("kafka.instance_disk_mib is {0}: it must be 16 or more")]
    InstanceDisk(i64),
    #[error("tls.certificate and tls.key must be given together")]
    HalfCertificate,
    #[error("tls.names is for certificates made by the server; tls.certificate has the names it has")]
    NamesOfCertificate,
    #[error("tls.names has {0:?}, which is no DNS name")]
    CertificateName(String),
    #[error("aliyun.regions has {0:?}: a region's id is letters, digits, hyphens and underscores")]
    Region(String),
    #[error("aliyun.zones is {0}: a region has 1 to {ZONES_MAX} zones")]
    Zones(u8),
    #[error("aliyun.rates names {0}, which is no action that is offered")]
    UnknownAction(String),
    #[error("aliyun.rates.{0} must be calls per second, 1 to {RATE_MAX}, or \"off\"")]
    Rate(String),
}

/// The smallest disk of an instance: it has room for a few segments and the largest messages.
const INSTANCE_DISK_MIB_MIN: u64 = 16;

/// Most calls per second that a limit can allow; no server answers more.
const RATE_MAX: u32 = 1_000_000;

/// Reads `[aliyun.rates]`: `Action` is that action of every product that has it, `product:Action` that of one.
fn rates(given: BTreeMap<String, RateSetting>) -> Result<BTreeMap<ActionName, Option<Rate>>, ConfigError> {
    let actions = api::actions();
    // What is said of one product comes last, and so outranks what is said of all.
    let (of_one, of_all): (Vec<_>, Vec<_>) = given.into_iter().partition(|(name, _)| name.contains(':'));
    let mut rates = BTreeMap::new();
    for (name, setting) in of_all.into_iter().chain(of_one) {
        let (product, action) =
            name.split_once(':').map_or((None, name.as_str()), |(product, action)| (Some(product), action));
        let is_named = |known: &&ActionSpec| {
            known.name == action && product.is_none_or(|product| known.product == product)
        };
        let named: Vec<_> = actions
            .iter()
            .filter(is_named)
            .map(|known| ActionName { product: known.product, action: known.name })
            .collect();
        if named.is_empty() {
            return Err(ConfigError::UnknownAction(name));
        }
        let rate = setting.read(name)?;
        rates.extend(named.into_iter().map(|action| (action, rate)));
    }
    Ok(rates)
}

impl RateSetting {
    /// The limit of what `name` stands for; none when it is off.
    fn read(self, name: String) -> Result<Option<Rate>, ConfigError> {
        match self {
            Self::Word(word) if word == "off" => Ok(None),
            Self::Calls(calls) => match u32::try_from(calls) {
                Ok(calls @ 1..=RATE_MAX) => Ok(Some(Rate::per_second(calls))),
                _ => Err(ConfigError::Rate(name)),
            },
            Self::Word(_) => Err(ConfigError::Rate(name)),
        }
    }
}

/// What Kafka clients can make the process hold: the broker's defaults, but for what the file says.
fn kafka_limits(given: &KafkaFile) -> Result<Limits, ConfigError> {
    let mut limits = Limits::default();
    if let Some(given) = given.connections_per_address {
        let max = limits.connections_max;
        let fits = |open: &u32| *open > 0 && usize::try_from(*open).is_ok_and(|open| open <= max);
        let open = u32::try_from(given).ok().filter(fits);
        limits.peers.open = open.ok_or(ConfigError::ConnectionsPerAddress { given, max })?;
    }
    if let Some(given) = given.instance_disk_mib {
        let mib = u64::try_from(given).ok().filter(|mib| *mib >= INSTANCE_DISK_MIB_MIN);
        limits.disk_bytes_max = Some(mib.ok_or(ConfigError::InstanceDisk(given))?.saturating_mul(1 << 20));
    }
    Ok(limits)
}

/// Both files or none; names only for a certificate that is made here.
fn tls(given: TlsFile) -> Result<Tls, ConfigError> {
    let files = match (given.certificate, given.key) {
        (Some(certificate), Some(key)) => Some(CertificateFiles { certificate, key }),
        (None, None) => None,
        _ => return Err(ConfigError::HalfCertificate),
    };
    if files.is_some() && !given.names.is_empty() {
        return Err(ConfigError::NamesOfCertificate);
    }
    let is_name = |name: &&String| DnsName::try_from(name.as_str()).is_ok();
    match given.names.iter().find(|name| !is_name(name)) {
        Some(name) => Err(ConfigError::CertificateName(name.clone())),
        None => Ok(Tls { files, names: given.names }),
    }
}

/// Ids that every client takes: the older SDKs put them into host names, and so does the provider.
fn regions(given: Vec<String>) -> Result<Vec<String>, ConfigError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    match given.iter().find(|id| id.is_empty() || !id.bytes().all(is_plain)) {
        Some(id) => Err(ConfigError::Region(id.clone())),
        None => Ok(given),
    }
}

/// How many zones a region has, 3 unless the file says otherwise.
fn zones(given: Option<u8>) -> Result<u8, ConfigError> {
    match given.unwrap_or(3) {
        many @ 1..=ZONES_MAX => Ok(many),
        many => Err(ConfigError::Zones(many)),
    }
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
            metrics_to_all: flags.metrics_to_all || file.metrics_to_all,
            gateway_listen: flags
                .gateway_listen
                .or(file.gateway_listen)
                .unwrap_or(SocketAddr::new(loopback, 4681)),
            kafka_host: flags.kafka_host.or(file.kafka_host).unwrap_or(loopback),
            kafka_port_base: flags.kafka_port_base.or(file.kafka_port_base).unwrap_or(9092),
            kafka_limits: kafka_limits(&file.kafka)?,
            tls: tls(file.tls)?,
            aliyun: Aliyun {
                regions: regions(file.aliyun.regions)?,
                rate_limits: file.aliyun.rate_limits.unwrap_or(true),
                rates: rates(file.aliyun.rates)?,
                zones: zones(file.aliyun.zones)?,
                auto_renew: file.aliyun.auto_renew.unwrap_or(true),
                list_shape: file.aliyun.list_shape,
                hide_passwords: file.aliyun.hide_passwords,
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
#[path = "config_hostile_tests.rs"]
mod hostile_tests;

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
        assert!(!config.metrics_to_all);
        assert!(load("metrics_to_all = true", Flags::default()).unwrap().metrics_to_all);
        assert_eq!(config.gateway_listen.to_string(), "127.0.0.1:4681");
        assert_eq!(config.kafka_host.to_string(), "127.0.0.1");
        assert_eq!(config.kafka_port_base, 9092);
        assert_eq!(config.data_dir, PathBuf::from("weir-data"));
        assert!(config.aliyun.rate_limits);
        assert_eq!(config.aliyun.list_shape, ListShape::Sdk);
    }

    #[test]
    fn lists_can_have_the_shape_of_the_document() {
        let shape = |text| load(text, Flags::default()).map(|config| config.aliyun.list_shape);
        assert_eq!(shape("[aliyun]\nlist_shape = 'document'").unwrap(), ListShape::Document);
        assert_eq!(shape("[aliyun]\nlist_shape = 'sdk'").unwrap(), ListShape::Sdk);
        assert!(shape("[aliyun]\nlist_shape = 'flat'").is_err());
    }

    #[test]
    fn passwords_are_shown_unless_the_file_says_no() {
        let hidden = |text| load(text, Flags::default()).unwrap().aliyun.hide_passwords;
        assert!(!hidden("") && hidden("[aliyun]\nhide_passwords = true"));
    }

    #[test]
    fn a_flag_outranks_the_file() {
        let flags = Flags { kafka_port_base: Some(19_092), ..Flags::default() };
        let config = load("kafka_port_base = 1000\nlisten = '127.0.0.1:1'", flags).unwrap();
        assert_eq!((config.kafka_port_base, config.listen.port()), (19_092, 1));
    }

    #[test]
    fn an_address_may_have_as_many_kafka_connections_as_the_file_says() {
        let open = |text: &str| load(text, Flags::default()).map(|config| config.kafka_limits.peers.open);
        assert_eq!(open("").unwrap(), 2_000);
        assert_eq!(open("[kafka]\nconnections_per_address = 16000").unwrap(), 16_000);
        for wrong in ["0", "-1", "16001"] {
            let refused =
                open(&format!("[kafka]\nconnections_per_address = {wrong}")).unwrap_err().to_string();
            assert!(
                refused.contains("kafka.connections_per_address") && refused.contains(wrong),
                "{refused}"
            );
        }
    }

    #[test]
    fn a_certificate_comes_with_its_key_and_without_names() {
        let tls = |text: &str| load(text, Flags::default()).map(|config| config.tls);
        assert_eq!(tls("").unwrap(), Tls::default());
        assert_eq!(tls("[tls]\nnames = [\"kafka.lan\"]").unwrap().names, ["kafka.lan"]);
        let files = tls("[tls]\ncertificate = \"a.pem\"\nkey = \"a.key\"").unwrap().files;
        assert_eq!(files, Some(CertificateFiles { certificate: "a.pem".into(), key: "a.key".into() }));
        for (wrong, told) in [
            ("certificate = \"a.pem\"", "given together"),
            ("key = \"a.key\"", "given together"),
            ("certificate = \"a.pem\"\nkey = \"a.key\"\nnames = [\"b\"]", "has the names it has"),
            ("names = [\"not a name\"]", "\"not a name\", which is no DNS name"),
            ("names = [\"\"]", "no DNS name"),
        ] {
            let refused = tls(&format!("[tls]\n{wrong}")).unwrap_err().to_string();
            assert!(refused.contains(told), "{refused}");
        }
    }

    #[test]
    fn terms_are_renewed_unless_the_file_says_no() {
        let renewed = |text| load(text, Flags::default()).unwrap().aliyun.auto_renew;
        assert!(renewed("") && !renewed("[aliyun]\nauto_renew = false"));
    }

    #[test]
    fn a_region_has_a_zone_for_each_letter_at_most() {
        let zones = |text| load(text, Flags::default()).map(|config| config.aliyun.zones);
        assert_eq!((zones("").unwrap(), zones("[aliyun]\nzones = 25").unwrap()), (3, 25));
        for text in ["[aliyun]\nzones = 0", "[aliyun]\nzones = 26"] {
            assert!(matches!(zones(text), Err(ConfigError::Zones(_))), "{text}");
        }
    }

    #[test]
    fn a_region_has_an_id_that_clients_take() {
        let regions = |text: &str| {
            load(&format!("[aliyun]\nregions = {text}"), Flags::default()).map(|config| config.aliyun.regions)
        };
        assert_eq!(regions("['lab-1', 'Lab_2']").unwrap(), ["lab-1", "Lab_2"]);
        for wrong in ["2 lab<x>", "", "lab.1", "实验"] {
            let refused = regions(&format!("['lab-1', '{wrong}']")).unwrap_err().to_string();
            assert!(refused.contains("aliyun.regions") && refused.contains(wrong), "{refused}");
        }
    }

    #[test]
    fn rates_are_of_actions_that_there_are() {
        let rates = |text: &str| {
            load(&format!("[aliyun.rates]\n{text}"), Flags::default()).map(|config| config.aliyun.rates)
        };
        let named = |product, action| ActionName { product, action };
        let set = rates("CreateTopic = 20\nStartInstance = 'off'").unwrap();
        let expected = [
            (named("alikafka", "CreateTopic"), Some(Rate::per_second(20))),
            (named("alikafka", "StartInstance"), None),
        ];
        assert_eq!(set, BTreeMap::from(expected));
        // One name of several products' actions, and the one of them that is said otherwise.
        let set = rates("ListTagResources = 5\n'kms:ListTagResources' = 'off'").unwrap();
        let expected = [
            (named("alikafka", "ListTagResources"), Some(Rate::per_second(5))),
            (named("kms", "ListTagResources"), None),
        ];
        assert_eq!(set, BTreeMap::from(expected));
        assert!(rates("").unwrap().is_empty());
        for unknown in ["CreateTopics", "kms:CreateTopic", "alikafka:CreateTopic:"] {
            let refused = rates(&format!("'{unknown}' = 20")).unwrap_err().to_string();
            assert!(refused.contains(&format!("names {unknown},")), "{refused}");
        }
        for wrong in ["0", "-1", "1000001", "'fast'", "'20'"] {
            let refused = rates(&format!("CreateTopic = {wrong}")).unwrap_err().to_string();
            assert!(refused.contains("aliyun.rates.CreateTopic"), "{wrong}: {refused}");
        }
        assert!(rates("CreateTopic = true").is_err());
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
