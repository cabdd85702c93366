//! What clients are refused, for whoever keeps a record of it: who, from where, what, and why. Never a secret.

use std::fmt;
use std::net::IpAddr;

use kafka_wire::ApiKey;

use crate::authority::{Operation, ResourceKind};
use crate::cluster::Cluster;
use crate::login::Mechanism;
use crate::reply::cut;

/// Is told of refusals while requests wait for it: it must not block, and may forget.
pub trait RefusalWitness: fmt::Debug + Send + Sync {
    /// Takes note of one.
    fn refused(&self, refusal: Refusal);
}

/// Something that a client was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The cluster that it came to.
    pub cluster: String,
    /// Where it came from.
    pub address: IpAddr,
    /// Whom it acts for; where the login itself was refused, whom it said to act for, if it came so far. Cut short.
    pub user: Option<String>,
    /// What it was refused.
    pub refused: Refused,
}

/// What is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// To connect: its address is not on the list.
    Connection,
    /// To go on, because it spoke TLS where there is none, or did not where there is.
    Transport,
    /// To log in.
    Login {
        /// In this way, if it had chosen one.
        mechanism: Option<Mechanism>,
        /// Why.
        why: LoginRefusal,
    },
    /// To do something.
    Request {
        /// It asked in a request of this API.
        api: ApiKey,
        /// What it would have done.
        operation: Operation,
        /// To what kind of thing.
        resource: ResourceKind,
        /// Its name, cut short.
        name: String,
    },
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoginRefusal {
    /// There is no such user, or the user has another password, or the tokens are not those of the mechanism.
    Credentials,
    /// The way of logging in is not offered.
    Mechanism,
    /// It sent something else than what leads to a login.
    OutOfTurn,
    /// It sent a frame that is too long or goes on too slowly, or more than one before it was answered.
    Frame,
    /// It took too long.
    Late,
    /// It had logged in as somebody else before on the connection, or in another way.
    Another,
}

impl LoginRefusal {
    /// In a few words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Credentials => "no such user, or another password",
            Self::Mechanism => "a mechanism that is not offered",
            Self::OutOfTurn => "a request before the login",
            Self::Frame => "a frame that no login needs",
            Self::Late => "not in time",
            Self::Another => "another user or mechanism than before on the connection",
        }
    }
}

impl Cluster {
    /// Counts a refused request, and tells of it.
    pub(crate) fn request_refused(&self, address: IpAddr, user: Option<&str>, refused: RefusedRequest<'_>) {
        let RefusedRequest { api, operation, resource, name } = refused;
        self.metrics().request_refused(resource, operation);
        self.refusal_tell(address, user, || Refused::Request {
            api,
            operation,
            resource,
            name: cut(name).to_owned(),
        });
    }

    /// Tells of a refusal, if anybody listens.
    pub(crate) fn refusal_tell(
        &self,
        address: IpAddr,
        user: Option<&str>,
        refused: impl FnOnce() -> Refused,
    ) {
        let Some(witness) = self.refusal_witness() else { return };
        let user = user.map(|user| cut(user).to_owned());
        witness.refused(Refusal { cluster: self.name().to_owned(), address, user, refused: refused() });
    }
}

/// See [`Refused::Request`].
pub(crate) struct RefusedRequest<'a> {
    pub(crate) api: ApiKey,
    pub(crate) operation: Operation,
    pub(crate) resource: ResourceKind,
    pub(crate) name: &'a str,
}
