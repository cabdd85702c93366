"""Topics and what is in them, groups and who is in them."""

import json
import time
import uuid

import confluent_kafka

from harness.administration.common import refused, row
from harness.cloud import Instance, unthrottled
from harness.kafka import Record
from harness.kafka.librdkafka import Librdkafka
from harness.waiting import wait_until
from harness.walk import PARTITIONS, progress_of, topic_status, topics


def name_and_note(instance: Instance, topic: str) -> None:
    name = f"named-{instance.id[-12:]}"
    assert instance.call("ModifyInstanceName", InstanceName=name)["Success"] is True
    assert row(instance)["Name"] == name
    refused(instance, "ModifyInstanceName", "BIZ_FIELD_CHECK_INVALID", 400, InstanceName="no spaces")

    instance.call("ModifyTopicRemark", Topic=topic, Remark="noted-again")
    (listed,) = topics(instance)
    assert listed["Remark"] == "noted-again"
    refused(instance, "ModifyTopicRemark", "BIZ_TOPIC_NOT_FOUND", 404, Topic="no-such-topic", Remark="noted")


def partitions(instance: Instance, topic: str) -> None:
    """The API and a Kafka client see the new partitions at once, and they can be written to."""
    instance.call("ModifyPartitionNum", Topic=topic, AddPartitionNum=6)
    (listed,) = topics(instance)
    assert listed["PartitionNum"] == PARTITIONS + 6
    Librdkafka().produce(instance.endpoint, topic, [Record(b"new", partition=PARTITIONS + 5)])
    assert topic_status(instance, topic)["TotalCount"] == 1
    refused(instance, "ModifyPartitionNum", "BIZ_FIELD_CHECK_INVALID", 400, Topic=topic, AddPartitionNum=343)
    refused(instance, "ModifyPartitionNum", "BIZ_TOPIC_NOT_FOUND", 404, Topic="missing", AddPartitionNum=1)


def subscribers(instance: Instance, topic: str) -> None:
    assert (
        instance.call("GetTopicSubscribeStatus", Topic=topic)["TopicSubscribeStatus"]["ConsumerGroups"] == []
    )
    Librdkafka().consume(instance.endpoint, topic, "subscribers", 1)
    status = instance.call("GetTopicSubscribeStatus", Topic=topic)["TopicSubscribeStatus"]
    assert status == {"Topic": topic, "ConsumerGroups": ["subscribers"]}
    refused(instance, "GetTopicSubscribeStatus", "BIZ_TOPIC_NOT_FOUND", 404, Topic="missing")


def messages(instance: Instance, topic: str) -> None:
    """What a Kafka client has produced is what is seen, however it compressed it."""

    def found(**parameters: object) -> list[dict]:
        return instance.call("QueryMessage", Topic=topic, **parameters)["MessageList"]

    client, value = Librdkafka(), "付款 " * 1_000
    for partition, codec in enumerate(["none", "gzip", "snappy", "lz4", "zstd"]):
        now = int(time.time() * 1000)
        records = [
            Record(
                f"{codec} {number}".encode(), key=codec.encode(), partition=partition, timestamp=now + number
            )
            for number in range(12)
        ]
        records.append(Record(value.encode(), partition=partition))
        stored = client.produce(instance.endpoint, topic, records, codec)
        first = stored[0][1]
        at = {"QueryType": "byOffset", "Partition": str(partition)}
        shown = found(**at, Offset=str(first))
        assert [one["Value"] for one in shown] == [f"{codec} {number}" for number in range(10)]
        assert [one["Offset"] for one in shown] == list(range(first, first + 10))
        assert {(one["Key"], one["SerializedKeySize"], one["TimestampType"]) for one in shown} == {
            (codec, len(codec), "CreateTime")
        }
        (long,) = found(**at, Offset=str(first + 12))
        cut = value.encode()[:1_024].decode(errors="ignore")
        assert (long["Value"], long["ValueTruncated"], long["TruncatedValueSize"]) == (
            cut,
            True,
            len(cut.encode()),
        )
        assert (long["SerializedValueSize"], long["SerializedKeySize"]) == (len(value.encode()), -1)
        by_time = found(QueryType="byTimestamp", Partition=str(partition), BeginTime=now + 7)
        assert [one["Value"] for one in by_time[:5]] == [f"{codec} {number}" for number in range(7, 12)]
    refused(instance, "QueryMessage", "MissingOffset", 400, Topic=topic, QueryType="byOffset", Partition="0")
    refused(
        instance,
        "QueryMessage",
        "BIZ_TOPIC_NOT_FOUND",
        404,
        Topic="missing",
        QueryType="byTimestamp",
        BeginTime=0,
    )


def reset(instance: Instance, topic: str) -> None:
    """A consumer reads on where its group was told to go on."""
    client, group = Librdkafka(), f"reset-{uuid.uuid4()}"
    instance.call("CreateConsumerGroup", ConsumerId=group, Remark="interop")
    ends = topic_status(instance, topic)["OffsetTable"]["OffsetTable"]
    end = {row["Partition"]: row["MaxOffset"] for row in ends}

    def go_on(**parameters: object) -> None:
        instance.call("UpdateConsumerOffset", ConsumerId=group, Topic=topic, **parameters)

    go_on(ResetType="timestamp", Time="-1")
    assert client.committed(instance.endpoint, group, topic) == end
    go_on(
        ResetType="offset",
        Offsets=[{"Partition": 1, "Offset": end[1] - 3}, {"Partition": 2, "Offset": end[2] - 1}],
    )
    read = client.consume(instance.endpoint, topic, group, 4)
    assert sorted((record.partition, record.offset) for record in read) == [
        *((1, end[1] - left) for left in (3, 2, 1)),
        (2, end[2] - 1),
    ]
    go_on(ResetType="timestamp", Time="-2")
    assert client.committed(instance.endpoint, group, topic) == dict.fromkeys(end, 0)
    total = sum(end.values())
    assert len(client.consume(instance.endpoint, topic, group, total)) == total
    for code, status, change in [
        (
            "BIZ_FIELD_CHECK_INVALID",
            400,
            {"ResetType": "offset", "Offsets": [{"Partition": 0, "Offset": 1 << 40}]},
        ),
        ("BIZ_SUBSCRIPTION_NOT_FOUND", 404, {"ConsumerId": "nobody", "Time": "-1"}),
    ]:
        refused(
            instance, "UpdateConsumerOffset", code, status, **{"ConsumerId": group, "Topic": topic} | change
        )
    consumer = confluent_kafka.Consumer({"bootstrap.servers": instance.endpoint, "group.id": group})
    consumer.subscribe([topic])
    wait_until("the consumer has joined", lambda: consumer.poll(0.1) or consumer.assignment())
    refused(
        instance,
        "UpdateConsumerOffset",
        "BIZ_INSTANCE_STATUS_ERROR",
        400,
        ConsumerId=group,
        Topic=topic,
        Time="-1",
    )
    consumer.close()
    instance.call("DeleteConsumerGroup", ConsumerId=group)


def rebalances(instance: Instance, topic: str) -> None:
    """Who joined and who left, and why, beside who reads what."""
    group, client_id = f"rebalances-{uuid.uuid4()}", "the-interop-client"
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": instance.endpoint, "group.id": group, "client.id": client_id}
    )
    consumer.subscribe([topic])
    wait_until("the consumer has joined", lambda: consumer.poll(0.1) or consumer.assignment())
    consumer.commit(offsets=[confluent_kafka.TopicPartition(topic, 3, 1)], asynchronous=False)
    progress = progress_of(instance, group)
    assert progress.get("state", "STABLE") == "STABLE"
    ((row,),) = (one["OffsetList"]["OffsetList"] for one in progress["TopicList"]["TopicList"])
    # The types of clients from before have no member for these.
    assert row.get("ClientId", client_id) == client_id and row.get("ClientIp", "127.0.0.1") == "127.0.0.1"
    consumer.close()
    clients(instance, topic, group)

    def listed() -> list[dict]:
        return instance.call("ListRebalanceInfo", ConsumerId=group)["Data"]["RebalanceInfoList"]

    left, joined = wait_until("the consumer has left", lambda: rows if len(rows := listed()) == 2 else None)
    assert (left["RebalanceSuccess"], joined["RebalanceSuccess"]) == (False, True)
    assert left["Reason"].endswith("on LeaveGroup") and joined["Reason"].startswith("Adding new member")
    assert (left["GroupId"], left["Generation"]) == (group, joined["Generation"] + 1)
    refused(instance, "ListRebalanceInfo", "BIZ_SUBSCRIPTION_NOT_FOUND", 404, ConsumerId="nobody")


def clients(instance: Instance, topic: str, group: str) -> None:
    """From where a topic and a group were used, and how."""
    now = int(time.time() * 1000)
    times = {"StartTime": now - 1_800_000, "EndTime": now + 60_000}

    def seen(kind: str, **of: str) -> dict[str, set[str]]:
        data = instance.call("GetKafkaClientIp", Type=kind, **times, **of)["Data"]
        assert (data["SearchTimeRange"], data["TimeLimitDay"], data["Alert"]) == (1, 7, False)
        return {one["Name"]: {client["Ip"] for client in one["Data"]["Data"]} for one in data["Data"]["Data"]}

    here = {"127.0.0.1"}
    assert seen("byTopic", Topic=topic) == {"PRODUCE": here, "FETCH": here}
    of_group = seen("byGroup", Group=group)
    assert of_group["JOIN_GROUP"] == of_group["OFFSET_COMMIT"] == of_group["LEAVE_GROUP"] == here
    assert here <= seen("byInstance")["API_VERSIONS"]
    refused(instance, "GetKafkaClientIp", "MissingTopic", 400, Type="byTopic", **times)
    refused(
        instance, "GetKafkaClientIp", "BIZ_TOPIC_NOT_FOUND", 404, Type="byTopic", Topic="missing", **times
    )


def topic_settings(instance: Instance) -> None:
    """A setting is in force for the next message that a Kafka client sends. Here of a serverless instance, where every
    topic has settings: the types of older clients cannot ask for the storage that they need elsewhere."""
    topic = f"settings-{uuid.uuid4()}"
    unthrottled(lambda: instance.call("CreateTopic", Topic=topic, Remark="interop", PartitionNum="1"))
    instance.call("UpdateTopicConfig", Topic=topic, Config="message.timestamp.type", Value="LogAppendTime")
    old = Record(b"old", partition=0, timestamp=1_000)
    Librdkafka().produce(instance.endpoint, topic, [old])
    (received,) = Librdkafka().read(instance.endpoint, topic, 0, 0, 1)
    assert received.timestamp > 1_600_000_000_000, "stamped by the broker"
    instance.call("UpdateTopicConfig", Topic=topic, Config="retention.hours", Value="24")
    listed = next(one for one in topics(instance) if one["Topic"] == topic)
    expected = {"message.timestamp.type": "LogAppendTime", "retention.hours": "24"}
    # The types of clients from before have no member for it.
    assert json.loads(listed.get("TopicConfig", json.dumps(expected))) == expected
    for code, status, change in [
        ("BIZ_FIELD_CHECK_INVALID", 400, {"Config": "retention.hours", "Value": "23"}),
        ("BIZ_FIELD_CHECK_INVALID", 400, {"Config": "cleanup.policy", "Value": "compact"}),
        ("BIZ_TOPIC_NOT_FOUND", 404, {"Topic": "missing", "Config": "retention.hours", "Value": "24"}),
    ]:
        refused(instance, "UpdateTopicConfig", code, status, **{"Topic": topic} | change)
    instance.call("DeleteTopic", Topic=topic)


def many_topics(instance: Instance) -> None:
    name = f"many-{uuid.uuid4()}"
    unthrottled(lambda: instance.call("CreateTopic", Topic=name, Remark="interop", PartitionNum="1"))
    deleted = instance.call("BatchDeleteTopics", Topics=[name, "missing"])["Data"]
    assert (deleted["Total"], deleted["SuccessCount"], deleted["FailedCount"]) == (2, 1, 1)
    results = {one["Topic"]: one for one in deleted["Results"]["TopicDeleteResultItemVO"]}
    assert results[name]["Success"] is True
    assert (results["missing"]["Code"], results["missing"]["DynamicCode"]) == (404, "BIZ_TOPIC_NOT_FOUND")
    assert name not in [row["Topic"] for row in topics(instance)]
    refused(instance, "BatchDeleteTopics", "BIZ_FIELD_CHECK_INVALID", 400, Topics=["x"] * 101)
