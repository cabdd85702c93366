"""One million messages of 1 KiB, three producers, twelve partitions, a group of three that loses a member.

WEIR_MESSAGES sends fewer, which takes the same paths.

The group is mixed, one member of each family, on purpose: the coordinator then serves three versions of
the group protocol in one generation, and whoever leads assigns for members that are not of its kind. The
member that dies joined first, so it is the leader, and it dies without a word.
"""

import os
import subprocess
import uuid
from pathlib import Path

import pytest

from harness import delivery
from harness.cloud import Instance, unthrottled
from harness.kafka import families
from harness.programs import Programs
from harness.python_sdk import CurrentSdk
from harness.waiting import wait_until

PARTITIONS = 12
MESSAGES = int(os.environ.get("WEIR_MESSAGES", 1_000_000))
# The pure Python client is slow; it gets a tenth.
SHARES = {"librdkafka": 0.45, "kafka-python": 0.10, "java": 0.45}
PATIENCE = 60 + MESSAGES / 2000


@pytest.mark.timeout(4 * PATIENCE)
def test_nothing_is_lost_and_every_count_agrees(weir, instance, tmp_path):
    instance = Instance(CurrentSdk(weir.address, weir.access_key), instance.id, instance.endpoint)
    topic, group = topic_and_group(instance)
    journals = {family.name: tmp_path / f"{family.name}.journal" for family in families()}
    with Programs() as programs:
        members = {}
        for family in families():
            command = family.member_command(instance.endpoint, topic, group, str(journals[family.name]))
            members[family.name] = programs.start(command)
            if family.name == "librdkafka":
                wait_until("the first member leads", lambda: assigned(journals["librdkafka"]))
        wait_until("all three have joined", lambda: all(map(assigned, journals.values())))

        sent = {}
        producers = []
        for number, family in enumerate(families()):
            sent[number] = int(MESSAGES * SHARES[family.name])
            command = family.load_command(instance.endpoint, topic, PARTITIONS, number, sent[number])
            producers.append(programs.start(command, stdout=subprocess.PIPE))

        half = MESSAGES // 2
        wait_until(
            "half is consumed", lambda: sum(consumed(instance, group).values()) >= half, PATIENCE, every=0.25
        )
        members.pop("librdkafka").kill()

        for number, producer in enumerate(producers):
            assert producer.result(PATIENCE) == {"acknowledged": sent[number]}
        ends = log_ends(instance, topic)
        assert sum(ends.values()) == MESSAGES
        wait_until("all is consumed", lambda: consumed(instance, group) == ends, PATIENCE, every=0.25)
        for member in members.values():
            member.stop()

    assert delivery.faults(map(delivery.journal_read, journals.values()), sent, ends) == []
    assert progress(instance, group)["TotalDiff"] == 0
    assert consumed(instance, group) == ends
    for family in families():
        assert family.committed(instance.endpoint, group, topic) == ends, family.name
        for partition in (0, PARTITIONS - 1):
            assert family.offset(instance.endpoint, topic, partition, "latest") == ends[partition], (
                family.name
            )


def topic_and_group(instance: Instance) -> tuple[str, str]:
    topic, group = f"million-{uuid.uuid4()}", f"million-{uuid.uuid4()}"
    unthrottled(
        lambda: instance.call("CreateTopic", Topic=topic, Remark="million", PartitionNum=str(PARTITIONS))
    )
    instance.call("CreateConsumerGroup", ConsumerId=group, Remark="million")
    return topic, group


def assigned(journal: Path) -> bool:
    """A member marks each assignment in its journal, and flushes it with its commit timer."""
    return journal.exists() and journal.stat().st_size > 0


def progress(instance: Instance, group: str) -> dict:
    return instance.call("GetConsumerProgress", ConsumerId=group)["ConsumerProgress"]


def consumed(instance: Instance, group: str) -> dict[int, int]:
    """Committed offsets by partition, as GetConsumerProgress has them."""
    rows = [
        row
        for topic in progress(instance, group)["TopicList"]["TopicList"]
        for row in topic["OffsetList"]["OffsetList"]
    ]
    return {row["Partition"]: row["ConsumerOffset"] for row in rows}


def log_ends(instance: Instance, topic: str) -> dict[int, int]:
    """Log ends by partition, as GetTopicStatus has them."""
    status = instance.call("GetTopicStatus", Topic=topic)["TopicStatus"]
    return {row["Partition"]: row["MaxOffset"] for row in status["OffsetTable"]["OffsetTable"]}
