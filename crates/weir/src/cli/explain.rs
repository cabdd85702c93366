//! `weir explain`: why something is allowed or refused on a running server.

use std::net::IpAddr;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use kafka_broker::{Operation, ResourceKind};
use serde_json::Value;

use super::Failure;
use crate::api_client::ApiClient;
use crate::config::Config;
use crate::credentials::Credentials;
use crate::{serve, terminal};

/// The API version of the product that is called.
const WEIR: &str = "2026-11-01";

/// Explain why something is allowed or refused on a running server
#[derive(Args, Debug)]
pub(super) struct Explain {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Whether a Kafka user may do something, and which rule decides, e.g. weir explain acl --instance
    /// alikafka_post-cn-abc --principal User:billing --operation Write --resource topic:orders
    Acl(Acl),
}

#[derive(Args, Debug)]
struct Acl {
    /// The instance
    #[arg(long, value_name = "ID")]
    instance: String,

    /// Who would do it
    #[arg(long, value_name = "User:NAME", value_parser = principal)]
    principal: String,

    /// What would be done: Read, Write, Create, Delete, Alter, Describe, ClusterAction, DescribeConfigs, AlterConfigs,
    /// IdempotentWrite
    #[arg(long, value_parser = operation)]
    operation: Operation,

    /// To what: topic:NAME, group:NAME, transactional-id:NAME or cluster
    #[arg(long, value_name = "KIND:NAME", value_parser = resource)]
    resource: Resource,

    /// The address the user comes from [default: one that no rule names]
    #[arg(long, value_name = "ADDRESS")]
    host: Option<IpAddr>,

    /// Print the answer as JSON
    #[arg(long)]
    json: bool,

    /// Server to call [default: the listen address of this configuration]
    #[arg(long, env = "WEIR_ENDPOINT", value_name = "http://HOST:PORT")]
    endpoint: Option<String>,

    /// Region in which the instance was bought
    #[arg(long, default_value = "cn-hangzhou", env = "WEIR_REGION")]
    region: String,
}

/// A thing that there are rules about.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Resource {
    kind: ResourceKind,
    name: Option<String>,
}

impl Explain {
    /// The verdict goes to standard output; the exit status is 0 whatever it is.
    pub(super) fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        let What::Acl(acl) = self.what;
        let credentials = Credentials::find(&config.data_dir)?;
        let endpoint = match &acl.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => format!("http://{}", serve::dial(config.listen)),
        };
        let client = ApiClient::new(&endpoint, credentials)?;
        let parameters = acl.parameters();
        let parameters: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = serve::block_on(client.ask("ExplainAcl", &parameters))?;
        match acl.json {
            true => terminal::print(format_args!("{answer:#}"))?,
            false => terminal::print(acl.sentence(&answer))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Acl {
    /// The call of the API.
    fn parameters(&self) -> Vec<(&str, String)> {
        let mut parameters = vec![
            ("Version", WEIR.to_owned()),
            ("RegionId", self.region.clone()),
            ("InstanceId", self.instance.clone()),
            ("Username", self.principal.clone()),
            ("Operation", self.operation.name().to_owned()),
            ("ResourceType", kind_in_api(self.resource.kind).to_owned()),
        ];
        parameters.extend(self.resource.name.clone().map(|name| ("ResourceName", name)));
        parameters.extend(self.host.map(|host| ("Host", host.to_string())));
        parameters
    }

    /// What the answer says, for a person.
    fn sentence(&self, answer: &Value) -> String {
        let may = if answer["Permitted"] == true { "may" } else { "may not" };
        let of = match &self.resource.name {
            Some(name) => format!("{} {name:?}", self.resource.kind.name()),
            None => self.resource.kind.name().to_owned(),
        };
        let because = match (answer["Reason"].as_str(), &answer["Rule"]) {
            (Some("RULE"), rule) => {
                let text = |name: &str| rule[name].as_str().unwrap_or_default();
                format!(
                    "the rule {} {} of {} {} {:?} for User:{} from host {} decides",
                    text("PermissionType"),
                    text("Operation"),
                    text("ResourceType"),
                    text("PatternType"),
                    text("ResourceName"),
                    text("Username"),
                    text("Host"),
                )
            }
            (Some("UNENFORCED"), _) => "enable.acl is not on, so that rules do not count".to_owned(),
            _ => "no rule speaks of it".to_owned(),
        };
        format!("User:{} {may} {} {of}: {because}.", self.principal, self.operation.name())
    }
}

/// The vendor's name of a kind.
fn kind_in_api(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::Topic => "Topic",
        ResourceKind::Group => "Group",
        ResourceKind::Cluster => "Cluster",
        ResourceKind::TransactionalId => "TransactionalId",
    }
}

fn principal(text: &str) -> Result<String, String> {
    match text.strip_prefix("User:") {
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err(format!("{text:?} is not of the form User:NAME")),
    }
}

fn operation(text: &str) -> Result<Operation, String> {
    match Operation::named(text) {
        Some(Operation::All) => Err("All is for rules; ask for one operation".to_owned()),
        Some(operation) => Ok(operation),
        None => Err(format!("{text:?} is no operation of Kafka's")),
    }
}

fn resource(text: &str) -> Result<Resource, String> {
    let (kind, name) = match text.split_once(':') {
        Some((kind, name)) => (kind, Some(name)),
        None => (text, None),
    };
    let kind = ResourceKind::named(kind).ok_or_else(|| format!("{kind:?} is no kind of thing with rules"))?;
    match (kind, name) {
        (ResourceKind::Cluster, None) => Ok(Resource { kind, name: None }),
        (ResourceKind::Cluster, Some(_)) => Err("there is one cluster, which has no name here".to_owned()),
        (_, Some(name)) if !name.is_empty() => Ok(Resource { kind, name: Some(name.to_owned()) }),
        _ => Err(format!("{text:?} is not of the form KIND:NAME")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_what_and_of_what_are_read_strictly() {
        assert_eq!(principal("User:billing").unwrap(), "billing");
        assert_eq!(operation("write").unwrap(), Operation::Write);
        let topic = Resource { kind: ResourceKind::Topic, name: Some("a:b".into()) };
        assert_eq!(resource("topic:a:b").unwrap(), topic);
        assert_eq!(resource("cluster").unwrap(), Resource { kind: ResourceKind::Cluster, name: None });
        for text in ["billing", "User:", "Group:billing"] {
            assert!(principal(text).is_err(), "{text}");
        }
        for text in ["topic", "topic:", "cluster:kafka-cluster", "orders", "Topic:orders"] {
            assert!(resource(text).is_err(), "{text}");
        }
        assert!(operation("All").is_err() && operation("Fly").is_err());
    }
}
