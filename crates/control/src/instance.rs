//! Instances: ordered, deployed, changed, released, gone.

use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{InstanceId, OrderId, Region, ResourceGroupId};
use crate::placement::PlacementQuery;
use crate::tag::{Tag, TagFilter};
use crate::user::FirstUser;

/// Where an instance is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstanceState {
    /// Bought, nothing deployed.
    Ordered,
    /// Being deployed.
    Deploying,
    /// Serving.
    Running,
    /// Serving while its configuration changes.
    Changing,
    /// Switched off by its owner; data kept.
    Stopped,
    /// Its term has ended; data kept for a while.
    Expired,
    /// Given back; the record stays until it is deleted.
    Released,
}

/// How it is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Billing {
    /// By use, afterwards.
    Postpaid,
    /// For a term, beforehand.
    Prepaid,
}

/// What the instance may hold. Resolved by the dialect from what was bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Topics.
    pub topics: u32,
    /// Partitions over all topics.
    pub partitions: u32,
    /// Consumer groups.
    pub groups: u32,
    /// What it may use of the machine.
    #[serde(default)]
    pub resources: Resources,
}

/// What an instance may use of the machine it runs on; the engine sees to it. What is none is not limited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resources {
    /// Bytes on the disk. The oldest messages go before they run out.
    #[serde(default)]
    pub disk_bytes: Option<u64>,
    /// How much its clients may send and read.
    #[serde(default)]
    pub traffic: Traffic,
}

/// How much the clients of an instance may send and read all together, in bytes per second. What is none is not limited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Sent.
    pub sent: Option<NonZeroU64>,
    /// Read.
    pub read: Option<NonZeroU64>,
    /// In each direction over the public network.
    pub public: Option<NonZeroU64>,
}

/// How much of what it may hold an instance holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Topics.
    pub topics: u32,
    /// Partitions over all topics.
    pub partitions: u32,
    /// Consumer groups.
    pub groups: u32,
}

/// What the owner can configure. Enforced by the engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Whether access rules are enforced.
    pub acl_enabled: bool,
    /// Whether TLS with login is offered inside the private network.
    pub private_tls_enabled: bool,
    /// Whether TLS with login is offered to the public network.
    #[serde(default)]
    pub public_tls_enabled: bool,
    /// How long messages are kept, in hours.
    pub retention_hours: u32,
    /// The largest batch accepted, in bytes.
    pub message_bytes_max: u32,
    /// Further engine settings by their engine name, set by the owner.
    pub extra: std::collections::BTreeMap<String, String>,
    /// Whether groups that only consumers have made are listed.
    #[serde(default)]
    pub automatic_groups: bool,
}

/// Which way into the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// No login, no encryption; private network.
    Plain,
    /// Login and TLS; public network.
    PublicTls,
    /// Login, no encryption; private network.
    PrivateLogin,
    /// Login and TLS; private network.
    PrivateTls,
}

/// One reachable address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Which way in.
    pub access: Access,
    /// `address:port` as the engine bound and advertises it.
    pub address: String,
    /// `name:port` for the same place.
    pub domain: String,
}

/// An instance as its owner sees it.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its id, for ever.
    pub id: InstanceId,
    /// The order that made it.
    pub order_id: OrderId,
    /// Its region.
    pub region: Region,
    /// Its name, by default its id.
    pub name: String,
    /// Where it is in its life.
    pub state: InstanceState,
    /// How it is paid.
    pub billing: Billing,
    /// When it was ordered, in milliseconds since 1970.
    pub created_ms: i64,
    /// When its term ends, in milliseconds since 1970.
    pub expires_ms: i64,
    /// The engine version its clients see; empty before deployment.
    pub version: String,
    /// What it may hold.
    pub limits: Limits,
    /// What its owner configured.
    pub settings: Settings,
    /// Where it is reachable; empty unless it is serving.
    pub endpoints: Vec<Endpoint>,
    /// Its tags, by key.
    pub tags: Vec<Tag>,
    /// What only the dialect understands: stored and given back, never read here.
    pub details: Value,
    /// Topics, partitions and groups in use, from the engine; zero unless it is serving.
    pub used: Usage,
    /// Why its last deployment, or switching it on, came to nothing; none when it was never tried, runs or succeeded.
    pub failure: Option<String>,
}

/// Buys an instance.
#[derive(Clone, Debug)]
pub struct InstanceOrder {
    /// Where.
    pub region: Region,
    /// The id is this, followed by twelve random letters and digits.
    pub id_prefix: String,
    /// How it is paid.
    pub billing: Billing,
    /// When its term ends.
    pub expires_ms: i64,
    /// What it may hold.
    pub limits: Limits,
    /// First settings.
    pub settings: Settings,
    /// The resource group; none is the one that the account has from the start. It is looked up when the account has
    /// made groups here.
    pub resource_group: Option<ResourceGroupId>,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// The dialect's own facts.
    pub details: Value,
}

/// What an order made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceOrdered {
    /// The order.
    pub order_id: OrderId,
    /// The instance, in state [`InstanceState::Ordered`].
    pub instance_id: InstanceId,
}

/// Deploys an ordered instance.
#[derive(Clone, Debug)]
pub struct InstanceStart {
    /// Where it was bought.
    pub region: Region,
    /// Which one.
    pub id: InstanceId,
    /// Its name from now on; none keeps the present one.
    pub name: Option<String>,
    /// The engine version to offer.
    pub version: String,
    /// All its settings from now on.
    pub settings: Settings,
    /// The dialect's own facts from now on (all of them).
    pub details: Value,
    /// Where in its owner's networks.
    pub placement: PlacementQuery,
    /// The user that it has from the start.
    pub first_user: Option<FirstUser>,
}

/// Changes what an instance is.
#[derive(Clone, Debug)]
pub struct InstanceChange {
    /// The instance as it was when the change was worked out. The change is refused when its billing, version or
    /// details are others by now.
    pub seen: Instance,
    /// What it may hold from now on.
    pub limits: Limits,
    /// The version that its clients see from now on.
    pub version: String,
    /// The dialect's own facts from now on (all of them).
    pub details: Value,
}

/// Changes what an owner can configure, while the instance serves.
#[derive(Clone, Debug)]
pub struct InstanceConfigure {
    /// The instance as it was when the change was worked out. The change is refused when its version, settings or
    /// details are others by now.
    pub seen: Instance,
    /// All its settings from now on.
    pub settings: Settings,
    /// The dialect's own facts from now on (all of them).
    pub details: Value,
}

/// Changes what only the dialect understands of an instance.
#[derive(Clone, Debug)]
pub struct InstanceAnnotate {
    /// The instance as it was when the change was worked out. The change is refused when its details are others by
    /// now.
    pub seen: Instance,
    /// The resource group that it is put into, looked up as in an order; none leaves it where it is.
    pub resource_group: Option<ResourceGroupId>,
    /// The dialect's own facts from now on (all of them).
    pub details: Value,
}

/// Has an instance paid for a term from now on.
#[derive(Clone, Debug)]
pub struct InstanceConvert {
    /// Where it was bought.
    pub region: Region,
    /// Which one.
    pub id: InstanceId,
    /// When the term ends, in milliseconds since 1970.
    pub expires_ms: i64,
}

/// Gives an instance back.
#[derive(Clone, Debug)]
pub struct InstanceRelease {
    /// Where it was bought.
    pub region: Region,
    /// Which one.
    pub id: InstanceId,
    /// Free its data at once, even when topics or groups are left.
    pub force: bool,
}

/// Which instances to list; conditions are joined by AND.
#[derive(Clone, Debug, Default)]
pub struct InstanceFilter {
    /// Any of these; empty means all.
    pub ids: Vec<InstanceId>,
    /// The one that this order made.
    pub order_id: Option<OrderId>,
    /// All of these.
    pub tags: Vec<TagFilter>,
}
