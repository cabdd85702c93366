//! The allow lists of an instance: one for each way in, named by the network and the port that the vendor gives it.

use control::instance::{Access, Instance};

use super::details::{DeployType, Details};
use crate::dialects::aliyun::action::Refused;
use crate::dialects::aliyun::params::choice;

choice! {
    /// The network that a list is about.
    pub(crate) enum ListType: String {
        /// The private network.
        Vpc = "vpc",
        /// The internet.
        Internet = "internet",
    }
}

/// Every list: its network, the way in that it is about, and the ports as they are written.
const LISTS: [(ListType, Access, &str); 4] = [
    (ListType::Vpc, Access::Plain, "9092/9092"),
    (ListType::Vpc, Access::PrivateLogin, "9094/9094"),
    (ListType::Vpc, Access::PrivateTls, "9095/9095"),
    (ListType::Internet, Access::PublicTls, "9093/9093"),
];

/// The lists of one network that an instance has, by port.
pub(crate) fn of_network(
    network: ListType,
    instance: &Instance,
    details: &Details,
) -> Vec<(Access, &'static str)> {
    let (settings, is_public) = (&instance.settings, details.deploy_type == DeployType::Public);
    let has = |access| match access {
        Access::Plain => true,
        Access::PrivateLogin => settings.acl_enabled,
        Access::PrivateTls => settings.private_tls_enabled,
        Access::PublicTls => is_public,
    };
    let lists = LISTS.iter().filter(|(listed, access, _)| *listed == network && has(*access));
    lists.map(|(_, access, ports)| (*access, *ports)).collect()
}

/// The list of a network and port that an instance has.
pub(crate) fn find(
    network: ListType,
    ports: &str,
    instance: &Instance,
    details: &Details,
) -> Result<Access, Refused> {
    let lists = of_network(network, instance, details);
    let found = lists.iter().find(|(_, known)| *known == ports);
    found.map(|(access, _)| *access).ok_or_else(|| {
        let known: Vec<_> = lists.iter().map(|(_, ports)| *ports).collect();
        let reason = match known.as_slice() {
            [] => "AllowedListType internet is for instances on the internet".to_owned(),
            known => format!("PortRange must be one of {} here", known.join(", ")),
        };
        Refused::AllowList(reason)
    })
}
