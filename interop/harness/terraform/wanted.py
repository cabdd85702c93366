"""What a configuration says, with the defaults of the resources' schemas."""

from typing import Any

from harness.cloud import REGION
from harness.terraform.life import unique
from harness.terraform.provider import ECS, Attributes, Provider


def zone(provider: Provider, at: int = 0) -> str:
    return zones(provider)[at]


def zones(provider: Provider) -> list[str]:
    """data alicloud_zones"""
    common = {"RegionId": REGION, "InstanceChargeType": "PostPaid", "SpotStrategy": "NoSpot"}
    reply = provider.call(
        ECS, "DescribeAvailableResource", **common, DestinationResource="Zone", IoOptimized="optimized"
    )
    open_ones = [
        row["ZoneId"] for row in reply["AvailableZones"]["AvailableZone"] if row["Status"] != "SoldOut"
    ]
    described = provider.call(ECS, "DescribeZones", **common)["Zones"]["Zone"]
    assert all("VSwitch" in row["AvailableResourceCreation"]["ResourceTypes"] for row in described)
    # The provider passes over zones that have neither machines nor disks.
    usable = [
        row["ZoneId"]
        for row in described
        if row["AvailableInstanceTypes"]["InstanceTypes"] and row["AvailableDiskCategories"]["DiskCategories"]
    ]
    return sorted(set(open_ones) & set(usable))


def network_wanted(**changes: Any) -> Attributes:
    return {
        "cidr_block": "10.0.0.0/8",
        "vpc_name": unique("lab"),
        "description": "",
        "user_cidrs": [],
        "tags": {},
        "route_table_name": "",
        "route_table_description": "",
        "secondary_cidr_blocks": [],
        "is_default": False,
        "enable_ipv6": False,
        "ipv6_cidr_block": "",
        "classic_link_enabled": False,
        "route_propagation": True,
    } | changes


def subnet_wanted(network: str, zone: str, **changes: Any) -> Attributes:
    return {
        "cidr_block": "10.1.0.0/16",
        "vpc_id": network,
        "zone_id": zone,
        "vswitch_name": "",
        "description": "",
        "tags": {},
        "ipv6_cidr_block": "",
        "is_default": False,
    } | changes


def group_wanted(network: str, **changes: Any) -> Attributes:
    return {
        "security_group_name": unique("group"),
        "description": "",
        "vpc_id": network,
        "tags": {},
        "security_group_type": "normal",
        "inner_access_policy": "Accept",
    } | changes


def instance_wanted(network: str, subnet: str, group: str, zone: str, **changes: Any) -> Attributes:
    return {
        "name": unique("kafka"),
        "deploy_type": 5,
        "disk_type": 1,
        "disk_size": 500,
        "partition_num": 0,
        "topic_quota": 50,
        "io_max": 20,
        "io_max_spec": "alikafka.hw.2xlarge",
        "spec_type": "professional",
        "eip_max": 0,
        "paid_type": 1,
        "vpc_id": network,
        "vswitch_id": subnet,
        "vswitch_ids": [subnet],
        "zone_id": zone,
        "security_group": group,
        "service_version": "2.2.0",
        "kms_key_id": "",
        "config": {"enable.acl": "false", "kafka.log.retention.hours": "66"},
        "enable_auto_group": False,
        "enable_auto_topic": "disable",
        "default_topic_partition_num": 12,
        "tags": {"team": "kafka"},
    } | changes


def key_wanted(**changes: Any) -> Attributes:
    return {
        "status": "Enabled",
        "description": "",
        "protection_level": "SOFTWARE",
        "rotation_interval": "",
        "automatic_rotation": "Disabled",
        "deletion_protection": "Disabled",
        "deletion_protection_description": "",
        "tags": {},
        "key_spec": "Aliyun_AES_256",
        "key_usage": "ENCRYPT/DECRYPT",
        "origin": "Aliyun_KMS",
    } | changes
