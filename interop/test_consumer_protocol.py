"""The newer group protocol (KIP-848), which both clients that have it must be asked for.

The server dictates sessions of 45 s and heartbeats every 5 s, so a member that dies without a word is missed for
most of a minute.
"""

import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient

from harness import delivery
from harness.cloud import Instance, instance_bought, unthrottled
from harness.kafka import Record, families
from harness.kafka.java import Java
from harness.kafka.librdkafka import Librdkafka
from harness.programs import Program, Programs
from harness.server import Server
from harness.signer import SignedCalls
from harness.waiting import wait_until

PARTITIONS = 6
MESSAGES = 30_000
SESSION_SECONDS = 45
# Who waits for partitions hears of them with its next heartbeat, after their owner has with its own.
MOVE_SECONDS = 20
PATIENCE = 60

FAMILIES = [Librdkafka(), Java()]
every_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    """One that the test may kill."""
    server = Server(tmp_path / "server").start()
    yield server
    if server.is_running():
        server.kill()


@dataclass
class Group:
    """A group that reads a topic, and the journals of its members."""

    instance: Instance
    programs: Programs
    directory: Path
    topic: str = field(default_factory=lambda: f"topic-{uuid.uuid4()}")
    name: str = field(default_factory=lambda: f"group-{uuid.uuid4()}")
    journals: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        unthrottled(
            lambda: self.instance.call(
                "CreateTopic", Topic=self.topic, Remark="members", PartitionNum=str(PARTITIONS)
            )
        )

    def member(self, family, instance: str = "") -> Program:
        """A new member, once it has partitions."""
        journal = self.directory / f"{len(self.journals)}.journal"
        self.journals.append(journal)
        who = (self.instance.endpoint, self.topic, self.name, str(journal))
        member = self.programs.start(family.member_command(*who, protocol="consumer", instance=instance))
        wait_until(
            f"{family.name} has partitions",
            lambda: member.assert_running() or (journal.exists() and journal.stat().st_size > 0),
            MOVE_SECONDS,
        )
        return member

    def load(self, producer: int = 0) -> Program:
        command = Librdkafka().load_command(
            self.instance.endpoint, self.topic, PARTITIONS, producer, MESSAGES
        )
        return self.programs.start(command, stdout=subprocess.PIPE)

    def progress(self) -> dict:
        return self.instance.call("GetConsumerProgress", ConsumerId=self.name)["ConsumerProgress"]

    def is_stable(self) -> bool:
        return self.progress()["state"] == "STABLE"

    def causes(self) -> list[str]:
        data = self.instance.call("ListRebalanceInfo", ConsumerId=self.name)["Data"]
        return [row["Reason"] for row in data["RebalanceInfoList"]]

    def consumed(self) -> dict[int, int]:
        topics = self.progress()["TopicList"]["TopicList"]
        return {
            row["Partition"]: row["ConsumerOffset"]
            for topic in topics
            for row in topic["OffsetList"]["OffsetList"]
        }

    def conclude(self, producers: int = 1) -> None:
        """Everything is consumed, each record in order and none left out."""
        ends = {partition: producers * MESSAGES // PARTITIONS for partition in range(PARTITIONS)}
        wait_until("all is consumed", lambda: self.consumed() == ends, PATIENCE + SESSION_SECONDS, every=0.25)
        journals = map(delivery.journal_read, self.journals)
        assert delivery.faults(journals, dict.fromkeys(range(producers), MESSAGES), ends) == []
        for family in families():
            assert family.committed(self.instance.endpoint, self.name, self.topic) == ends, family.name


@pytest.mark.timeout(300)
def test_members_come_die_and_go_while_records_come(instance, tmp_path):
    with Programs() as programs:
        group = Group(instance, programs, tmp_path)
        first, second = group.member(Librdkafka()), group.member(Java())
        wait_until("two share", group.is_stable, MOVE_SECONDS)
        load = group.load()
        wait_until("some is consumed", lambda: sum(group.consumed().values()) > MESSAGES // 10, PATIENCE)

        third = group.member(Java())
        wait_until("three share", group.is_stable, MOVE_SECONDS)
        third.kill()
        assert load.result(PATIENCE) == {"acknowledged": MESSAGES}
        # These wait in its partitions until it is missed.
        assert group.load(producer=1).result(PATIENCE) == {"acknowledged": MESSAGES}
        group.conclude(producers=2)
        reasons = group.causes()
        assert "on heartbeat expiration" in reasons[0], reasons
        assert sum("Adding new member" in reason for reason in reasons) == 3, reasons

        first.stop()
        second.stop()
        wait_until("nobody is left", lambda: group.progress()["state"] == "EMPTY")
        assert group.progress()["TotalDiff"] == 0


@every_family
@pytest.mark.timeout(120)
def test_a_static_member_comes_back_and_nobody_notices(family, instance, tmp_path):
    with Programs() as programs:
        group = Group(instance, programs, tmp_path)
        other = group.member(Librdkafka())
        member = group.member(family, instance="pod-1")
        wait_until("two share", group.is_stable, MOVE_SECONDS)
        before = len(group.causes())

        member.stop()
        load = group.load()
        assert load.result(PATIENCE) == {"acknowledged": MESSAGES}
        back = group.member(family, instance="pod-1")
        group.conclude()
        assert group.is_stable()
        assert len(group.causes()) == before, "no rebalance"
        for program in (back, other):
            program.stop()


@pytest.mark.timeout(300)
def test_a_group_goes_on_after_the_server_is_killed(server, tmp_path):
    with Programs() as programs:
        instance = instance_bought(SignedCalls(server.address, server.access_key))
        group = Group(instance, programs, tmp_path)
        members = [group.member(Librdkafka()), group.member(Java())]
        load = group.load()
        for part in (1, 2, 3):
            wait_until(
                "more is consumed", lambda: sum(group.consumed().values()) > part * MESSAGES // 8, PATIENCE
            )
            server.kill()
            server.start()
            if part == 2:
                # What is under way at the next kill.
                members.append(group.member(Librdkafka()))
        assert load.result(PATIENCE) == {"acknowledged": MESSAGES}
        group.conclude()
        for member in members:
            member.stop()


@every_family
@pytest.mark.timeout(120)
def test_administrators_see_the_group(family, instance, tmp_path):
    with Programs() as programs:
        group = Group(instance, programs, tmp_path)
        member = group.member(family)
        wait_until("it has settled", group.is_stable, MOVE_SECONDS)
        admin = AdminClient({"bootstrap.servers": instance.endpoint})
        described = admin.describe_consumer_groups([group.name])[group.name].result(20)
        assert described.state.name == "STABLE"
        (found,) = described.members
        assigned = sorted((one.topic, one.partition) for one in found.assignment.topic_partitions)
        assert assigned == [(group.topic, partition) for partition in range(PARTITIONS)]
        listed = admin.list_consumer_groups().result(20).valid
        assert {one.group_id: one.type.name for one in listed}[group.name] == "CONSUMER"
        member.stop()


def test_an_expression_finds_topics_that_are_made_later(instance):
    prefix = f"matched-{uuid.uuid4()}"
    consumer = Consumer(
        {
            "bootstrap.servers": instance.endpoint,
            "group.id": f"group-{uuid.uuid4()}",
            "group.protocol": "consumer",
            "auto.offset.reset": "earliest",
        }
    )
    try:
        consumer.subscribe([f"^{prefix}.*"])
        wait_until("it has joined", lambda: consumer.poll(0.2) is None and consumer.memberid())
        topic = f"{prefix}-later"
        unthrottled(lambda: instance.call("CreateTopic", Topic=topic, Remark="matched", PartitionNum="1"))
        Librdkafka().produce(instance.endpoint, topic, [Record(b"found", partition=0)])
        message = wait_until("a record of the new topic", lambda: consumer.poll(0.2), MOVE_SECONDS)
        assert (message.error(), message.topic(), message.value()) == (None, topic, b"found")
    finally:
        consumer.close()
