//! Names of keys as replies show them.

use control::cipher_alias::CipherAlias;
use control::cipher_key::CipherKey;
use control::ids::AccountId;
use serde::Serialize;

use crate::dialects::aliyun::companions::page;
use crate::dialects::aliyun::envelope::list_of;

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
    pub(crate) fn new(
        all: Vec<(CipherAlias, CipherKey)>,
        account: &AccountId,
        page_number: u32,
        page_size: u32,
    ) -> Self {
        let (total_count, part) = (all.len(), page(page_number, page_size));
        let view = |(alias, key): (CipherAlias, CipherKey)| AliasView {
            alias_arn: format!("acs:kms:{}:{account}:{}", key.region, alias.name),
            key_id: alias.key.into_string(),
            alias_name: alias.name.into_string(),
        };
        let aliases = all.into_iter().skip(part.skip).take(part.take).map(view).collect();
        Self { total_count, page_number, page_size, aliases }
    }
}
