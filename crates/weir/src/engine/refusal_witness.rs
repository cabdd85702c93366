//! What the broker refused its clients, in the control plane's terms, for the audit record.

use control::Control;
use control::audit::ClientRefusal;
use control::ids::InstanceId;
use kafka_broker::{Mechanism, Refusal, RefusalWitness, Refused};

/// Hands every refusal to the control plane, which decides what it keeps.
#[derive(Debug)]
pub(crate) struct ControlWitness(pub(crate) Control);

impl RefusalWitness for ControlWitness {
    fn refused(&self, refusal: Refusal) {
        self.0.client_refused(client_refusal(refusal));
    }
}

fn client_refusal(refusal: Refusal) -> ClientRefusal {
    let Refusal { cluster, address, user, refused } = refusal;
    let (action, operation, subject, reason) = match refused {
        Refused::Connection => ("client_connect", String::new(), String::new(), "not on the allow list"),
        Refused::Transport => {
            ("client_connect", String::new(), String::new(), "TLS and the port do not match")
        }
        Refused::Login { mechanism, why } => {
            let mechanism = mechanism.map(Mechanism::name).unwrap_or_default();
            ("client_login", mechanism.to_owned(), String::new(), why.text())
        }
        Refused::Request { api, operation, resource, name } => (
            "client_request",
            format!("{} ({api})", operation.name()),
            format!("{}/{name}", resource.name()),
            "no rule allows it, or one denies it",
        ),
    };
    ClientRefusal { instance: InstanceId::new(cluster), address, user, action, operation, subject, reason }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use kafka_broker::LoginRefusal;

    use super::*;

    fn told(refused: Refused) -> (&'static str, String, String) {
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let refusal = Refusal { cluster: "main".into(), address, user: Some("alice".into()), refused };
        let told = client_refusal(refusal);
        assert_eq!((told.instance.as_str(), told.user.as_deref()), ("main", Some("alice")));
        (told.action, told.operation, told.subject)
    }

    #[test]
    fn each_refusal_says_what_was_tried_and_of_what() {
        let mechanism = Some(Mechanism::ScramSha256);
        let login = Refused::Login { mechanism, why: LoginRefusal::Credentials };
        assert_eq!(told(login), ("client_login", "SCRAM-SHA-256".into(), String::new()));
        let request = Refused::Request {
            api: kafka_wire::ApiKey::PRODUCE,
            operation: kafka_broker::Operation::Write,
            resource: kafka_broker::ResourceKind::Topic,
            name: "orders".into(),
        };
        assert_eq!(told(request), ("client_request", "Write (Produce)".into(), "topic/orders".into()));
        assert_eq!(told(Refused::Transport).0, "client_connect");
    }
}
