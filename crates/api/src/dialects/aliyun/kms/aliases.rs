//! Names of keys as replies show them.

use control::Fault;
use control::cipher_alias::CipherAlias;
use control::cipher_key::CipherKey;
use control::ids::AccountId;
use control::topic::Paged;
use serde::Serialize;

use super::views::arn;
use crate::dialects::aliyun::action::Context;
use crate::dialects::aliyun::companions::page;
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::visibility::cut;

/// A page of names.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AliasPage {
    total_count: usize,
    page_number: u32,
    page_size: u32,
    aliases: Aliases,
}

list_of! {
    struct Aliases: "Alias" [AliasView];
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AliasView {
    key_id: String,
    alias_name: String,
    alias_arn: String,
}

impl AliasPage {
    /// A page of those that the caller may see. A name tells of its key, so neither may be denied.
    pub(crate) async fn new(
        context: &Context,
        permission: &str,
        all: Vec<(CipherAlias, CipherKey)>,
        page_number: u32,
        page_size: u32,
    ) -> Result<Self, Fault> {
        let account = &context.caller.account;
        let names =
            |(alias, key): &(CipherAlias, CipherKey)| [alias_arn(alias, key, account), arn(key, account)];
        let shown = context.shown(permission, all, names).await?;
        let Paged { items, total: total_count } = cut(shown, page(page_number, page_size));
        let view = |(alias, key): (CipherAlias, CipherKey)| AliasView {
            alias_arn: alias_arn(&alias, &key, account),
            key_id: alias.key.into_string(),
            alias_name: alias.name.into_string(),
        };
        Ok(Self { total_count, page_number, page_size, aliases: items.into_iter().map(view).collect() })
    }
}

/// A name's resource name.
fn alias_arn(alias: &CipherAlias, key: &CipherKey, account: &AccountId) -> String {
    format!("acs:kms:{}:{account}:{}", key.region, alias.name)
}
