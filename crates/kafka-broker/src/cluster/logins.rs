//! The ports of a cluster on which clients log in, and who may.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Bound, Cluster, STOPPING};
use crate::broker::Shared;
use crate::connection::Advertised;
use crate::door::{AllowedAddresses, Door};
use crate::error::ClusterError;
use crate::listener::{self, Way};
use crate::login::{Means, User};

/// A port on which clients log in before anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginListener {
    /// The port; 0 lets the system choose.
    pub port: u16,
    /// From where it may be used.
    pub allowed: AllowedAddresses,
    /// Whether a TLS handshake comes first.
    pub is_secured: bool,
    /// Whether what goes through it counts as public traffic.
    pub is_public: bool,
}

impl LoginListener {
    /// Takes its port, when there is what it needs.
    pub(super) fn bind(&self, host: IpAddr, shared: &Shared) -> Result<Bound, ClusterError> {
        if self.is_secured && shared.tls.is_none() {
            return Err(ClusterError::Failed("there is no certificate for a port with TLS".into()));
        }
        Bound::new(host, self.port)
    }
}

/// Those that are open, by the port that was asked for.
pub(super) type OpenLogins = BTreeMap<u16, OpenLogin>;

pub(super) struct OpenLogin {
    address: SocketAddr,
    door: Arc<Door>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl OpenLogin {
    /// Stops listening, and ends the connections that came in here.
    pub(super) async fn close(self, cluster: &str) {
        self.stop.send_replace(true);
        if let Err(ended) = self.accepting.await {
            tracing::error!(cluster, %ended, "a listener did not end well");
        }
    }
}

impl Cluster {
    /// Has clients log in on these ports and no others. What comes in on one that stays goes on, as far as its list
    /// lets it. Nothing is changed when a port cannot be had.
    pub async fn logins_set(&self, logins: Vec<LoginListener>) -> Result<(), ClusterError> {
        let mut open = self.logins.lock().await;
        let (true, Some(cluster)) = (!self.is_stopping(), self.itself.upgrade()) else {
            return Err(ClusterError::Failed(STOPPING.into()));
        };
        let mut new = Vec::new();
        for login in logins.iter().filter(|login| !open.contains_key(&login.port)) {
            new.push((login.bind(self.address.ip(), &self.shared)?, login.clone()));
        }
        let is_wanted = |port: &u16| logins.iter().any(|login| login.port == *port);
        let unwanted: Vec<_> = open.extract_if(.., |port, _| !is_wanted(port)).collect();
        for (_, login) in unwanted {
            login.close(&self.name).await;
        }
        for login in logins {
            if let Some(there) = open.get(&login.port) {
                there.door.allow(login.allowed);
            }
        }
        for (bound, login) in new {
            open.insert(login.port, cluster.login_open(bound, login));
        }
        Ok(())
    }

    /// Has clients log in on ports of a new cluster.
    pub(super) fn logins_open(self: &Arc<Self>, logins: Vec<(Bound, LoginListener)>) {
        let mut open = self.logins.try_lock().expect("nobody else knows the cluster yet");
        for (bound, login) in logins {
            open.insert(login.port, self.login_open(bound, login));
        }
    }

    /// Replaces the addresses from which a port on which clients log in may be used. One that is not open has none.
    pub async fn login_allow(&self, port: u16, allowed: AllowedAddresses) {
        if let Some(login) = self.logins.lock().await.get(&port) {
            login.door.allow(allowed);
        }
    }

    /// Where clients log in.
    pub async fn login_addresses(&self) -> Vec<SocketAddr> {
        self.logins.lock().await.values().map(|login| login.address).collect()
    }

    /// Replaces those who may log in. Connections of users that are gone, or have another password, are ended.
    pub fn users_set(&self, users: Vec<User>) {
        self.users.set(users);
    }

    pub(crate) fn login_means(&self) -> Means<'_> {
        Means { users: &self.users, checks: &self.login_checks, random: &self.shared.random }
    }

    fn login_open(self: &Arc<Self>, bound: Bound, login: LoginListener) -> OpenLogin {
        let Bound { listener, address } = bound;
        let door = Door::new(login.allowed);
        let (stop, stopping) = watch::channel(false);
        let advertised = Advertised::at(address);
        self.metrics.listens(advertised.port);
        let way = Way {
            listener,
            advertised: Arc::new(advertised),
            is_everywhere: address.ip().is_unspecified(),
            door: door.clone(),
            asks_login: true,
            tls: login.is_secured.then(|| self.shared.tls.clone()).flatten(),
            is_public: login.is_public,
        };
        let accepting = tokio::spawn(listener::serve(self.clone(), way, stopping));
        OpenLogin { address, door, stop, accepting }
    }
}
