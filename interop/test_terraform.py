"""The Terraform provider's sequences of calls: what was applied is what is read, and what is gone is seen to be.

Each resource goes through a plan's whole life in both of the provider's request shapes. A resource's test fails on
any difference between what was applied and what a refresh or an import reads, because Terraform would show it. Here
are the companions of Kafka; `test_terraform_kafka.py` has Kafka's own.
"""

import uuid

import pytest

from harness.cloud import REGION, CloudError
from harness.terraform.kafka import ConsumerGroup, Topic
from harness.terraform.kafka_instance import KafkaInstance
from harness.terraform.keys import CipherKey, ciphertext, plaintext
from harness.terraform.life import applied, cleared, deleted, unique, updated
from harness.terraform.network import Network, SecurityGroup, Subnet
from harness.terraform.provider import ALIKAFKA, ECS, KMS, RESOURCES, STS, VPC
from harness.terraform.wanted import group_wanted, key_wanted, network_wanted, subnet_wanted, zone, zones


def test_zones_and_regions(provider):
    found = zones(provider)
    assert found and found == sorted(found) and zones(provider) == found
    regions = provider.call(ECS, "DescribeRegions", RegionId=REGION)["Regions"]["Region"]
    assert REGION in [row["RegionId"] for row in regions]
    assert all(isinstance(row["LocalName"], str) for row in regions)


def test_network(provider):
    resource = Network(provider)
    wanted = network_wanted(user_cidrs=["192.168.1.0/24"], tags={"team": "付款 & more"})
    id = applied(resource, wanted)
    wanted |= {
        "vpc_name": unique("renamed"),
        "description": "a lab, and more",
        "route_table_name": "main",
        "route_table_description": "the system's",
        "secondary_cidr_blocks": ["172.16.0.0/16"],
        "tags": {"team": "other", "env": "test"},
    }
    updated(resource, id, wanted)
    updated(resource, id, wanted | {"secondary_cidr_blocks": [], "tags": {"env": "test"}})
    (row,) = [row for row in provider.pages(VPC, "DescribeVpcs", "Vpcs", "Vpc") if row["VpcId"] == id]
    assert (row["CidrBlock"], row["VpcName"], row["Status"]) == ("10.0.0.0/8", wanted["vpc_name"], "Available")
    assert row["UserCidrs"]["UserCidr"] == ["192.168.1.0/24"] and row["VSwitchIds"]["VSwitchId"] == []
    cleared(resource, id, "description", "route_table_description", "route_table_name", "vpc_name")
    deleted(resource, id)


def test_subnet(provider, network):
    resource = Subnet(provider)
    wanted = subnet_wanted(network, zone(provider), tags={"tier": "data"})
    id = applied(resource, wanted)
    wanted |= {"vswitch_name": unique("subnet"), "description": "for brokers", "tags": {"tier": "other"}}
    updated(resource, id, wanted)
    cleared(resource, id, "description", "vswitch_name")
    (row,) = provider.pages(VPC, "DescribeVSwitches", "VSwitches", "VSwitch", VpcId=network)
    assert row["VSwitchId"] == id and row["RouteTable"]["RouteTableId"]
    assert row["AvailableIpAddressCount"] == 2**16 - 4
    # A network does not go before what stands on it, with a code that the provider repeats on.
    with pytest.raises(CloudError) as held:
        provider.call(VPC, "DeleteVpc", RegionId=REGION, VpcId=network)
    assert (held.value.code, held.value.status) == ("DependencyViolation.VSwitch", 400)
    assert not provider.is_gone(held.value)
    deleted(resource, id)


def test_security_group(provider, network):
    resource = SecurityGroup(provider)
    wanted = group_wanted(network, tags={"tier": "data"}, inner_access_policy="Drop")
    id = applied(resource, wanted)
    wanted |= {"description": "who may call", "inner_access_policy": "Accept", "tags": {"env": "test"}}
    updated(resource, id, wanted)
    cleared(resource, id, "description", "security_group_name")
    listed = provider.pages(ECS, "DescribeSecurityGroups", "SecurityGroups", "SecurityGroup", VpcId=network)
    assert [row["SecurityGroupId"] for row in listed] == [id]
    deleted(resource, id)


def test_cipher_key(provider):
    resource = CipherKey(provider)
    rotates = {"rotation_interval": "30d", "automatic_rotation": "Enabled"}
    wanted = key_wanted(description="for brokers", tags={"team": "付款"}, **rotates)
    id = applied(resource, wanted)
    wanted |= {"description": "", "rotation_interval": "", "automatic_rotation": "Disabled", "tags": {"env": "test"}}
    updated(resource, id, wanted)
    updated(resource, id, wanted | {"status": "Disabled"})
    updated(resource, id, wanted)
    protection = {"deletion_protection": "Enabled", "deletion_protection_description": "in use"}
    updated(resource, id, wanted | protection)
    with pytest.raises(CloudError) as held:
        resource.delete(id)
    assert held.value.status == 409 and not provider.is_gone(held.value)
    updated(resource, id, wanted)
    deleted_key(resource, id)


def deleted_key(resource: CipherKey, id: str) -> None:
    """As every other, but that a second delete does not find a key that is about to go: it is not asked for."""
    resource.delete(id)
    assert resource.read(id) is None


def test_ciphertext(provider):
    key = CipherKey(provider).create(key_wanted())
    secret, context = "pass word 付款+&", {"user": "a", "app": "b"}
    blob = ciphertext(provider, key, secret, context)
    assert plaintext(provider, blob, {"app": "b", "user": "a"}) == (secret, key)
    assert ciphertext(provider, key, secret, context) != blob
    for bad_blob, bad_context in [(blob, {}), (blob[:-4] + "AAAA", context)]:
        with pytest.raises(CloudError) as refused:
            plaintext(provider, bad_blob, bad_context)
        assert refused.value.status == 400 and not provider.is_gone(refused.value)
    deleted_key(CipherKey(provider), key)


def test_resource_groups(provider):
    """data alicloud_resource_manager_resource_groups with details"""
    listed = provider.pages(RESOURCES, "ListResourceGroups", "ResourceGroups", "ResourceGroup", Status="OK")
    assert listed and all(isinstance(row["AccountId"], str) and row["DisplayName"] for row in listed)
    for row in listed:
        group = provider.call(RESOURCES, "GetResourceGroup", ResourceGroupId=row["Id"])["ResourceGroup"]
        assert {status["Status"] for status in group["RegionStatuses"]["RegionStatus"]} == {"OK"}
    # What nobody put into a group is in one that is listed.
    network = Network(provider)
    id = network.create(network_wanted())
    assert network.read(id)["resource_group_id"] in [row["Id"] for row in listed]
    deleted(network, id)
    assert provider.unless_gone(RESOURCES, "GetResourceGroup", ResourceGroupId="rg-nothing") is None


def test_caller_identity(provider):
    """data alicloud_caller_identity and alicloud_account"""
    found = provider.call(STS, "GetCallerIdentity")
    assert found["IdentityType"] == "Account" and found["AccountId"].isdigit()
    assert found["PrincipalId"] == found["UserId"] == found["AccountId"]
    assert found["Arn"] == f"acs:ram::{found['AccountId']}:root"


def test_what_was_never_there_is_gone_and_what_is_refused_is_not(provider):
    for resource, id in [
        (Network(provider), "vpc-nothing"),
        (Subnet(provider), "vsw-nothing"),
        (SecurityGroup(provider), "sg-nothing"),
        (KafkaInstance(provider), "alikafka_post-cn-nothing"),
        (Topic(provider), "alikafka_post-cn-nothing:topic"),
        (ConsumerGroup(provider), "alikafka_post-cn-nothing:group"),
    ]:
        assert resource.read(id) is None, type(resource).__doc__
        resource.delete(id)
    refused = [
        (VPC, "CreateVpc", {"CidrBlock": "10.0.0.1/8"}),
        (VPC, "CreateNatGateway", {"VpcId": "vpc-nothing"}),
        (ECS, "CreateSecurityGroup", {"SecurityGroupName": "http://x"}),
        (ALIKAFKA, "CreatePostPayOrder", {"DiskType": 7}),
    ]
    for version, action, parameters in refused:
        with pytest.raises(CloudError) as error:
            provider.call(version, action, RegionId=REGION, **parameters)
        assert error.value.status == 400 and not provider.is_gone(error.value), action


def test_a_repeated_create_gives_the_first_result(provider):
    """The library signs anew when a connection breaks, with the same token."""
    body = {"RegionId": REGION, "ClientToken": f"TF-CreateVpc-{uuid.uuid4()}", "VpcName": unique("once")}
    first, second = (provider.call(VPC, "CreateVpc", **body) for _ in range(2))
    assert first["VpcId"] == second["VpcId"]
    deleted(Network(provider), first["VpcId"])
