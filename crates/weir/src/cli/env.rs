//! `weir env`: what points SDKs, the CLI and Terraform at this server.

use std::process::ExitCode;

use clap::Args;

use super::Failure;
use crate::config::Config;
use crate::credentials::Credentials;
use crate::serve;
use crate::snippets::Snippets;
use crate::terminal;

/// Print the variables and snippets that point SDKs, CLI and Terraform here: eval "$(weir env)"
#[derive(Args, Debug)]
pub(super) struct Env {
    /// Print one JSON object instead
    #[arg(long)]
    json: bool,

    /// Region the snippets name
    #[arg(long, default_value = "cn-hangzhou", env = "WEIR_REGION")]
    region: String,
}

impl Env {
    pub(super) fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        let credentials = Credentials::find(&config.data_dir)?;
        let endpoint = serve::dial(config.listen).to_string();
        let variables = variables(&endpoint, &credentials, &self.region);
        terminal::print(match self.json {
            true => {
                let object: serde_json::Map<_, _> =
                    variables.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
                serde_json::to_string_pretty(&object)?
            }
            false => {
                let snippets = Snippets { endpoint: &endpoint, region: &self.region };
                script(&variables, &snippets)
            }
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What a shell evaluates: the variables, and the snippets as comments.
fn script(variables: &[(&'static str, String)], snippets: &Snippets<'_>) -> String {
    let mut lines: Vec<_> =
        variables.iter().map(|(name, value)| format!("export {name}={};", quoted(value))).collect();
    for (title, text) in [
        ("Python SDK", snippets.python_sdk()),
        ("Node SDK", snippets.node_sdk()),
        ("aliyun CLI", snippets.aliyun_cli()),
        ("Terraform", snippets.terraform()),
    ] {
        lines.push(format!("\n# --- {title}"));
        lines.extend(text.lines().map(|line| format!("# {line}").trim_end().to_owned()));
    }
    lines.join("\n")
}

fn variables(endpoint: &str, credentials: &Credentials, region: &str) -> Vec<(&'static str, String)> {
    let id = &credentials.access_key_id;
    let secret = credentials.access_key_secret.expose();
    vec![
        ("WEIR_ENDPOINT", format!("http://{endpoint}")),
        ("WEIR_ACCESS_KEY_ID", id.clone()),
        ("WEIR_ACCESS_KEY_SECRET", secret.clone()),
        // The newer SDKs' default credential chain.
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", id.clone()),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret.clone()),
        // The Terraform provider.
        ("ALICLOUD_ACCESS_KEY", id.clone()),
        ("ALICLOUD_SECRET_KEY", secret.clone()),
        ("ALICLOUD_REGION", region.to_owned()),
        ("ALIBABA_CLOUD_ENDPOINT_ALIKAFKA", endpoint.to_owned()),
        ("ALIKAFKA_ENDPOINT", endpoint.to_owned()),
        // The provider asks it where every other product is.
        ("LOCATION_ENDPOINT", endpoint.to_owned()),
        // Else it asks the billing product at its start.
        ("ALIBABA_CLOUD_ACCOUNT_TYPE", "Domestic".to_owned()),
    ]
}

/// Quoted for a POSIX shell.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_quote_in_a_value_does_not_end_it() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
