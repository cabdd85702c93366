"""A compacted topic, as librdkafka reads it: of each key the last value is left, also after kill -9."""

import http.client
import re
from contextlib import closing

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from harness.cloud import instance_bought
from harness.server import Server
from harness.signer import SignedCalls
from harness.waiting import wait_until

TOPIC = "latest"
KEYS = [f"key-{number}" for number in range(20)]
ROUNDS = 2_000
# The segment written to is never compacted, so all of it is only once that has ended by its age.
SETTINGS = {
    "cleanup.policy": "compact",
    "segment.bytes": "1048576",
    "segment.ms": "1000",
    "min.cleanable.dirty.ratio": "0.01",
}
# The broker looks every 15 seconds, and may have to look twice.
PATIENCE = 60


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "server").start()
    yield server
    if server.is_running():
        server.kill()


@pytest.mark.timeout(300)
def test_only_the_last_value_of_each_key_is_left(server):
    instance = instance_bought(SignedCalls(server.address, server.access_key))
    admin = AdminClient({"bootstrap.servers": instance.endpoint})
    admin.create_topics([NewTopic(TOPIC, 1, 1, config=SETTINGS)])[TOPIC].result(20)

    first = produced(instance.endpoint, "first")
    wait_until("the first values are compacted", lambda: records(instance.endpoint) == first, PATIENCE)
    assert counted(server, "compactions_total") >= 1
    before, after = (counted(server, f"compacted_bytes_{when}_total") for when in ("before", "after"))
    assert before > 10 * after > 0

    # What the server leaves when it dies is compacted in part.
    second = produced(instance.endpoint, "second", keys=KEYS[5:])
    server.kill()
    server.start()
    assert last_values(records(instance.endpoint)) == last_values(first, second)
    expected = sorted(record for record in first if record[1] in KEYS[:5]) + second
    wait_until("the second values are compacted", lambda: records(instance.endpoint) == expected, PATIENCE)
    assert counted(server, "compactions_failed_total") == 0
    wait_until("nothing is left to compact", lambda: counted(server, "dirty_bytes") == 0, PATIENCE)


def last_values(*lists: list) -> dict[str, str | None]:
    return {key: value for records in lists for _, key, value in records}


def produced(endpoint: str, name: str, keys: list[str] = KEYS) -> list[tuple[int, str, str | None]]:
    """Writes many values of each key, and a tombstone as the last of one. What compaction has to leave."""
    producer = Producer({"bootstrap.servers": endpoint, "enable.idempotence": True})
    stored: dict[str, tuple[int, str, str | None]] = {}

    def delivered(error, message):
        assert not error, error
        value = message.value()
        key = message.key().decode()
        stored[key] = (message.offset(), key, value and value.decode())

    for number in range(ROUNDS):
        for key in keys:
            is_deleted = number == ROUNDS - 1 and key == keys[-1]
            value = None if is_deleted else f"{name} {number} {key}".ljust(100)
            producer.produce(TOPIC, key=key, value=value, partition=0, on_delivery=delivered)
        producer.poll(0)
    assert producer.flush(30) == 0
    return sorted(stored.values())


def records(endpoint: str) -> list[tuple[int, str, str | None]]:
    """All that a consumer finds, from the beginning to the end."""
    consumer = Consumer(
        {
            "bootstrap.servers": endpoint,
            "group.id": "reader",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    found = []
    with closing(consumer):
        consumer.assign([TopicPartition(TOPIC, 0, OFFSET_BEGINNING)])
        while True:
            messages = consumer.consume(5_000, timeout=20)
            assert messages, "neither a record nor the end of the partition"
            for message in messages:
                if message.error():
                    assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
                    return found
                value = message.value()
                found.append((message.offset(), message.key().decode(), value and value.decode()))


def counted(server: Server, name: str) -> float:
    """One figure of the only instance."""
    with closing(http.client.HTTPConnection(server.address, timeout=10)) as connection:
        connection.request("GET", "/metrics")
        body = connection.getresponse().read().decode()
    (value,) = re.findall(rf'^weir_kafka_{name}{{instance="[^"]+"}} (\S+)$', body, re.MULTILINE)
    return float(value)
