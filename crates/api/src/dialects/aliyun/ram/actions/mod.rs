//! Every action of the product, one file each. A new one adds its file and one line here.

use crate::dialects::aliyun::action::actions;

actions! {
    attach_policy_to_user: AttachPolicyToUser,
    create_access_key: CreateAccessKey,
    create_policy: CreatePolicy,
    create_user: CreateUser,
    delete_access_key: DeleteAccessKey,
    delete_policy: DeletePolicy,
    delete_user: DeleteUser,
    detach_policy_from_user: DetachPolicyFromUser,
    get_policy: GetPolicy,
    get_user: GetUser,
    list_access_keys: ListAccessKeys,
    list_policies: ListPolicies,
    list_policies_for_user: ListPoliciesForUser,
    list_users: ListUsers,
    update_access_key: UpdateAccessKey,
    update_user: UpdateUser,
}
