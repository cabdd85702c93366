//! `weir call`: one signed API call, its reply as JSON on standard output.

use std::process::ExitCode;

use clap::Args;

use super::Failure;
use crate::api_client::ApiClient;
use crate::config::Config;
use crate::credentials::Credentials;
use crate::{serve, terminal};

/// Call an action, signed, and print the reply, e.g. weir call GetInstanceList RegionId=cn-hangzhou
#[derive(Args, Debug)]
pub(super) struct Call {
    /// The action, e.g. CreateTopic
    action: String,

    /// Its parameters, e.g. InstanceId=alikafka_post-cn-abc Tag.1.Key=team
    #[arg(value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,

    /// Server to call [default: the listen address of this configuration]
    #[arg(long, env = "WEIR_ENDPOINT", value_name = "http://HOST:PORT")]
    endpoint: Option<String>,

    /// Region, unless RegionId is among the parameters
    #[arg(long, default_value = "cn-hangzhou", env = "WEIR_REGION")]
    region: String,
}

impl Call {
    /// The reply goes to standard output, also when it is an error; then the exit status is 1.
    pub(super) fn run(mut self, config: &Config) -> Result<ExitCode, Failure> {
        if !self.parameters.iter().any(|(name, _)| name == "RegionId") {
            self.parameters.push(("RegionId".into(), self.region));
        }
        let credentials = Credentials::find(&config.data_dir)?;
        let endpoint = match &self.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => format!("http://{}", serve::dial(config.listen)),
        };
        let client = ApiClient::new(&endpoint, credentials)?;
        let reply = serve::block_on(async { client.call(&self.action, &self.parameters).await })?;
        terminal::print(serde_json::to_string_pretty(&reply.body)?)?;
        Ok(if reply.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("{text:?} is not of the form Name=Value")),
    }
}
