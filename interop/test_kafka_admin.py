"""What administrators do through Kafka: librdkafka's AdminClient, and Apache Kafka's own tools with the Java
one. What they change shows in the API, counts for clients at once, and outlives the server."""

import json
import uuid

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from harness.cloud import Instance, instance_bought, unthrottled
from harness.kafka import Record, tools
from harness.kafka.librdkafka import Librdkafka
from harness.server import Server
from harness.signer import SignedCalls

PATIENCE = 30
PARTITIONS_BOUGHT = 1100


@pytest.fixture
def admin(endpoint) -> AdminClient:
    return AdminClient({"bootstrap.servers": endpoint})


@pytest.fixture
def tool(endpoint, tmp_path):
    return lambda name, *words: tools.run(tmp_path, endpoint, name, *words)


def refusal(future) -> int:
    with pytest.raises(KafkaException) as refused:
        future.result(PATIENCE)
    return refused.value.args[0].code()


def listed(instance: Instance, topic: str) -> dict:
    """A topic as the API lists it."""
    (one,) = instance.call("GetTopicList", CurrentPage=1, PageSize=10, Topic=topic)["TopicList"]["TopicVO"]
    return one


def described(admin: AdminClient, topic: str) -> dict[str, ConfigEntry]:
    resource = ConfigResource(ResourceType.TOPIC, topic)
    return admin.describe_configs([resource])[resource].result(PATIENCE)


def altered(admin: AdminClient, topic: str, **operations: tuple[AlterConfigOpType, str | None]):
    """Changes settings; dots are written as underscores."""
    entries = [
        ConfigEntry(name.replace("_", "."), value, incremental_operation=operation)
        for name, (operation, value) in operations.items()
    ]
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
    return admin.incremental_alter_configs([resource])[resource]


def sent(endpoint: str, topic: str, count: int, partition: int = 0) -> None:
    records = [Record(b"%d" % number, partition=partition) for number in range(count)]
    Librdkafka().produce(endpoint, topic, records)


def test_settings_are_changed_one_by_one_and_show_in_the_api(admin, instance, topic):
    altered(admin, topic, retention_ms=(AlterConfigOpType.SET, "7200000")).result(PATIENCE)
    altered(admin, topic, cleanup_policy=(AlterConfigOpType.APPEND, "compact")).result(PATIENCE)
    settings = described(admin, topic)
    assert (settings["retention.ms"].value, settings["cleanup.policy"].value) == ("7200000", "delete,compact")
    assert len(settings) > 20 and not any(entry.is_read_only for entry in settings.values())
    seen = listed(instance, topic)
    assert (json.loads(seen["TopicConfig"]), seen["CompactTopic"]) == ({"retention.ms": "7200000"}, True)

    altered(admin, topic, retention_ms=(AlterConfigOpType.DELETE, None)).result(PATIENCE)
    altered(admin, topic, cleanup_policy=(AlterConfigOpType.SUBTRACT, "compact")).result(PATIENCE)
    seen = listed(instance, topic)
    assert (json.loads(seen["TopicConfig"]), seen["CompactTopic"]) == ({}, False)
    for name, value in [("retention_ms", "soon"), ("no_such", "1"), ("compression_type", "none")]:
        refused = altered(admin, topic, **{name: (AlterConfigOpType.SET, value)})
        assert refusal(refused) == KafkaError.INVALID_CONFIG, name
    nowhere = altered(admin, "nowhere", retention_ms=(AlterConfigOpType.SET, "1"))
    assert refusal(nowhere) == KafkaError.UNKNOWN_TOPIC_OR_PART


def test_all_settings_are_replaced_by_what_was_read(admin, topic):
    """As librdkafka's own suite does: read all, write all that are the topic's, nothing has changed."""
    altered(admin, topic, retention_ms=(AlterConfigOpType.SET, "7200000")).result(PATIENCE)
    own = {name: entry.value for name, entry in described(admin, topic).items() if not entry.is_default}
    assert own["retention.ms"] == "7200000"
    both = {"retention.ms": "7200000", "segment.ms": "60000"}
    resource = ConfigResource(ResourceType.TOPIC, topic, set_config=both)
    admin.alter_configs([resource])[resource].result(PATIENCE)
    assert described(admin, topic)["segment.ms"].value == "60000"
    resource = ConfigResource(ResourceType.TOPIC, topic, set_config={"segment.ms": "60000"})
    admin.alter_configs([resource])[resource].result(PATIENCE)
    kept = described(admin, topic)["retention.ms"]
    instances = ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG.value
    assert kept.source == instances, "what is not named is the instance's again"


def test_the_api_and_a_client_change_different_settings_of_one_topic(admin, instance):
    name = f"shared-{uuid.uuid4()}"
    settings = json.dumps({"retention.ms": "3600000"})
    unthrottled(
        lambda: instance.call(
            "CreateTopic", Topic=name, Remark="admin", PartitionNum="1", LocalTopic="true", Config=settings
        )
    )
    altered(admin, name, retention_ms=(AlterConfigOpType.SET, "7200000")).result(PATIENCE)
    instance.call("UpdateTopicConfig", Topic=name, Config="max.message.bytes", Value="2097152")
    after = described(admin, name)
    assert (after["retention.ms"].value, after["max.message.bytes"].value) == ("7200000", "2097152")
    expected = {"retention.ms": "7200000", "max.message.bytes": "2097152"}
    assert json.loads(listed(instance, name)["TopicConfig"]) == expected
    replaced = json.dumps({"max.message.bytes": "1048576"})
    instance.call("UpdateTopicConfig", Topic=name, Config="retention.ms", Value="3600000", Configs=replaced)
    assert json.loads(listed(instance, name)["TopicConfig"]) == json.loads(replaced)
    assert described(admin, name)["retention.ms"].value != "7200000"


def test_a_smaller_batch_is_asked_for_and_a_larger_one_refused(admin, endpoint, topic):
    altered(admin, topic, max_message_bytes=(AlterConfigOpType.SET, "1000")).result(PATIENCE)
    with pytest.raises(Exception, match="MSG_SIZE_TOO_LARGE"):
        Librdkafka().produce(endpoint, topic, [Record(b"x" * 2000, partition=0)])


def test_the_brokers_settings_are_told_and_not_changed(admin):
    resource = ConfigResource(ResourceType.BROKER, "1")
    settings = admin.describe_configs([resource])[resource].result(PATIENCE)
    assert settings["num.partitions"].is_read_only and "log.retention.ms" in settings
    entry = ConfigEntry("log.retention.ms", "1", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.BROKER, "1", incremental_configs=[entry])
    assert refusal(admin.incremental_alter_configs([resource])[resource]) == KafkaError.INVALID_REQUEST


def test_partitions_are_added_within_what_was_bought(admin, endpoint, instance, topic):
    admin.create_partitions([NewPartitions(topic, 5)])[topic].result(PATIENCE)
    assert listed(instance, topic)["PartitionNum"] == 5
    assert len(admin.list_topics(topic, timeout=PATIENCE).topics[topic].partitions) == 5
    sent(endpoint, topic, 1, partition=4)
    for count in (5, 4, PARTITIONS_BOUGHT + 1):
        refused = admin.create_partitions([NewPartitions(topic, count)])[topic]
        assert refusal(refused) == KafkaError.INVALID_PARTITIONS, count
    name = f"large-{uuid.uuid4()}"
    refused = admin.create_topics([NewTopic(name, PARTITIONS_BOUGHT, 1)])[name]
    assert refusal(refused) == KafkaError.INVALID_PARTITIONS
    assert listed(instance, topic)["PartitionNum"] == 5


def test_records_are_deleted_and_the_api_knows(admin, endpoint, instance, topic):
    sent(endpoint, topic, 10)
    partition = TopicPartition(topic, 0, 4)
    assert admin.delete_records([partition])[partition].result(PATIENCE).low_watermark == 4
    assert Librdkafka().offset(endpoint, topic, 0, "earliest") == 4
    status = instance.call("GetTopicStatus", Topic=topic)["TopicStatus"]["OffsetTable"]["OffsetTable"]
    assert {one["MinOffset"] for one in status if one["Partition"] == 0} == {4}
    left = [one.value for one in Librdkafka().read(endpoint, topic, 0, 4, 6)]
    assert left == [b"%d" % number for number in range(4, 10)]
    beyond = TopicPartition(topic, 0, 11)
    assert refusal(admin.delete_records([beyond])[beyond]) == KafkaError.OFFSET_OUT_OF_RANGE
    everything = TopicPartition(topic, 0, -1)
    assert admin.delete_records([everything])[everything].result(PATIENCE).low_watermark == 10


def test_tools_describe_and_change_topics(tool, instance, topic):
    text = tool("kafka-topics", "--describe", "--topic", topic)
    assert "PartitionCount: 3" in text and "Leader: 1" in text
    tool("kafka-topics", "--alter", "--topic", topic, "--partitions", "4")
    assert listed(instance, topic)["PartitionNum"] == 4
    whom = ("--entity-type", "topics", "--entity-name", topic)
    both = "retention.ms=7200000,cleanup.policy=[compact,delete]"
    tool("kafka-configs", "--alter", *whom, "--add-config", both)
    assert "retention.ms=7200000" in tool("kafka-configs", "--describe", *whom)
    assert listed(instance, topic)["CompactTopic"]
    tool("kafka-configs", "--alter", *whom, "--delete-config", "retention.ms,cleanup.policy")
    every = tool("kafka-configs", "--describe", "--all", *whom)
    assert "cleanup.policy=delete" in every and "log.cleanup.policy=delete" in every, "with synonyms"
    broker = tool("kafka-configs", "--describe", "--all", "--entity-type", "brokers", "--entity-name", "1")
    assert "num.partitions=12" in broker
    with pytest.raises(tools.Refused, match="no.such"):
        tool("kafka-configs", "--alter", *whom, "--add-config", "no.such=1")


def test_tools_delete_records_and_tell_the_size(tool, endpoint, topic, tmp_path):
    sent(endpoint, topic, 10)
    wanted = tmp_path / "records.json"
    partitions = [{"topic": topic, "partition": 0, "offset": 7}]
    wanted.write_text(json.dumps({"version": 1, "partitions": partitions}))
    assert f"{topic}-0\tlow_watermark: 7" in tool("kafka-delete-records", "--offset-json-file", str(wanted))
    assert f"{topic}:0:7" in tool("kafka-get-offsets", "--topic", topic, "--time", "earliest")
    text = tool("kafka-log-dirs", "--describe", "--topic-list", topic)
    (broker,) = json.loads(text[text.index("{") :])["brokers"]
    sizes = {one["partition"]: one["size"] for one in broker["logDirs"][0]["partitions"]}
    assert sizes.keys() == {f"{topic}-{number}" for number in range(3)}
    assert sizes[f"{topic}-0"] > 0 == sizes[f"{topic}-1"]


def test_tools_reset_and_delete_offsets(tool, endpoint, topic, group):
    sent(endpoint, topic, 10)
    Librdkafka().consume(endpoint, topic, group, 10)
    whom = ("--group", group, "--topic", f"{topic}:0")
    tool("kafka-consumer-groups", "--reset-offsets", *whom, "--to-offset", "3", "--execute")
    assert Librdkafka().committed(endpoint, group, topic)[0] == 3
    assert topic in tool("kafka-consumer-groups", "--describe", "--group", group)
    tool("kafka-consumer-groups", "--delete-offsets", *whom)
    assert 0 not in Librdkafka().committed(endpoint, group, topic)


def test_what_was_changed_outlives_a_kill(tmp_path):
    server = Server(tmp_path / "server").start()
    instance = instance_bought(SignedCalls(server.address, server.access_key))
    admin = AdminClient({"bootstrap.servers": instance.endpoint})
    admin.create_topics([NewTopic("orders", 1, 1)])["orders"].result(PATIENCE)
    sent(instance.endpoint, "orders", 10)
    altered(admin, "orders", retention_ms=(AlterConfigOpType.SET, "7200000")).result(PATIENCE)
    admin.create_partitions([NewPartitions("orders", 2)])["orders"].result(PATIENCE)
    partition = TopicPartition("orders", 0, 4)
    admin.delete_records([partition])[partition].result(PATIENCE)
    server.kill()
    server.start()
    admin = AdminClient({"bootstrap.servers": instance.endpoint})
    earliest = admin.list_offsets({TopicPartition("orders", 0): OffsetSpec.earliest()})
    assert earliest[TopicPartition("orders", 0)].result(PATIENCE).offset == 4
    assert described(admin, "orders")["retention.ms"].value == "7200000"
    assert listed(instance, "orders")["PartitionNum"] == 2
    refused = admin.create_partitions([NewPartitions("orders", PARTITIONS_BOUGHT + 1)])["orders"]
    assert refusal(refused) == KafkaError.INVALID_PARTITIONS, "what was bought is remembered"
    assert server.stop() == 0
