//! Every action of the product, one file each. A new one adds its file and one line here.

use crate::dialects::aliyun::action::actions;

actions! {
    associate_vpc_cidr_block: AssociateVpcCidrBlock,
    create_v_switch: CreateVSwitch,
    create_vpc: CreateVpc,
    delete_v_switch: DeleteVSwitch,
    delete_vpc: DeleteVpc,
    describe_route_table_list: DescribeRouteTableList,
    describe_v_switch_attributes: DescribeVSwitchAttributes,
    describe_v_switches: DescribeVSwitches,
    describe_vpc_attribute: DescribeVpcAttribute,
    describe_vpcs: DescribeVpcs,
    modify_route_table_attributes: ModifyRouteTableAttributes,
    modify_v_switch_attribute: ModifyVSwitchAttribute,
    modify_vpc_attribute: ModifyVpcAttribute,
    move_resource_group: MoveResourceGroup,
    tag_resources: TagResources,
    un_tag_resources: UnTagResources,
    unassociate_vpc_cidr_block: UnassociateVpcCidrBlock,
}
