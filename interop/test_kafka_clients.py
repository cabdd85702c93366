"""librdkafka, kafka-python and the Java client on the endpoint that the API returned, as it is.

The same tests run against Apache Kafka with KAFKA_PEER=host:port: when one fails on Weir, that tells
which side is wrong.
"""

import time
import uuid
from contextlib import closing

import pytest
from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient

from harness.kafka import Family, Record, families
from harness.kafka.librdkafka import Librdkafka

FAMILIES = families()
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]

every_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


@every_family
def test_records_come_back_as_they_were_sent(family: Family, endpoint, topic):
    now = int(time.time() * 1000)
    sent = [
        Record(b"plain", timestamp=now),
        Record(b"keyed", key=b"key", timestamp=now + 1),
        Record(b"", key=b"", timestamp=now + 2),
        Record(None, key=b"tombstone", timestamp=now + 3),
        Record(b"headers", headers=[("a", b"1"), ("a", b"2"), ("empty", b"")], timestamp=now + 4),
        Record(bytes(range(256)) * 1024, timestamp=now + 5),
    ]
    for record in sent:
        record.partition = 1
    assert family.produce(endpoint, topic, sent) == [(1, offset) for offset in range(len(sent))]

    for received, record in zip(family.read(endpoint, topic, 1, 0, len(sent)), sent, strict=True):
        assert (received.key, received.value, received.headers) == (record.key, record.value, record.headers)
        assert received.timestamp == record.timestamp


def test_a_header_without_a_value_is_not_an_empty_one(endpoint, topic):
    headers = [("none", None), ("empty", b"")]
    senders = [family for family in FAMILIES if family.name != "kafka-python"]  # It refuses to send one.
    for family in senders:
        family.produce(endpoint, topic, [Record(b"x", partition=0, headers=headers)])
    for family in FAMILIES:
        for received in family.read(endpoint, topic, 0, 0, len(senders)):
            assert received.headers == headers, family.name


@pytest.mark.parametrize("codec", CODECS)
def test_every_family_reads_what_every_family_compressed(codec, endpoint, topic):
    values = [f"{family.name} {codec} {number}".encode() * 50 for family in FAMILIES for number in range(20)]
    for family in FAMILIES:
        mine = [Record(value, partition=0) for value in values if value.startswith(family.name.encode())]
        family.produce(endpoint, topic, mine, compression=codec)
    for family in FAMILIES:
        received = family.read(endpoint, topic, 0, 0, len(values))
        assert [one.value for one in received] == values
        assert [one.offset for one in received] == list(range(len(values)))


@every_family
def test_a_group_goes_on_where_it_committed(family: Family, endpoint, topic, group):
    values = [f"{number}".encode() for number in range(40)]
    family.produce(endpoint, topic, [Record(value, partition=int(value) % 3) for value in values])

    first = family.consume(endpoint, topic, group, 15)
    after_first = family.committed(endpoint, group, topic)
    assert sum(after_first.values()) == 15
    second = family.consume(endpoint, topic, group, 25)

    assert sorted(one.value for one in first + second) == sorted(values)
    assert family.committed(endpoint, group, topic) == {0: 14, 1: 13, 2: 13}
    for partition in range(3):
        offsets = [one.offset for one in first + second if one.partition == partition]
        assert offsets == list(range(len(offsets)))


def test_every_family_sees_the_commits_of_the_others(endpoint, topic, group):
    FAMILIES[0].produce(endpoint, topic, [Record(b"x", partition=0) for _ in range(3 * len(FAMILIES))])
    for turn, committing in enumerate(FAMILIES, start=1):
        received = committing.consume(endpoint, topic, group, 3)
        assert [one.offset for one in received] == list(range(3 * turn - 3, 3 * turn))
        for reading in FAMILIES:
            assert reading.committed(endpoint, group, topic) == {0: 3 * turn}, reading.name


@every_family
def test_seek_goes_back_and_forward(family: Family, endpoint, topic):
    family.produce(endpoint, topic, [Record(f"{number}".encode(), partition=2) for number in range(30)])
    for offset in (20, 5, 29, 0):
        (received,) = family.read(endpoint, topic, 2, offset, 1)
        assert (received.offset, received.value) == (offset, f"{offset}".encode())


@every_family
def test_offsets_by_position_and_by_time(family: Family, endpoint, topic):
    assert family.offset(endpoint, topic, 0, "earliest") == 0
    assert family.offset(endpoint, topic, 0, "latest") == 0

    start = int(time.time() * 1000) - 60_000
    for number in range(4):
        # A batch of its own each: time lookup has to find the batch and the record in it.
        records = [
            Record(b"x", partition=0, timestamp=start + number * 1000 + step) for step in range(0, 1000, 250)
        ]
        family.produce(endpoint, topic, records)

    assert family.offset(endpoint, topic, 0, "earliest") == 0
    assert family.offset(endpoint, topic, 0, "latest") == 16
    assert family.offset(endpoint, topic, 0, start - 1) == 0
    assert family.offset(endpoint, topic, 0, start + 2000) == 8
    assert family.offset(endpoint, topic, 0, start + 2001) == 9
    assert family.offset(endpoint, topic, 0, start + 3750) == 15
    assert family.offset(endpoint, topic, 0, start + 3751) is None


@every_family
@pytest.mark.parametrize("idempotent", [True, False], ids=["idempotent", "plain"])
def test_many_batches_leave_no_gap(family: Family, idempotent, endpoint, topic):
    count = 3000
    values = [f"{number}-{uuid.uuid4()}".encode() * 5 for number in range(count)]
    stored = family.produce(
        endpoint, topic, [Record(value, partition=0) for value in values], idempotent=idempotent
    )
    assert stored == [(0, offset) for offset in range(count)]
    assert [one.value for one in family.read(endpoint, topic, 0, 0, count)] == values
    assert family.offset(endpoint, topic, 0, "latest") == count


def test_librdkafka_lists_all_topics_and_finds_those_of_a_pattern(endpoint, topic):
    """Its request for all topics has three bytes too many, which brokers overlook."""
    assert topic in AdminClient({"bootstrap.servers": endpoint}).list_topics(timeout=10).topics
    Librdkafka().produce(endpoint, topic, [Record(b"found", partition=0)])
    consumer = Consumer(
        {"bootstrap.servers": endpoint, "group.id": f"pattern-{uuid.uuid4()}", "auto.offset.reset": "earliest"}
    )
    with closing(consumer):
        consumer.subscribe([f"^{topic[:-1]}.$"])
        received = next(filter(None, iter(lambda: consumer.poll(30), object())))
        assert (received.error(), received.topic(), received.value()) == (None, topic, b"found")
