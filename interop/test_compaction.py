"""A topic that CreateTopic made with CompactTopic, as librdkafka and kafka-python see it: of each key the last value is
left, of aborted transactions nothing, also after kill -9."""

import http.client
import re
import subprocess
from contextlib import closing

import kafka
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from harness.cloud import instance_bought
from harness.server import Server, binary, environment
from harness.signer import SignedCalls
from harness.waiting import wait_until

TOPIC = "latest"
KEYS = [f"key-{number}" for number in range(20)]
ROUNDS = 500
# The segment that is written to is never compacted, so it has to end by its age.
SETTINGS = {"segment.bytes": "1048576", "segment.ms": "1000"}
PATIENCE = 60

Record = tuple[int, str, str | None]


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "server").start()
    yield server
    if server.is_running():
        server.kill()


@pytest.mark.timeout(300)
def test_only_the_last_value_of_each_key_is_left(server):
    instance = instance_bought(SignedCalls(server.address, server.access_key))
    instance.call(
        "CreateTopic", Topic=TOPIC, Remark="test", PartitionNum="1", LocalTopic="true", CompactTopic="true"
    )
    topic = Topic(instance.endpoint)
    assert topic.setting("cleanup.policy") == "compact"
    topic.alter(SETTINGS)

    producer = topic.producer()
    with pytest.raises(KafkaException, match="_INVALID_RECORD|INVALID_RECORD"):
        delivered(producer, None, "no key")
    first = topic.written("first")
    topic.aborted("never")
    wait_until("the first values are compacted", lambda: topic.looked_at() == first, PATIENCE, 1)
    assert counted(server, "compactions_total") >= 1
    before, after = (counted(server, f"compacted_bytes_{when}_total") for when in ("before", "after"))
    assert before > 10 * after > 0

    # What the server leaves when it dies is compacted in part.
    second = topic.written("second", keys=KEYS[5:])
    topic.look()
    server.kill()
    command = [binary(), "check", f"--data-dir={server.data}"]
    checked = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    server.start()
    assert last_values(topic.records()) == last_values(first, second)
    expected = sorted(record for record in first if record[1] in KEYS[:5]) + second
    wait_until("the second values are compacted", lambda: topic.looked_at() == expected, PATIENCE, 1)
    assert topic.records_by_kafka_python() == expected
    assert topic.records(from_offset=expected[3][0] + 1) == expected[4:], "from inside a hole"
    assert counted(server, "compactions_failed_total") == 0


class Topic:
    def __init__(self, endpoint: str):
        self._endpoint = endpoint
        self._admin = AdminClient({"bootstrap.servers": endpoint})
        self._ratio = 1

    def setting(self, name: str) -> str:
        resource = ConfigResource(ResourceType.TOPIC, TOPIC)
        (described,) = self._admin.describe_configs([resource]).values()
        return described.result(20)[name].value

    def alter(self, settings: dict[str, str]) -> None:
        entries = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
            for name, value in settings.items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, TOPIC, incremental_configs=entries)
        (altered,) = self._admin.incremental_alter_configs([resource]).values()
        altered.result(20)

    def look(self) -> None:
        """Has the broker look for what to compact, which it does when settings change, and else every 15 seconds."""
        self._ratio = 3 - self._ratio
        self.alter({"min.cleanable.dirty.ratio": f"0.0{self._ratio}"})

    def looked_at(self) -> list[Record]:
        self.look()
        return self.records()

    def producer(self, **settings: str) -> Producer:
        return Producer({"bootstrap.servers": self._endpoint, "enable.idempotence": True, **settings})

    def written(self, name: str, keys: list[str] = KEYS) -> list[Record]:
        """Writes many values of each key, and a tombstone as the last of one. What compaction has to leave."""
        producer = self.producer(**{"compression.type": "lz4"})
        stored: dict[str, Record] = {}

        def taken(error, message):
            assert not error, error
            value = message.value()
            key = message.key().decode()
            stored[key] = (message.offset(), key, value and value.decode())

        for number in range(ROUNDS):
            for key in keys:
                is_deleted = number == ROUNDS - 1 and key == keys[-1]
                value = None if is_deleted else f"{name} {number} {key}".ljust(100)
                producer.produce(TOPIC, key=key, value=value, partition=0, on_delivery=taken)
            producer.poll(0)
        assert producer.flush(60) == 0
        return sorted(stored.values())

    def aborted(self, name: str) -> None:
        """A transaction with the newest value of every key, which never was."""
        producer = self.producer(**{"transactional.id": name})
        producer.init_transactions(20)
        producer.begin_transaction()
        for key in KEYS:
            producer.produce(TOPIC, key=key, value=name, partition=0)
        assert producer.flush(20) == 0
        producer.abort_transaction(20)

    def records(self, from_offset: int = OFFSET_BEGINNING) -> list[Record]:
        """All that a consumer finds, to the end."""
        consumer = Consumer(
            {
                "bootstrap.servers": self._endpoint,
                "group.id": "reader",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
            }
        )
        found = []
        with closing(consumer):
            consumer.assign([TopicPartition(TOPIC, 0, from_offset)])
            while True:
                message = consumer.poll(20)
                assert message is not None, "neither a record nor the end of the partition"
                if message.error():
                    assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
                    return found
                value = message.value()
                found.append((message.offset(), message.key().decode(), value and value.decode()))

    def records_by_kafka_python(self) -> list[Record]:
        partition = kafka.TopicPartition(TOPIC, 0)
        consumer = kafka.KafkaConsumer(
            bootstrap_servers=self._endpoint, isolation_level="read_committed", consumer_timeout_ms=20_000
        )
        found = []
        with closing(consumer):
            consumer.assign([partition])
            consumer.seek_to_beginning(partition)
            end = consumer.end_offsets([partition])[partition]
            while consumer.position(partition) < end:
                for message in consumer.poll(1_000).get(partition, []):
                    value = message.value
                    found.append((message.offset, message.key.decode(), value and value.decode()))
        return found


def delivered(producer: Producer, key: str | None, value: str) -> None:
    errors = []
    producer.produce(TOPIC, key=key, value=value, partition=0, on_delivery=lambda error, _: errors.append(error))
    assert producer.flush(20) == 0
    if errors[0]:
        raise KafkaException(errors[0])


def last_values(*lists: list[Record]) -> dict[str, str | None]:
    return {key: value for records in lists for _, key, value in records}


def counted(server: Server, name: str) -> float:
    """One figure of the only instance."""
    with closing(http.client.HTTPConnection(server.address, timeout=10)) as connection:
        connection.request("GET", "/metrics")
        body = connection.getresponse().read().decode()
    (value,) = re.findall(rf'^weir_kafka_{name}{{instance="[^"]+"}} (\S+)$', body, re.MULTILINE)
    return float(value)
