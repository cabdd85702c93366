//! Every action of the product, one file each. A new one adds its file and one line here.

use crate::dialects::aliyun::action::actions;

actions! {
    create_resource_group: CreateResourceGroup,
    delete_resource_group: DeleteResourceGroup,
    get_resource_group: GetResourceGroup,
    list_resource_groups: ListResourceGroups,
    update_resource_group: UpdateResourceGroup,
}
