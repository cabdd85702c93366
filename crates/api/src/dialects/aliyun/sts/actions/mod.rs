//! Every action of the product, one file each. A new one adds its file and one line here.

use crate::dialects::aliyun::action::actions;

actions! {
    get_caller_identity: GetCallerIdentity,
}
