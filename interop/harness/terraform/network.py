"""Networks, subnets and security groups."""

from typing import Any

from harness.cloud import CloudError
from harness.terraform.provider import ECS, VPC, Attributes, Resource, client_token, tag_list, tags_of


class Network(Resource):
    """alicloud_vpc"""

    version = VPC
    resource_type = "VPC"
    untag = "UnTagResources"

    def create(self, wanted: Attributes) -> str:
        id = self.call(
            "CreateVpc",
            ClientToken=client_token("CreateVpc"),
            CidrBlock=wanted["cidr_block"],
            VpcName=wanted["vpc_name"],
            Description=wanted.get("description") or None,
            UserCidr=",".join(wanted["user_cidrs"]) or None,
            Tag=tag_list(wanted["tags"]),
        )["VpcId"]
        self.await_status(id)
        assert self.route_table(id)["VpcId"] == id
        if wanted["tags"]:
            at = {"ResourceType": self.resource_type, "ResourceId": [id]}
            self.call("TagResources", **at, Tag=tag_list(wanted["tags"]))
        self.name_route_table(id, {"route_table_name": "", "route_table_description": ""}, wanted)
        return id

    def route_table(self, id: str) -> dict[str, Any]:
        listed = self.call("DescribeRouteTableList", VpcId=id)["RouterTableList"]["RouterTableListType"]
        return next(row for row in listed if row["RouteTableType"] == "System")

    def name_route_table(self, id: str, before: Attributes, wanted: Attributes) -> None:
        names = ("route_table_name", "route_table_description")
        if any(wanted[name] != before[name] for name in names):
            self.call(
                "ModifyRouteTableAttributes",
                RouteTableId=self.route_table(id)["RouteTableId"],
                RouteTableName=wanted["route_table_name"],
                Description=wanted["route_table_description"],
            )

    def read(self, id: str) -> Attributes | None:
        network = self.unless_gone("DescribeVpcAttribute", VpcId=id)
        if network is None or network["VpcId"] == "":
            return None
        table = self.route_table(id)
        return {
            "cidr_block": network["CidrBlock"],
            "vpc_name": network["VpcName"],
            "description": network["Description"],
            "user_cidrs": network["UserCidrs"]["UserCidr"],
            "secondary_cidr_blocks": network["SecondaryCidrBlocks"]["SecondaryCidrBlock"],
            "tags": tags_of(network["Tags"]["Tag"]),
            "route_table_name": table["RouteTableName"],
            "route_table_description": table["Description"],
            "route_propagation": table["RoutePropagationEnable"],
            "is_default": network["IsDefault"],
            "enable_ipv6": network["EnabledIpv6"],
            "ipv6_cidr_block": network["Ipv6CidrBlock"],
            "classic_link_enabled": network["ClassicLinkEnabled"],
            "dns_hostname_status": network["DnsHostnameStatus"],
            "status": network["Status"],
            "region_id": network["RegionId"],
            "create_time": network["CreationTime"],
            "resource_group_id": table["ResourceGroupId"],
            "router_id": table["RouterId"],
            "route_table_id": table["RouteTableId"],
        }

    def update(self, id: str, before: Attributes, wanted: Attributes) -> None:
        changed = {
            name: wanted[attribute]
            for name, attribute in {"VpcName": "vpc_name", "Description": "description"}.items()
            if wanted[attribute] != before[attribute]
        }
        if changed:
            self.call("ModifyVpcAttribute", VpcId=id, **changed)
            self.await_status(id)
        self.name_route_table(id, before, wanted)
        old, new = before["secondary_cidr_blocks"], wanted["secondary_cidr_blocks"]
        for action, blocks in {
            "UnassociateVpcCidrBlock": [block for block in old if block not in new],
            "AssociateVpcCidrBlock": [block for block in new if block not in old],
        }.items():
            for block in blocks:
                self.call(action, VpcId=id, SecondaryCidrBlock=block, IpVersion="IPV4")
        self.update_tags(id, before["tags"], wanted["tags"])

    def delete(self, id: str) -> None:
        self.unless_gone("DeleteVpc", VpcId=id, ClientToken=client_token("DeleteVpc"))
        self.await_absence(id)


class Subnet(Resource):
    """alicloud_vswitch"""

    version = VPC
    resource_type = "VSWITCH"
    untag = "UnTagResources"

    def create(self, wanted: Attributes) -> str:
        id = self.call(
            "CreateVSwitch",
            ClientToken=client_token("CreateVSwitch"),
            CidrBlock=wanted["cidr_block"],
            VpcId=wanted["vpc_id"],
            ZoneId=wanted["zone_id"],
            VSwitchName=wanted["vswitch_name"] or None,
            Description=wanted["description"] or None,
        )["VSwitchId"]
        self.await_status(id)
        self.update_tags(id, {}, wanted["tags"])
        return id

    def read(self, id: str) -> Attributes | None:
        subnet = self.unless_gone("DescribeVSwitchAttributes", VSwitchId=id)
        if subnet is None or subnet["VSwitchId"] == "":
            return None
        return {
            "cidr_block": subnet["CidrBlock"],
            "vpc_id": subnet["VpcId"],
            "zone_id": subnet["ZoneId"],
            "vswitch_name": subnet["VSwitchName"],
            "description": subnet["Description"],
            "tags": tags_of(subnet["Tags"]["Tag"]),
            "ipv6_cidr_block": subnet["Ipv6CidrBlock"],
            "is_default": subnet["IsDefault"],
            "status": subnet["Status"],
            "create_time": subnet["CreationTime"],
        }

    def update(self, id: str, before: Attributes, wanted: Attributes) -> None:
        changed = {
            name: wanted[attribute]
            for name, attribute in {"VSwitchName": "vswitch_name", "Description": "description"}.items()
            if wanted[attribute] != before[attribute]
        }
        if changed:
            self.call("ModifyVSwitchAttribute", VSwitchId=id, **changed)
            self.await_status(id)
        self.update_tags(id, before["tags"], wanted["tags"])

    def delete(self, id: str) -> None:
        try:
            self.call("DeleteVSwitch", VSwitchId=id)
        except CloudError as error:
            # The only spellings that this reader takes for success, whatever the status.
            assert error.code in ("InvalidVswitchID.NotFound", "InvalidVSwitchId.NotFound"), error
        self.await_absence(id)


class SecurityGroup(Resource):
    """alicloud_security_group"""

    version = ECS
    resource_type = "securitygroup"

    def create(self, wanted: Attributes) -> str:
        id = self.call(
            "CreateSecurityGroup",
            ClientToken=client_token("CreateSecurityGroup"),
            SecurityGroupName=wanted["security_group_name"],
            Description=wanted["description"] or None,
            VpcId=wanted["vpc_id"],
            Tag=tag_list(wanted["tags"]),
        )["SecurityGroupId"]
        self.apply_policy(id, wanted)
        return id

    def policy(self, id: str) -> str:
        return self.call("DescribeSecurityGroupAttribute", SecurityGroupId=id)["InnerAccessPolicy"]

    def apply_policy(self, id: str, wanted: Attributes) -> None:
        if self.policy(id) != wanted["inner_access_policy"]:
            token = client_token("ModifySecurityGroupPolicy")
            policy = wanted["inner_access_policy"]
            self.call(
                "ModifySecurityGroupPolicy", SecurityGroupId=id, ClientToken=token, InnerAccessPolicy=policy
            )

    def read(self, id: str) -> Attributes | None:
        listed = self.call("DescribeSecurityGroups", SecurityGroupId=id)["SecurityGroups"]["SecurityGroup"]
        if not listed:
            assert self.unless_gone("DescribeSecurityGroupAttribute", SecurityGroupId=id) is None
            return None
        group = listed[0]
        return {
            "security_group_name": group["SecurityGroupName"],
            "description": group["Description"],
            "vpc_id": group["VpcId"],
            "tags": tags_of(group["Tags"]["Tag"], "TagKey", "TagValue"),
            "security_group_type": group["SecurityGroupType"],
            "resource_group_id": group["ResourceGroupId"],
            "create_time": group["CreationTime"],
            "inner_access_policy": self.policy(id),
        }

    def update(self, id: str, before: Attributes, wanted: Attributes) -> None:
        names = ("security_group_name", "description")
        if any(wanted[name] != before[name] for name in names):
            self.call(
                "ModifySecurityGroupAttribute",
                SecurityGroupId=id,
                SecurityGroupName=wanted["security_group_name"],
                Description=wanted["description"],
            )
        self.apply_policy(id, wanted)
        self.update_tags(id, before["tags"], wanted["tags"])

    def delete(self, id: str) -> None:
        self.unless_gone("DeleteSecurityGroup", SecurityGroupId=id)
