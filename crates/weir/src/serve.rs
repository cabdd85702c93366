//! Wiring: opens everything in order, serves, and drains in the opposite order.

use std::fs;
use std::future::Future;
use std::io::{self, ErrorKind, IsTerminal};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use api::{Front, FrontConfig, RateLimits, ReplayGuard, Services};
use control::Control;
use control::config::{ControlConfig, FirstKey, Options};
use kafka_broker::{Broker, BrokerConfig};
use machine::clock::Clock;
use machine::commit::Committer;
use machine::disk::{Disk, Lock, RealDisk};
use machine::random::Random;
use machine::secret::Secret;
use parking_lot::RwLock;
use prometheus_client::registry::Registry;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing_subscriber::EnvFilter;

use crate::config::{Config, Switch};
use crate::credentials::Credentials;
use crate::descriptors::Descriptors;
use crate::engine::{ControlQuotas, ControlRules, ControlWitness, EmbeddedEngine};
use crate::format;
use crate::status::Status;
use crate::tls::{self, Authority, CertificateFigures, Certificates, Local, Source};

/// How long requests in flight may take once the server is told to stop.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// Logs to standard error: text on a terminal, JSON elsewhere. `WEIR_LOG` overrides the level.
pub(crate) fn log_to_stderr(level: &str) {
    let filter = EnvFilter::try_from_env("WEIR_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_target(false);
    if io::stderr().is_terminal() {
        log.init();
    } else {
        log.json().flatten_event(true).init();
    }
}

/// Runs a future on a new runtime.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Blocking work is short and rare here; the default of 512 threads would only cost memory.
        .max_blocking_threads(8)
        .build()
        .expect("the operating system gives threads and an event queue")
        .block_on(future)
}

/// Where a client on this machine reaches a listener: an unspecified address is dialled as loopback.
pub(crate) fn dial(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// Ends at the first SIGTERM or SIGINT. A second one ends the process at once.
pub(crate) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            std::process::exit(130);
        });
    })
}

/// Why the server did not start; the text is for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("cannot use the data directory {directory}: {source}")]
    Directory { directory: String, source: io::Error },
    #[error("another server uses the data directory {0}")]
    InUse(String),
    #[error("cannot use {file}: {source}")]
    File { file: String, source: io::Error },
    #[error("cannot be told of SIGHUP: {0}")]
    Signal(io::Error),
    #[error(transparent)]
    Format(#[from] crate::format::FormatError),
    #[error(transparent)]
    Credentials(#[from] crate::credentials::CredentialsError),
    #[error(transparent)]
    Tls(#[from] crate::tls::TlsError),
    #[error("the record of used nonces: {0}")]
    Replay(#[from] machine::journal::JournalError),
    #[error("the control plane: {}", chain(.0))]
    Control(#[from] control::config::OpenError),
}

/// An error and what it came from, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// A running server.
pub(crate) struct Server {
    control: Control,
    broker: Arc<Broker>,
    committer: Arc<Committer>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    /// Held as long as anything is written to the data directory.
    _lock: Box<dyn Lock>,
}

impl Server {
    /// Opens everything, in order: lock, format, keys, broker, control plane, front. Returns when all of it serves.
    pub(crate) async fn start(config: Config) -> Result<Self, StartError> {
        // The ports first: nothing is to be undone when one is taken.
        let listener = bind(config.listen).await?;
        let secured = match config.listen_tls {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let (clock, random) = (Clock::system(), Random::system());
        let disk: Arc<dyn Disk> = Arc::new(RealDisk);
        let data = &config.data_dir;
        let lock = lock(&*disk, data)?;
        format::claim(&*disk, data)?;
        let directory = |source| StartError::Directory { directory: data.display().to_string(), source };

        let from_environment = Credentials::from_environment()?;
        let master_key = master_key(&*disk, data, &random)?;
        // Made even when nothing listens with TLS, so that it can be handed out before something does.
        let authority = Authority::open(&*disk, data, &clock)?;
        let source = match config.tls.files {
            Some(files) => Source::Files(files),
            None => {
                let tls = config.listen_tls.map(|address| address.ip());
                let addresses = [config.listen.ip(), config.kafka_host].into_iter().chain(tls).collect();
                Source::Authority(Box::new(Local { authority, addresses, names: config.tls.names }))
            }
        };
        let certificates = Certificates::new(source, clock.clone())?;
        let secured = match secured {
            Some(listener) => Some((listener, tls::server_config(&certificates, &["http/1.1"])?)),
            None => None,
        };
        let kafka_tls = tls::server_config(&certificates, &[])?;
        let committer = Committer::start(disk.clone(), data, clock.clone()).map_err(directory)?;
        let replay = ReplayGuard::open(&disk, &committer, data, &random)?;
        let descriptors = Descriptors::now();
        let mut limits = config.kafka.limits;
        limits.connections_max = descriptors.kafka(limits.connections_max);
        let broker = Broker::open(BrokerConfig {
            disk: disk.clone(),
            committer: committer.clone(),
            folder: data.join("kafka"),
            clock: clock.clone(),
            random: random.clone(),
            secret: login_secret(&master_key),
            limits,
            proxies: config.kafka.proxies.clone(),
            tls: Some(kafka_tls),
        });
        let broker = Arc::new(broker.map_err(directory)?);
        let engine =
            EmbeddedEngine::new(broker.clone(), config.kafka_host, config.kafka_port_base, random.clone())
                .with_traffic_limited(config.kafka.traffic_limits == Switch::On);
        let opened = Control::open(ControlConfig {
            database: data.join("weir.db"),
            disk: disk.clone(),
            master_key,
            clock: clock.clone(),
            random: random.clone(),
            engine: Arc::new(engine),
            first_key: from_environment.as_ref().map(|credentials| FirstKey {
                id: credentials.access_key_id.clone(),
                secret: credentials.access_key_secret.clone(),
            }),
            options: Options {
                zones: config.aliyun.zones,
                renewal: config.aliyun.auto_renew,
                language: api::LANGUAGE,
                ..Options::default()
            },
        })
        .await?;
        if from_environment.is_none() {
            let key = Credentials {
                access_key_id: opened.first_key.id.clone(),
                access_key_secret: opened.first_key.secret.clone(),
            };
            let path = Credentials::path(data);
            // Written only when it would change something: a restart must not need room on the disk.
            if fs::read(&path).ok().as_deref() != Some(key.to_json().as_slice()) {
                keep(&*disk, &path, &key.to_json())?;
            }
        }

        let control = opened.control;
        broker.rules_kept_by(Some(Arc::new(ControlRules(control.clone()))));
        broker.quotas_witnessed_by(Some(Arc::new(ControlQuotas(control.clone()))));
        broker.refusals_told_to(Some(Arc::new(ControlWitness(control.clone()))));
        let registry = Arc::new(RwLock::new(Registry::default()));
        let status = Status::watch(control.clone(), broker.clone(), committer.clone()).await;
        status.register(&mut registry.write());
        registry.write().register_collector(Box::new(CertificateFigures(certificates.clone())));
        certificates.watch().map_err(StartError::Signal)?;
        let rates = RateLimits { off: !config.aliyun.rate_limits, by_action: config.aliyun.rates.clone() };
        let front = Front::new(
            FrontConfig {
                rates,
                regions: config.aliyun.regions.clone(),
                list_shape: config.aliyun.list_shape.into(),
                hide_passwords: config.aliyun.hide_passwords,
                metrics_to_all: config.metrics_to_all,
                connections_max: descriptors.api(FrontConfig::default().connections_max),
                drain_max: DRAIN_MAX,
            },
            Services {
                control: control.clone(),
                clock,
                random,
                replay: Arc::new(replay),
                health: Arc::new(status),
                registry,
            },
        );
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(async move {
            let plain = front.serve(listener, told_to_stop(stopped.clone()));
            match secured {
                Some((listener, tls)) => {
                    tokio::join!(plain, front.serve_tls(listener, tls, told_to_stop(stopped)));
                }
                None => plain.await,
            }
        });
        Ok(Self { control, broker, committer, stop, serving, _lock: lock })
    }

    /// Takes no new requests, finishes those under way, and leaves everything on disk.
    pub(crate) async fn drain(self) {
        self.stop.send_replace(true);
        if let Err(ended) = self.serving.await {
            tracing::error!(%ended, "the front did not end well");
        }
        self.broker.rules_kept_by(None);
        self.broker.quotas_witnessed_by(None);
        self.broker.refusals_told_to(None);
        self.control.close().await;
        self.broker.close().await;
        let committer = self.committer;
        tokio::task::spawn_blocking(move || committer.shutdown()).await.ok();
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

async fn told_to_stop(mut stopped: watch::Receiver<bool>) {
    drop(stopped.wait_for(|stop| *stop).await);
}

/// Makes the data directory and takes it, or says that somebody else has it.
fn lock(disk: &dyn Disk, data: &Path) -> Result<Box<dyn Lock>, StartError> {
    let directory = data.display().to_string();
    disk.create_dir_all(data)
        .map_err(|source| StartError::Directory { directory: directory.clone(), source })?;
    disk.lock(&data.join("lock")).map_err(|source| match source.kind() {
        ErrorKind::WouldBlock => StartError::InUse(directory),
        _ => StartError::Directory { directory, source },
    })
}

/// The key that seals secrets in the store; made at first start.
fn master_key(disk: &dyn Disk, data: &Path, random: &Random) -> Result<Secret<[u8; 32]>, StartError> {
    let path = data.join("master.key");
    let failed = |source| StartError::File { file: path.display().to_string(), source };
    match fs::read(&path) {
        Ok(bytes) => {
            let key = <[u8; 32]>::try_from(bytes.as_slice());
            let key = key.map_err(|_| failed(io::Error::new(ErrorKind::InvalidData, "not 32 bytes")))?;
            Ok(Secret::new(key))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut key = [0; 32];
            random.fill(&mut key);
            keep(disk, &path, &key)?;
            Ok(Secret::new(key))
        }
        Err(error) => Err(failed(error)),
    }
}

/// What the broker makes up those with who log in under a name that nobody has. It follows from the master key and
/// does not tell it.
fn login_secret(master_key: &Secret<[u8; 32]>) -> Secret<[u8; 32]> {
    let mut hash = Sha256::new();
    hash.update(b"weir: names that nobody has");
    hash.update(master_key.expose());
    Secret::new(hash.finalize().into())
}

/// Writes a file with a secret, readable by its owner only, whole or not at all.
fn keep(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), StartError> {
    machine::disk::replace_secret(disk, path, bytes)
        .map_err(|source| StartError::File { file: path.display().to_string(), source })
}
