//! `weir quickstart`: the main job in one command.
//!
//! It serves, and then does as a user would, through the signed API and a Kafka client over the network: buys
//! and starts an instance, makes a topic and a group, produces, consumes, commits, and asks for the progress.
//! Every number it prints came back from the server.

use std::process::ExitCode;

use clap::Args;

use super::Failure;
use crate::api_client::ApiClient;
use crate::config::Config;
use crate::credentials::Credentials;
use crate::progress::Steps;
use crate::serve::{self, Server};
use crate::snippets::Snippets;
use crate::terminal;
use crate::tour::{Instance, Tour};

/// Serve, and show the main job: buy an instance, produce, consume, print offsets and lag.
#[derive(Args, Debug)]
pub(super) struct Quickstart {
    /// Messages to produce and consume
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    messages: u64,

    /// Stop when done instead of serving on
    #[arg(long)]
    exit: bool,
}

const REGION: &str = "cn-hangzhou";

impl Quickstart {
    pub(super) fn run(self, config: Config) -> Result<ExitCode, Failure> {
        // Progress is what the reader came for; the log speaks up only when something is wrong.
        serve::log_to_stderr("warn");
        serve::block_on(async move {
            let stop = serve::stop_signal()?;
            let data_dir = config.data_dir.clone();
            let endpoint = serve::dial(config.listen).to_string();
            let server = Server::start(config).await?;
            let version = env!("CARGO_PKG_VERSION");
            terminal::remark(format_args!(
                "Weir {version} serves {endpoint}, data in {}",
                data_dir.display()
            ));

            let credentials = Credentials::find(&data_dir)?;
            let api = ApiClient::new(&format!("http://{endpoint}"), credentials.clone())?;
            let tour = Tour { api: &api, region: REGION, steps: &Steps::new() };
            tokio::pin!(stop);
            let instance = tokio::select! {
                instance = tour.run(self.messages) => instance?,
                () = &mut stop => {
                    server.drain().await;
                    return Ok(ExitCode::SUCCESS);
                }
            };
            terminal::print(summary(&endpoint, &credentials, &instance))?;
            terminal::remark("Ready.");
            if !self.exit {
                terminal::remark("Serving until Ctrl-C.");
                stop.await;
            }
            server.drain().await;
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// What to copy.
fn summary(endpoint: &str, credentials: &Credentials, instance: &Instance) -> String {
    let Instance { id, bootstrap, topic, group } = instance;
    let snippets = Snippets { endpoint, region: REGION };
    let mut text = format!(
        "
────────────────────────────────────────────────────────────────────────
API endpoint       http://{endpoint}
Access key id      {key}
Access key secret  {secret}
Instance           {id}
Kafka address      {bootstrap}
Topic, group       {topic}, {group}
────────────────────────────────────────────────────────────────────────
",
        key = credentials.access_key_id,
        secret = credentials.access_key_secret.expose(),
    );
    for (title, code) in [
        ("Python, Alibaba's SDK", snippets.python_sdk()),
        ("Python, Kafka", Snippets::kafka_python(bootstrap, topic)),
        ("Node, Alibaba's SDK", snippets.node_sdk()),
        ("Node, Kafka", Snippets::kafka_node(bootstrap, topic)),
        ("kcat", Snippets::kcat(bootstrap, topic)),
    ] {
        text.push_str(&format!("\n--- {title}\n{code}"));
    }
    text.push_str("\neval \"$(weir env)\" sets the key and the endpoint in your shell.\n");
    text
}
