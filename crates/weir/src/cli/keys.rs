//! `weir keys`: the access keys of a running server, through its own API.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use machine::disk::RealDisk;
use serde_json::{Value, json};

use super::Failure;
use crate::api_client::{ApiClient, CallError};
use crate::config::Config;
use crate::credentials::Credentials;
use crate::{serve, terminal};

/// API versions of the products that are called.
const RAM: &str = "2015-05-01";
const WEIR: &str = "2026-11-01";

/// Manage access keys of a running server, e.g. weir keys create --user reader
#[derive(Args, Debug)]
pub(super) struct Keys {
    #[command(subcommand)]
    what: What,

    /// Whose keys: a RAM user of the account [default: the caller]
    #[arg(long, value_name = "NAME", global = true)]
    user: Option<String>,

    /// Server to call [default: the listen address of this configuration]
    #[arg(long, env = "WEIR_ENDPOINT", value_name = "http://HOST:PORT", global = true)]
    endpoint: Option<String>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print the keys, without their secrets
    List,
    /// Make a key and print it; its secret is not shown again
    Create,
    /// Disable a key
    Disable { id: String },
    /// Enable a key again
    Enable { id: String },
    /// Make a key in place of this one and print it, then disable this one
    Rotate { id: String },
    /// Remove a key for good
    Delete { id: String },
    /// Accounts on this server, for the owner of the first one
    #[command(subcommand)]
    Account(Account),
}

#[derive(Debug, Subcommand)]
enum Account {
    /// Print the accounts
    List,
    /// Make an account and print its first key
    Create {
        /// What to call it
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
}

/// What the commands are carried out with.
struct Desk {
    client: ApiClient,
    user: Option<String>,
    /// Where the first key is kept.
    file: PathBuf,
}

impl Keys {
    /// What was made or found goes to standard output as JSON.
    pub(super) fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        let credentials = Credentials::find(&config.data_dir)?;
        let endpoint = match self.endpoint {
            Some(endpoint) => endpoint,
            None => format!("http://{}", serve::dial(config.listen)),
        };
        let client = ApiClient::new(&endpoint, credentials)?;
        let desk = Desk { client, user: self.user, file: Credentials::path(&config.data_dir) };
        serve::block_on(desk.carry_out(self.what))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Desk {
    async fn carry_out(&self, what: What) -> Result<(), Failure> {
        match what {
            What::List => print(&self.list().await?)?,
            What::Create => print(&self.create().await?)?,
            What::Disable { id } => self.change(&id, "Inactive").await?,
            What::Enable { id } => self.change(&id, "Active").await?,
            What::Rotate { id } => self.rotate(&id).await?,
            What::Delete { id } => drop(self.ask("DeleteAccessKey", &[("UserAccessKeyId", &id)]).await?),
            What::Account(Account::List) => {
                let reply = self.client.ask("ListAccounts", &[("Version", WEIR)]).await?;
                print(&reply["Accounts"]["Account"])?;
            }
            What::Account(Account::Create { name }) => {
                let mut parameters = vec![("Version", WEIR)];
                parameters.extend(name.as_deref().map(|name| ("DisplayName", name)));
                let made = self.client.ask("CreateAccount", &parameters).await?;
                print(&json!({
                    "account_id": made["AccountId"],
                    "access_key_id": made["AccessKeyId"],
                    "access_key_secret": made["AccessKeySecret"],
                }))?;
            }
        }
        Ok(())
    }

    async fn list(&self) -> Result<Value, CallError> {
        let reply = self.ask("ListAccessKeys", &[]).await?;
        Ok(reply["AccessKeys"]["AccessKey"].clone())
    }

    /// The new key in the shape of `credentials.json`.
    async fn create(&self) -> Result<Value, CallError> {
        let key = &self.ask("CreateAccessKey", &[]).await?["AccessKey"];
        Ok(json!({ "access_key_id": key["AccessKeyId"], "access_key_secret": key["AccessKeySecret"] }))
    }

    async fn change(&self, id: &str, status: &str) -> Result<(), CallError> {
        self.ask("UpdateAccessKey", &[("UserAccessKeyId", id), ("Status", status)]).await.map(drop)
    }

    /// The new key is printed before the old one stops: whatever goes wrong then, one that works is known. The file of
    /// the first key follows, so that the next command has one that works too.
    async fn rotate(&self, id: &str) -> Result<(), Failure> {
        let keys = self.list().await?;
        let is_there = keys.as_array().is_some_and(|keys| keys.iter().any(|key| key["AccessKeyId"] == id));
        if !is_there {
            return Err(format!("there is no key {id} to rotate").into());
        }
        let made = self.create().await?;
        print(&made)?;
        if Credentials::read(&self.file)?.is_some_and(|kept| kept.access_key_id == id) {
            let mut text = made.to_string().into_bytes();
            text.push(b'\n');
            machine::disk::replace_secret(&RealDisk, &self.file, &text)?;
        }
        self.change(id, "Inactive").await?;
        Ok(())
    }

    /// Calls RAM about the keys of whoever was named.
    async fn ask(&self, action: &str, parameters: &[(&str, &str)]) -> Result<Value, CallError> {
        let mut all = vec![("Version", RAM)];
        all.extend(self.user.as_deref().map(|user| ("UserName", user)));
        all.extend(parameters);
        self.client.ask(action, &all).await
    }
}

fn print(value: &Value) -> std::io::Result<()> {
    terminal::print(format_args!("{value:#}"))
}
