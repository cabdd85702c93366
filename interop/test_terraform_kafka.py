"""Kafka's own resources as the Terraform provider calls for them; see `test_terraform.py`."""

import json

import pytest

from harness.cloud import REGION, CloudError
from harness.terraform.kafka import AccessRule, AllowedAddress, ConsumerGroup, SaslUser, ScalingRule, Topic
from harness.terraform.kafka_instance import PAID_FOR_A_TERM, KafkaInstance
from harness.terraform.keys import CipherKey
from harness.terraform.life import applied, deleted, difference, unique, updated
from harness.terraform.network import Network, SecurityGroup, Subnet
from harness.terraform.provider import ALIKAFKA, ECS, PAGE_SIZE, RESOURCES, VPC, Provider
from harness.terraform.wanted import group_wanted, instance_wanted, key_wanted, network_wanted, subnet_wanted, zone


def test_instance_with_all_that_stands_on_it(provider, network):
    at = zone(provider)
    subnet, group = Subnet(provider), SecurityGroup(provider)
    subnet_id = applied(subnet, subnet_wanted(network, at))
    group_id = applied(group, group_wanted(network))
    resource = KafkaInstance(provider)
    wanted = instance_wanted(network, subnet_id, group_id, at)
    id = applied(resource, wanted)

    topics_and_groups(provider, id)
    allowed_addresses(provider, id)

    wanted |= {
        "name": unique("renamed"),
        "tags": {"team": "other", "env": "test"},
        "disk_size": 600,
        "config": {"enable.acl": "false", "kafka.log.retention.hours": "72"},
        "enable_auto_group": True,
        "enable_auto_topic": "enable",
        "default_topic_partition_num": 6,
    }
    updated(resource, id, wanted)
    wanted["config"] |= {"enable.acl": "true"}
    updated(resource, id, wanted)
    sasl_users(provider, id)
    listed = provider.call(ALIKAFKA, "GetInstanceList", RegionId=REGION)["InstanceList"]["InstanceVO"]
    assert [row["InstanceId"] for row in listed] == [id]

    # A destroy goes in the other order; whoever asks too early is told to come again, and not that it is gone.
    for action, version, name, held_id in [
        ("DeleteVSwitch", VPC, "VSwitchId", subnet_id),
        ("DeleteSecurityGroup", ECS, "SecurityGroupId", group_id),
    ]:
        with pytest.raises(CloudError) as held:
            provider.call(version, action, RegionId=REGION, **{name: held_id})
        assert held.value.code.startswith("DependencyViolation") and held.value.status == 400
        assert not provider.is_gone(held.value)
    deleted(resource, id)
    deleted(group, group_id)
    deleted(subnet, subnet_id)


def allowed_addresses(provider: Provider, instance: str) -> None:
    """One resource for each address; they stand and go beside each other."""
    resource = AllowedAddress(provider)
    wanted = {"instance_id": instance, "allowed_type": "vpc", "port_range": "9092/9092"}
    first = applied(resource, wanted | {"allowed_ip": "127.0.0.1"})
    second = applied(resource, wanted | {"allowed_ip": "192.168.0.0/16"})
    deleted(resource, first)
    assert difference(wanted | {"allowed_ip": "192.168.0.0/16"}, resource.read(second)) == {}
    deleted(resource, second)


def sasl_users(provider: Provider, instance: str) -> None:
    """Of both types, and with a mechanism of their own."""
    resource = SaslUser(provider)
    for kind in [
        {"type": "plain", "mechanism": ""},
        {"type": "scram", "mechanism": "SCRAM-SHA-256"},
        {"type": "scram", "mechanism": "SCRAM-SHA-512"},
    ]:
        wanted = {"instance_id": instance, "username": unique("user"), "password": "YourPassword1234!"} | kind
        id = applied(resource, wanted)
        updated(resource, id, wanted | {"password": "YourPassword12345678!"})
        deleted(resource, id)


def test_access_rules(provider, network):
    at = zone(provider)
    subnet, group = Subnet(provider), SecurityGroup(provider)
    subnet_id = subnet.create(subnet_wanted(network, at))
    group_id = group.create(group_wanted(network))
    instance, topic, consumers = KafkaInstance(provider), Topic(provider), ConsumerGroup(provider)
    config = {"enable.acl": "true", "kafka.log.retention.hours": "66"}
    id = applied(instance, instance_wanted(network, subnet_id, group_id, at, config=config))
    on_it = {"instance_id": id, "remark": "orders", "tags": {}}
    shape = {"compact_topic": False, "local_topic": False, "partition_num": 12, "configs": {}}
    topic_name, group_name = unique("topic"), unique("group")
    topic_id = topic.create(on_it | shape | {"topic": topic_name})
    consumers.create(on_it | {"consumer_id": group_name})

    resource = AccessRule(provider)
    of_topic = {"acl_resource_type": "Topic", "acl_resource_name": topic_name}
    of_group = {"acl_resource_type": "GROUP", "acl_resource_name": group_name}
    literal = {"instance_id": id, "username": "billing", "acl_resource_pattern_type": "LITERAL"}
    # What the provider's own tests make on one topic at a time, and the spellings that it keeps.
    wanted = [literal | of_topic | {"acl_operation_type": operation} for operation in ("Write", "Read", "Describe")]
    wanted += [
        literal | of_topic | {"acl_operation_type": "DESCRIBE_CONFIGS"},
        literal | of_group | {"acl_operation_type": "Read"},
        literal | of_topic | {"acl_operation_type": "Read", "username": "*", "acl_resource_pattern_type": "PREFIXED"},
        literal
        | {"acl_resource_type": "Cluster", "acl_resource_name": "any", "acl_operation_type": "IDEMPOTENT_WRITE"},
        literal
        | of_topic
        | {"acl_operation_type": "Read", "username": "audit", "acl_permission_type": "DENY", "host": "127.0.0.1"},
    ]
    ids = [applied(resource, one) for one in wanted]
    for one, made in zip(wanted, ids, strict=True):
        assert difference(one, resource.read(made)) == {}
    listed = provider.call(
        ALIKAFKA,
        "DescribeAcls",
        RegionId=REGION,
        InstanceId=id,
        Username="billing",
        AclResourceType="Topic",
        AclResourceName=topic_name,
    )["KafkaAclList"]["KafkaAclVO"]
    assert [row["AclOperationType"] for row in listed] == ["Write", "Read", "Describe", "DESCRIBE_CONFIGS"]
    # One by one; the others stand. The rule of a topic that is gone is gone too.
    deleted(resource, ids.pop(0))
    assert difference(wanted[1], resource.read(ids[0])) == {}
    deleted(topic, topic_id)
    assert resource.read(ids[0]) is None
    for made in ids[3:]:
        deleted(resource, made)
    deleted(instance, id)
    deleted(group, group_id)
    deleted(subnet, subnet_id)


def topics_and_groups(provider: Provider, instance: str) -> None:
    """The resources of an instance, and the data sources over them."""
    topic, consumers = Topic(provider), ConsumerGroup(provider)
    wanted = {
        "instance_id": instance,
        "topic": unique("topic"),
        "remark": "orders-first",
        "compact_topic": False,
        "local_topic": False,
        "partition_num": 18,
        "configs": {},
        "tags": {"team": "付款"},
    }
    topic_id = applied(topic, wanted)
    wanted |= {"remark": "orders", "partition_num": 24, "tags": {"team": "other", "env": "test"}}
    updated(topic, topic_id, wanted)
    compacted = wanted | {"topic": unique("compacted"), "compact_topic": True, "local_topic": True, "tags": {}}
    configs = {
        "message.format.version": "2.2.0",
        "max.message.bytes": "10485760",
        "min.insync.replicas": "1",
        "replication-factor": "2",
        "retention.ms": "3600000",
    }
    compacted |= {"configs": configs}
    compacted_id = applied(topic, compacted)
    updated(topic, compacted_id, compacted | {"partition_num": 30, "configs": configs | {"retention.ms": "7200000"}})
    fewer = {"max.message.bytes": "1048576", "message.timestamp.type": "LogAppendTime"}
    updated(topic, compacted_id, compacted | {"partition_num": 36, "configs": fewer})
    updated(topic, compacted_id, compacted | {"partition_num": 36, "configs": {}})

    group_wanted = {
        "instance_id": instance,
        "consumer_id": unique("group"),
        "remark": "billing",
        "tags": {"team": "kafka"},
    }
    group_id = applied(consumers, group_wanted)
    updated(consumers, group_id, group_wanted | {"tags": {"env": "test"}})

    at = {"RegionId": REGION, "InstanceId": instance}
    listed = provider.call(ALIKAFKA, "GetTopicList", **at, CurrentPage=1, PageSize=PAGE_SIZE)
    assert {row["Topic"] for row in listed["TopicList"]["TopicVO"]} == {wanted["topic"], compacted["topic"]}
    assert listed["Total"] == 2 and all(row["StatusName"] for row in listed["TopicList"]["TopicVO"])
    groups = provider.call(ALIKAFKA, "GetConsumerList", **at)["ConsumerList"]["ConsumerVO"]
    assert [row["ConsumerId"] for row in groups] == [group_wanted["consumer_id"]]

    deleted(topic, topic_id)
    deleted(topic, compacted_id)
    deleted(consumers, group_id)


def test_instance_with_a_public_address_a_key_and_another_version(provider, network):
    at = zone(provider)
    subnet, group, key = Subnet(provider), SecurityGroup(provider), CipherKey(provider)
    subnet_id = subnet.create(subnet_wanted(network, at))
    group_id = group.create(group_wanted(network))
    key_id = key.create(key_wanted())
    resource = KafkaInstance(provider)
    wanted = instance_wanted(network, subnet_id, group_id, at, deploy_type=4, eip_max=1, kms_key_id=key_id)
    id = applied(resource, wanted)
    wanted |= {"eip_max": 3, "io_max": 30, "io_max_spec": "alikafka.hw.3xlarge"}
    updated(resource, id, wanted)
    updated(resource, id, wanted | {"service_version": "2.6.2"})
    (group_of_all, *_) = provider.pages(RESOURCES, "ListResourceGroups", "ResourceGroups", "ResourceGroup")
    assert resource.read(id)["resource_group_id"] == group_of_all["Id"]
    deleted(resource, id)
    # A key does not hold what it encrypted, nor does it hang on it.
    key.delete(key_id)
    deleted(group, group_id)
    deleted(subnet, subnet_id)


def test_instance_that_comes_to_be_paid_for_a_term(provider):
    """Converted, enlarged as such, and forgotten by a destroy, which calls nothing. So its network stays."""
    at, network = zone(provider), Network(provider).create(network_wanted())
    subnet, group = Subnet(provider), SecurityGroup(provider)
    subnet_id = subnet.create(subnet_wanted(network, at))
    group_id = group.create(group_wanted(network))
    resource = KafkaInstance(provider)
    wanted = instance_wanted(network, subnet_id, group_id, at)
    id = applied(resource, wanted)
    wanted |= {"paid_type": PAID_FOR_A_TERM, "disk_size": 600}
    updated(resource, id, wanted)
    ordered = resource.create(wanted | {"name": unique("prepaid")})
    assert ordered.startswith("alikafka_pre-cn-")
    assert difference({"paid_type": PAID_FOR_A_TERM, "disk_size": 600}, resource.read(ordered)) == {}
    resource.delete(id)
    assert resource.read(id)["status"] == 5


def test_scaling_rule_of_a_serverless_instance(provider, network):
    at = zone(provider)
    subnet = Subnet(provider)
    subnet_id = subnet.create(subnet_wanted(network, at))
    reserved = json.dumps({"ReservedPublishCapacity": 60, "ReservedSubscribeCapacity": 60})
    order = {"RegionId": REGION, "DeployType": 5, "PaidType": 3, "SpecType": "normal", "ServerlessConfig": reserved}
    order_id = provider.call(ALIKAFKA, "CreatePostPayOrder", **order)["OrderId"]
    ordered = provider.call(ALIKAFKA, "GetInstanceList", RegionId=REGION, OrderId=order_id)
    instance = ordered["InstanceList"]["InstanceVO"][0]["InstanceId"]
    resource = KafkaInstance(provider)
    here = {"RegionId": REGION, "InstanceId": instance}
    provider.call(ALIKAFKA, "StartInstance", **here, VpcId=network, VSwitchId=subnet_id, ZoneId=at)
    resource.await_status(instance, 5)

    rule = ScalingRule(provider)
    wanted = {
        "instance_id": instance,
        "rule_name": unique("rule"),
        "reserved_pub_flow": 120,
        "reserved_sub_flow": 60,
        "schedule_type": "repeat",
        "duration_minutes": 60,
        "time_zone": "GMT+8",
        "first_scheduled_time": 1_714_467_540_000,
        "repeat_type": "Weekly",
        "weekly_types": ["Monday", "Friday"],
    }
    id = applied(rule, wanted)
    assert difference({"enable": False}, rule.read(id)) == {}, "without a word on it a plan expects it off"
    updated(rule, id, wanted | {"enable": True})
    with pytest.raises(CloudError) as held:
        rule.delete(id)
    assert held.value.code == "INVALID_PARAMETER_NOT_SUPPORT"
    updated(rule, id, wanted | {"enable": False})
    deleted(rule, id)
    deleted(resource, instance)
    deleted(subnet, subnet_id)
