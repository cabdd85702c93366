//! ListAccounts: the accounts on this server.

use control::account::Account;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::companions::page;
use crate::dialects::aliyun::companions::views::time;
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::parameters;
use crate::dialects::aliyun::ram::causes;
use crate::refusal::Cause;

pub(crate) struct ListAccounts;

parameters! {
    /// Which page.
    pub(crate) struct Input {
        /// Which page, from 1.
        page_number: u32 = optional("PageNumber").range(1, 2_147_483_647).or("1"),
        /// How many on a page.
        page_size: u32 = optional("PageSize").range(1, 100).or("100"),
    }
}

/// A page of accounts.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    total_count: usize,
    page_number: u32,
    page_size: u32,
    accounts: Accounts,
}

list_of! {
    struct Accounts: "Account" [AccountView];
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountView {
    account_id: String,
    display_name: String,
    create_date: String,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        Self {
            account_id: account.id.into_string(),
            display_name: account.label,
            create_date: time(account.created_ms),
        }
    }
}

impl Action for ListAccounts {
    const NAME: &'static str = "ListAccounts";
    const SUMMARY: &'static str =
        "Lists the accounts on this server, oldest first, for the owner of the first one.";
    const PERMISSION: &'static str = "weir:ListAccounts";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::OPERATOR_ONLY];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("PageSize", "10")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Input { page_number, page_size } = input;
        let accounts = context.control.account_list(&context.caller).await?;
        let (total_count, part) = (accounts.len(), page(page_number, page_size));
        let accounts = accounts.into_iter().skip(part.skip).take(part.take).map(AccountView::from).collect();
        Ok(Output { total_count, page_number, page_size, accounts })
    }
}
