//! Every action of the product, one file each. A new one adds its file and one line here.

use crate::dialects::aliyun::action::actions;

actions! {
    create_security_group: CreateSecurityGroup,
    delete_security_group: DeleteSecurityGroup,
    describe_available_resource: DescribeAvailableResource,
    describe_regions: DescribeRegions,
    describe_security_group_attribute: DescribeSecurityGroupAttribute,
    describe_security_groups: DescribeSecurityGroups,
    describe_zones: DescribeZones,
    join_resource_group: JoinResourceGroup,
    modify_security_group_attribute: ModifySecurityGroupAttribute,
    modify_security_group_policy: ModifySecurityGroupPolicy,
    tag_resources: TagResources,
    untag_resources: UntagResources,
}
