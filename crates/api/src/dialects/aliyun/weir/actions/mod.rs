//! Every action of the product, one file each. A new one adds its file and one line here.

use crate::dialects::aliyun::action::actions;

actions! {
    create_account: CreateAccount,
    explain_acl: ExplainAcl,
    list_accounts: ListAccounts,
}
