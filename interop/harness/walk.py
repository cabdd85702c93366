"""The main job, as any client of the API does it: buy, start, use, look, tidy up.

Written once in wire names; each client (`harness.cloud.Cloud`) walks it. In the middle a Kafka client
uses the endpoint, so that what the API reports about topics and groups is about real records.
"""

import uuid

import pytest

from harness.cloud import (
    IN_SERVICE,
    REGION,
    RELEASED,
    Cloud,
    CloudError,
    Instance,
    instance_find,
    instance_in_service,
    instance_order,
    instance_start,
    instances,
    unthrottled,
)
from harness.kafka import Record
from harness.kafka.librdkafka import Librdkafka
from harness.waiting import wait_until

PARTITIONS = 12


def main_job(cloud: Cloud) -> None:
    """From the order to an account as empty as before."""
    instance = buy(cloud)
    topic = topic_create(instance)
    group = group_create(instance)
    use(instance, topic, group)

    instance.call("DeleteTopic", Topic=topic)
    assert topics(instance) == []
    instance.call("DeleteConsumerGroup", ConsumerId=group)
    assert groups(instance) == []

    instance.call("ReleaseInstance", ForceDeleteInstance=True)
    wait_until("released", lambda: instance_find(cloud, instance.id)["ServiceStatus"] == RELEASED)
    instance.call("DeleteInstance")
    assert instance_find(cloud, instance.id) is None


def buy(cloud: Cloud) -> Instance:
    order = instance_order(cloud)
    (ordered,) = instances(cloud, OrderId=order)
    assert ordered["InstanceId"].startswith("alikafka_post-cn-")
    assert (ordered["ServiceStatus"], ordered["EndPoint"]) == (0, "")

    instance_start(cloud, ordered["InstanceId"])
    running = instance_in_service(cloud, ordered["InstanceId"])
    assert running["ServiceStatus"] == IN_SERVICE
    assert running["VpcId"] == "vpc-interop" and running["ZoneId"] == "zonea"
    assert (running["DiskSize"], running["IoMax"], running["SpecType"]) == (500, 20, "professional")
    return Instance(cloud, running["InstanceId"], running["EndPoint"])


def topic_create(instance: Instance) -> str:
    name = f"walk-{uuid.uuid4()}"
    reply = unthrottled(
        lambda: instance.call("CreateTopic", Topic=name, Remark="interop", PartitionNum=str(PARTITIONS))
    )
    assert reply["Code"] == 200 and reply["Success"] is True
    (row,) = topics(instance)
    assert (row["Topic"], row["PartitionNum"], row["Remark"], row["Status"]) == (
        name,
        PARTITIONS,
        "interop",
        0,
    )
    assert topic_status(instance, name)["TotalCount"] == 0
    return name


def group_create(instance: Instance) -> str:
    name = f"walk-{uuid.uuid4()}"
    assert instance.call("CreateConsumerGroup", ConsumerId=name, Remark="interop")["Success"] is True
    (row,) = groups(instance)
    assert (row["ConsumerId"], row["Remark"]) == (name, "interop")
    progress = progress_of(instance, name)
    assert (progress["TotalDiff"], progress["TopicList"]["TopicList"]) == (0, [])
    return name


def use(instance: Instance, topic: str, group: str) -> None:
    """Ten records into two partitions, seven consumed, so from both: the API reports exactly that."""
    client = Librdkafka()
    client.produce(instance.endpoint, topic, [Record(b"x", partition=number % 2) for number in range(10)])
    status = topic_status(instance, topic)
    assert status["TotalCount"] == 10
    ends = {row["Partition"]: row["MaxOffset"] for row in status["OffsetTable"]["OffsetTable"]}
    assert ends == {0: 5, 1: 5} | dict.fromkeys(range(2, PARTITIONS), 0)

    client.consume(instance.endpoint, topic, group, 7)
    progress = progress_of(instance, group)
    assert progress["TotalDiff"] == 3
    (row,) = progress["TopicList"]["TopicList"]
    offsets = row["OffsetList"]["OffsetList"]
    assert (row["Topic"], row["TotalDiff"]) == (topic, 3)
    assert sum(one["ConsumerOffset"] for one in offsets) == 7
    assert {one["Partition"]: one["ConsumerOffset"] for one in offsets} == client.committed(
        instance.endpoint, group, topic
    )


def typed_errors(cloud: Cloud) -> None:
    """Errors reach the client with code and, where it tells, the status."""
    with pytest.raises(CloudError) as unknown:
        cloud.call(
            "GetTopicList",
            RegionId=REGION,
            InstanceId="alikafka_post-cn-000000000000",
            CurrentPage="1",
            PageSize="10",
        )
    assert_error(unknown.value, "BIZ.INSTANCE.NOT.FOUND", 404)

    instance = buy(cloud)
    name = topic_create(instance)
    with pytest.raises(CloudError) as duplicate:
        unthrottled(lambda: instance.call("CreateTopic", Topic=name, Remark="interop", PartitionNum="1"))
    assert_error(duplicate.value, "BIZ_TOPIC_EXISTED", 400)

    with pytest.raises(CloudError) as missing:
        instance.call("CreateConsumerGroup", Remark="interop")
    assert_error(missing.value, "MissingConsumerId", 400)

    instance.call("ReleaseInstance", ForceDeleteInstance=True)
    instance.call("DeleteInstance")


def assert_error(error: CloudError, code: str, status: int) -> None:
    assert error.code == code
    assert error.status == status
    assert error.message


def topics(instance: Instance) -> list[dict]:
    return instance.call("GetTopicList", CurrentPage="1", PageSize="10")["TopicList"]["TopicVO"]


def groups(instance: Instance) -> list[dict]:
    return instance.call("GetConsumerList")["ConsumerList"]["ConsumerVO"]


def topic_status(instance: Instance, topic: str) -> dict:
    return instance.call("GetTopicStatus", Topic=topic)["TopicStatus"]


def progress_of(instance: Instance, group: str) -> dict:
    return instance.call("GetConsumerProgress", ConsumerId=group)["ConsumerProgress"]
