"""Transactions with other people's clients: records copied from topic to topic are there once, whatever is
aborted, and whoever is killed.

WEIR_KILLS sets how often the server is killed (5 for each family unless set; WEIR_FULL=1 makes it 50).
"""

import os
import random
import subprocess
import time
import uuid
from functools import partial

import pytest
from confluent_kafka import Consumer, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from harness.cloud import instance_bought
from harness.kafka import Record, Transactional, transactional_families
from harness.programs import Program, Programs
from harness.server import Server
from harness.signer import SignedCalls
from harness.waiting import wait_until

FAMILIES = transactional_families()
KILLS = int(os.environ.get("WEIR_KILLS", 50 if os.environ.get("WEIR_FULL") else 5))
SEED = int(os.environ.get("WEIR_KILL_SEED", random.SystemRandom().randrange(2**32)))
PARTITIONS = 3
ABORT_EVERY = 4
# Under kills, which abort by themselves: librdkafka takes half a second to go back to where it was.
ABORT_SELDOM = 20
PATIENCE = 90

every_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


@pytest.fixture
def topics(endpoint) -> tuple[str, str]:
    return topics_made(endpoint)


def topics_made(endpoint: str) -> tuple[str, str]:
    """From where and to where records are copied."""
    names = [f"{what}-{uuid.uuid4()}" for what in ("input", "output")]
    admin = AdminClient({"bootstrap.servers": endpoint})
    for made in admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names]).values():
        made.result(20)
    return names[0], names[1]


def sent(family: Transactional, endpoint: str, topic: str, count: int) -> list[list[bytes]]:
    """Numbered records, by partition."""
    values = [[b"%d" % n for n in range(count) if n % PARTITIONS == number] for number in range(PARTITIONS)]
    records = [Record(value, partition=number) for number, part in enumerate(values) for value in part]
    family.produce(endpoint, topic, records)
    return values


def copied(endpoint: str, topic: str, expected: list[list[bytes]]) -> None:
    """Readers of committed data see each record once and in order, and nothing behind the last."""
    for reader in FAMILIES:
        for number, values in enumerate(expected):
            received = reader.read(endpoint, topic, number, 0, len(values), committed=True)
            assert [record.value for record in received] == values, f"{reader.name}, partition {number}"
    assert committed(endpoint, topic) == expected


def committed(endpoint: str, topic: str) -> list[list[bytes]]:
    """All committed records, by partition."""
    settings = {"group.id": "unused", "isolation.level": "read_committed", "enable.partition.eof": True}
    consumer = Consumer({"bootstrap.servers": endpoint} | settings)
    found: list[list[bytes]] = [[] for _ in range(PARTITIONS)]
    ended: set[int] = set()
    deadline = time.monotonic() + PATIENCE
    try:
        consumer.assign([TopicPartition(topic, number, 0) for number in range(PARTITIONS)])
        while len(ended) < PARTITIONS:
            assert time.monotonic() < deadline, f"only {ended} have an end"
            message = consumer.poll(1)
            if message is None:
                continue
            if message.error():
                assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
                ended.add(message.partition())
            else:
                found[message.partition()].append(message.value())
    finally:
        consumer.close()
    return found


def end(endpoint: str, topic: str) -> int:
    """The ends of all partitions, added up."""
    consumer = Consumer({"bootstrap.servers": endpoint, "group.id": "unused"})
    try:
        partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        return sum(consumer.get_watermark_offsets(partition, 20)[1] for partition in partitions)
    finally:
        consumer.close()


@every_family
def test_each_record_is_copied_once_whatever_is_aborted(family, endpoint, topics, group):
    input, output = topics
    values = sent(family, endpoint, input, 1000)
    with Programs() as programs:
        command = family.copy_command(endpoint, input, output, group, f"copier-{group}", ABORT_EVERY, 1000)
        told = programs.start(command, stdout=subprocess.PIPE).result(PATIENCE)
    assert told["committed"] >= 20 and told["aborted"] >= 5, told
    copied(endpoint, output, values)
    # Those who read everything see what was aborted, too, and markers take offsets.
    assert end(endpoint, output) > 1000 + told["committed"] + told["aborted"]


@every_family
def test_a_zombie_is_shut_out(family, endpoint, topic):
    told = family.fence(endpoint, topic, f"id-{topic}")
    assert told in ("ProducerFencedException", "InvalidProducerEpochException", "_FENCED"), told
    for reader in FAMILIES:
        (record,) = reader.read(endpoint, topic, 0, 0, 1, committed=True)
        assert record.value == b"successor", reader.name
        everything = reader.read(endpoint, topic, 0, 0, 2)
        assert [record.value for record in everything] == [b"zombie", b"successor"], reader.name


@pytest.mark.timeout(200 + 20 * KILLS)
@every_family
def test_each_record_is_copied_once_whoever_is_killed(family, tmp_path, group):
    """Servers and copiers are killed in the middle of transactions."""
    print(f"repeat with: WEIR_KILLS={KILLS} WEIR_KILL_SEED={SEED} pytest interop/test_transactions.py")
    chance = random.Random(SEED)
    server = Server(tmp_path / "server").start()
    try:
        endpoint = instance_bought(SignedCalls(server.address, server.access_key)).endpoint
        input, output = topics_made(endpoint)
        count = 2000 * KILLS
        values = sent(family, endpoint, input, count)
        command = family.copy_command(endpoint, input, output, group, "copier", ABORT_SELDOM, count)
        with Programs() as programs, (tmp_path / "copier.log").open("w") as log:
            options = {"stdout": subprocess.PIPE, "stderr": log}
            copier = programs.start(command, **options)
            for number in range(KILLS):
                before = end(endpoint, output)
                moves = partial(has_moved, copier, endpoint, output, before)
                wait_until("records are copied", moves, seconds=PATIENCE)
                # The moments are the experiment; this is not waiting for anything.
                time.sleep(chance.uniform(0, 0.3))
                if number % 3 == 2 and copier.is_running():
                    copier.kill()
                    copier = programs.start(command, **options)
                server.kill()
                server.start()
            copier.result(PATIENCE + 10 * KILLS)
        copied(endpoint, output, values)
    finally:
        if server.is_running():
            server.kill()


def has_moved(copier: Program, endpoint: str, topic: str, before: int) -> bool:
    """Whether anything was written since, or nothing more will be."""
    return not copier.is_running() or end(endpoint, topic) > before
