//! ListKeys: the keys of an account.

use control::cipher_key::{CipherKey, CipherKeyFilter, CipherKeyState};
use control::topic::Paged;
use serde::{Deserialize, Serialize};

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::companions::page;
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::kms::views::arn;
use crate::dialects::aliyun::params::{JsonText, Rejection, parameters};
use crate::refusal::Cause;

pub(crate) struct ListKeys;

parameters! {
    /// Which keys.
    pub(crate) struct Input {
        /// Which page, from 1.
        page_number: u32 = optional("PageNumber").range(1, 2_147_483_647).or("1"),
        /// How many on a page.
        page_size: u32 = optional("PageSize").range(1, 100).or("10"),
        /// Conditions as a JSON list, [{"Key":"KeyState","Values":["Enabled"]}]. Only KeyState is offered.
        filters: Option<JsonText> = optional("Filters"),
    }
}

/// A page of keys.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    total_count: usize,
    page_number: u32,
    page_size: u32,
    keys: Keys,
}

list_of! {
    struct Keys: "Key" [KeyView];
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct KeyView {
    key_id: String,
    key_arn: String,
}

/// One condition.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    key: String,
    values: Vec<String>,
}

/// The states that keys may be in to be listed. One condition or none.
fn states(filters: &str) -> Result<Vec<CipherKeyState>, Refused> {
    let filters: Vec<Filter> = serde_json::from_str(filters).map_err(|_| Rejection::Type("Filters"))?;
    let [Filter { key, values }] = filters.as_slice() else {
        return Err(Rejection::rule("Filters", "must have one condition").into());
    };
    if key != "KeyState" {
        return Err(Refused::NotSupported("Only the filter KeyState is offered".to_owned()));
    }
    let state = |value: &String| match value.as_str() {
        "Enabled" => Ok(Some(CipherKeyState::Enabled)),
        "Disabled" => Ok(Some(CipherKeyState::Disabled)),
        "PendingDeletion" => Ok(Some(CipherKeyState::PendingDeletion)),
        // Of keys whose material comes from their owner, which there are none of.
        "PendingImport" => Ok(None),
        _ => Err(Rejection::rule("Filters", "must name states of keys").into()),
    };
    values.iter().filter_map(|value| state(value).transpose()).collect()
}

impl Action for ListKeys {
    const NAME: &'static str = "ListKeys";
    const SUMMARY: &'static str =
        "Lists the keys of the account, oldest first, those that wait to be deleted included.";
    const PERMISSION: &'static str = "kms:ListKeys";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[shared::UNSUPPORTED];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("PageNumber", "1"), ("PageSize", "50")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        let Input { page_number, page_size, filters } = input;
        let states = filters.map(|JsonText(text)| states(&text)).transpose()?;
        let listed = match states {
            // A condition that no key meets.
            Some(states) if states.is_empty() => Paged { items: Vec::new(), total: 0 },
            states => {
                let filter = CipherKeyFilter { states: states.unwrap_or_default() };
                let list = |part| control.cipher_key_list(caller, &filter, part);
                let name = |key: &CipherKey| [arn(key, &caller.account)];
                context.listed(Self::PERMISSION, page(page_number, page_size), list, name).await?
            }
        };
        let Paged { items, total: total_count } = listed;
        let view =
            |key: CipherKey| KeyView { key_arn: arn(&key, &caller.account), key_id: key.id.into_string() };
        Ok(Output { total_count, page_number, page_size, keys: items.into_iter().map(view).collect() })
    }
}
