//! librdkafka, through `rdkafka`, behind the commands of `../README.md`: a JSON line in, a JSON line out.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, Write};
use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use serde::Deserialize;
use serde_json::{Value, json};

mod administration;
mod member;
mod records;

use member::Members;
use records::Record;

const PATIENCE: Duration = Duration::from_secs(30);

/// Any failure; what is no [`Refused`] has no code of Kafka's.
type Failure = Box<dyn Error + Send + Sync>;

/// The library's own error, with Kafka's code for it.
#[derive(Debug)]
struct Refused(i32, String);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.1)
    }
}

impl Error for Refused {}

fn refused(code: RDKafkaErrorCode) -> Failure {
    Refused(code as i32, code.to_string()).into()
}

/// Where a command goes.
#[derive(Deserialize)]
struct Place {
    endpoint: String,
    user: Option<String>,
    password: Option<String>,
    mechanism: Option<String>,
}

/// The parameters of every command.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    r#do: String,
    at: Option<Place>,
    topic: String,
    codec: String,
    group: String,
    member: String,
    from: String,
    to: String,
    id: String,
    records: Vec<Record>,
    partition: i32,
    partitions: i32,
    offset: i64,
    count: usize,
    committed: bool,
    newer: bool,
    commit: bool,
    settings: BTreeMap<String, String>,
}

impl Asked {
    /// The settings with which every client of this command begins.
    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        let Some(at) = &self.at else { return config };
        config.set("bootstrap.servers", &at.endpoint);
        if let (Some(user), Some(password), Some(mechanism)) = (&at.user, &at.password, &at.mechanism) {
            config.set("security.protocol", "SASL_PLAINTEXT").set("sasl.mechanism", mechanism);
            config.set("sasl.username", user).set("sasl.password", password);
        }
        config
    }
}

fn main() -> Result<(), Failure> {
    let mut members = Members::default();
    for line in std::io::stdin().lock().lines() {
        let asked: Asked = serde_json::from_str(&line?)?;
        let answer = answer(&asked, &mut members).unwrap_or_else(|failure| {
            let code = failure.downcast_ref().map(|Refused(code, _)| code).copied();
            let code =
                code.or_else(|| Some(failure.downcast_ref::<KafkaError>()?.rdkafka_error_code()? as i32));
            json!({"error": {"code": code, "message": failure.to_string()}})
        });
        writeln!(std::io::stdout(), "{answer}")?;
    }
    Ok(())
}

fn answer(asked: &Asked, members: &mut Members) -> Result<Value, Failure> {
    match asked.r#do.as_str() {
        "hello" => {
            let (_, librdkafka) = rdkafka::util::get_rdkafka_version();
            Ok(json!({"version": format!("{}, librdkafka {librdkafka}", env!("RDKAFKA_VERSION"))}))
        }
        "produce" => records::produce(asked),
        "read" => records::read(asked),
        "consume" => records::consume(asked),
        "copy" => records::copy(asked),
        "join" => members.join(asked),
        "seen" => members.seen(asked),
        "leave" => members.leave(asked),
        "create" => administration::create(asked),
        "describe" => administration::describe(asked),
        "alter" => administration::alter(asked),
        "grow" => administration::grow(asked),
        "delete" => administration::delete(asked),
        "groups" => administration::groups(asked),
        "group" => administration::group(asked),
        "committed" => administration::committed(asked),
        other => Err(format!("no command {other}").into()),
    }
}
