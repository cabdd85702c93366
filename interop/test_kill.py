"""kill -9 at random moments under load: what was acknowledged is there, nothing is stuck, ports stay.

WEIR_KILLS sets how often (15 unless set; WEIR_FULL=1 makes it 300), WEIR_KILL_SEED repeats the moments of
an earlier run.
"""

import os
import random
import statistics
import subprocess
import sys
import time
from array import array
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition

from harness import delivery, storm
from harness.cloud import IN_SERVICE, REGION, Instance, instance_bought, instances
from harness.programs import Programs
from harness.server import Server, environment
from harness.signer import SignedCalls, acs3_request, send
from harness.waiting import wait_until

KILLS = int(os.environ.get("WEIR_KILLS", 300 if os.environ.get("WEIR_FULL") else 15))
SEED = int(os.environ.get("WEIR_KILL_SEED", random.SystemRandom().randrange(2**32)))
PARTITIONS = 4
TOPIC = "messages"
# Steps of an instance's life that rest: any other status after a while is an operation that is stuck.
RESTING = {0, 5, 15}


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "server").start()
    yield server
    if server.is_running():
        server.kill()


@pytest.mark.timeout(300 + 10 * KILLS)
def test_what_was_acknowledged_survives(server, tmp_path, capsys):
    print(f"repeat with: WEIR_KILLS={KILLS} WEIR_KILL_SEED={SEED} pytest interop/test_kill.py")
    chance = random.Random(SEED)
    cloud = SignedCalls(server.address, server.access_key)
    # Neighbours show that ports are kept, not handed out anew in the order of start.
    neighbour, instance, other_neighbour = (instance_bought(cloud) for _ in range(3))
    instance.call("CreateTopic", Topic=TOPIC, Remark="storm", PartitionNum=str(PARTITIONS))
    witness = Witness(instance, [neighbour, other_neighbour], tmp_path)
    restarts: list[float] = []
    with Programs() as programs:
        load = programs.start(load_command(server, instance, tmp_path), **load_options(server))
        for _ in range(KILLS):
            # Without a record since the last start, the next kill would hit an idle log.
            wait_until("records are stored", lambda: load.assert_running() or witness.has_news(), seconds=20)
            # The moments are the experiment; this is not waiting for anything.
            time.sleep(chance.uniform(0, 0.6))
            assert server.is_running(), "the server ended by itself"
            server.kill()
            if chance.random() < 0.2:
                # Once in a while during recovery, too.
                server.spawn()
                time.sleep(chance.uniform(0, 0.1))
                server.kill()
            before = time.monotonic()
            server.start()
            restarts.append(time.monotonic() - before)
            load.assert_running()
            witness.look()
        load.terminate()
        sent = load.result(storm.PATIENCE * 3)["sent"]

    witness.look()
    witness.conclude(sent)
    with capsys.disabled():
        median, longest = statistics.median(restarts) * 1000, max(restarts) * 1000
        print(
            f"\n{KILLS} kills: {sent:,} records and {witness.changes:,} changes acknowledged, all there; "
            f"ready again after {median:.0f} ms, at most {longest:.0f} ms"
        )


def test_a_nonce_stays_used(server):
    request = acs3_request(server.access_key, server.address, "GetInstanceList", {"RegionId": REGION})
    assert send(server.address, request).status == 200
    server.kill()
    server.start()
    replayed = send(server.address, request)
    assert (replayed.status, replayed.json()["Code"]) == (400, "SignatureNonceUsed")


def load_command(server: Server, instance: Instance, directory: Path) -> list[str]:
    words = [server.address, instance.endpoint, instance.id, TOPIC, str(PARTITIONS), str(directory)]
    return [sys.executable, "-m", storm.__name__, *words]


def load_options(server: Server) -> dict:
    key = server.access_key
    return {
        "env": environment(ACCESS_KEY_ID=key.id, ACCESS_KEY_SECRET=key.secret),
        "stdout": subprocess.PIPE,
    }


class Witness:
    """Compares what the load was told with what is there, while the load goes on."""

    def __init__(self, instance: Instance, neighbours: list[Instance], directory: Path):
        self.instance = instance
        self.endpoints = {one.id: one.endpoint for one in [instance, *neighbours]}
        self.directory = directory
        self.changes = 0
        self._stored_position = 0
        # Sequence by offset, as read after earlier restarts.
        self._log = {partition: array("Q") for partition in range(PARTITIONS)}

    def look(self) -> None:
        wait_until("all three instances are in service where they were", self.endpoints_kept, seconds=10)
        self.check_records()
        self.check_changes()

    def has_news(self) -> bool:
        """Whether records were acknowledged since the last look."""
        return bool(storm.journal_lines(self.directory / storm.STORED, self._stored_position)[0])

    def endpoints_kept(self) -> bool:
        found = {
            row["InstanceId"]: row["EndPoint"] for row in self.rows() if row["ServiceStatus"] == IN_SERVICE
        }
        return found.items() >= self.endpoints.items()

    def rows(self) -> list[dict]:
        return instances(self.instance.cloud)

    def check_records(self) -> None:
        """Every acknowledged record is at its offset; the log has each sequence once and in order."""
        acknowledged, self._stored_position = storm.journal_lines(
            self.directory / storm.STORED, self._stored_position
        )
        self.read_on()
        for partition, offset, sequence in (map(int, words) for words in acknowledged):
            assert offset < len(self._log[partition]), (
                f"{partition}/{offset} was acknowledged and is not there"
            )
            found = self._log[partition][offset]
            assert found == sequence, (
                f"{partition}/{offset} was acknowledged with {sequence} and holds {found}"
            )

    def read_on(self) -> dict[int, int]:
        """Reads what the log has gained, checks its order, and returns the log ends."""
        consumer = Consumer(
            {"bootstrap.servers": self.instance.endpoint, "group.id": "witness", "enable.auto.commit": False}
        )
        try:
            ends = {
                partition: consumer.get_watermark_offsets(TopicPartition(TOPIC, partition), timeout=20)[1]
                for partition in self._log
            }
            for partition, known in self._log.items():
                assert ends[partition] >= len(known), f"partition {partition} became shorter"
            consumer.assign(
                [TopicPartition(TOPIC, partition, len(known)) for partition, known in self._log.items()]
            )
            deadline = time.monotonic() + 60
            while any(len(self._log[partition]) < end for partition, end in ends.items()):
                assert time.monotonic() < deadline, "the log could not be read to its end"
                for message in consumer.consume(2000, timeout=0.5):
                    assert not message.error(), message.error()
                    self.take(message.partition(), message.offset(), delivery.number(message.value())[1])
            return ends
        finally:
            consumer.close()

    def take(self, partition: int, offset: int, sequence: int) -> None:
        known = self._log[partition]
        due = known[-1] + PARTITIONS if known else partition
        assert (offset, sequence) == (len(known), due), (
            f"{partition}/{offset} holds {sequence}, due was {due}"
        )
        known.append(sequence)

    def check_changes(self) -> None:
        """What was created and not deleted since is listed, what was deleted is not, nothing else is.

        The load goes on meanwhile: a name that it touched between the two readings of the journal decides
        nothing this time.
        """
        before, _ = self.last_words()
        listed = self.listed()
        after, self.changes = self.last_words()
        for name, (outcome, what) in before.items():
            assert not outcome.startswith("refused"), f"{what} {name}: {outcome}"
            # An order is named by its number; the load looks its instance up and journals that.
            if outcome == "ok" and what != "order" and after[name] == (outcome, what):
                assert (name in listed) == (not what.startswith("delete")), f"{what} {name} was acknowledged"
        strangers = {name for name in listed - after.keys() if name.startswith("storm-")}
        assert not strangers, f"nobody asked for {strangers}"

    def last_words(self) -> tuple[dict[str, tuple[str, str]], int]:
        """The last journaled outcome of each name, and how many changes were acknowledged so far.

        A throttled call has changed nothing: the name's earlier outcome stands.
        """
        lines, _ = storm.journal_lines(self.directory / storm.CHANGES)
        last: dict[str, tuple[str, str]] = {}
        standing: dict[str, tuple[str, str]] = {}
        for outcome, what, name in lines:
            if outcome == "throttled":
                last[name] = standing.get(name, ("never", what))
            else:
                last[name] = (outcome, what)
            if outcome != "try":
                standing[name] = last[name]
        return last, sum(outcome == "ok" for outcome, *_ in lines)

    def listed(self) -> set[str]:
        """Names of all groups, topics and instances."""
        groups = self.instance.call("GetConsumerList")["ConsumerList"]["ConsumerVO"]
        topics = self.instance.call("GetTopicList", CurrentPage="1", PageSize="1000")["TopicList"]["TopicVO"]
        names = {row["ConsumerId"] for row in groups} | {row["Topic"] for row in topics}
        return names | {row["InstanceId"] for row in self.rows()}

    def conclude(self, sent: int) -> None:
        """After the last acknowledgement: the whole log once more, and no instance under way."""
        ends = {partition: len(known) for partition, known in self._log.items()}
        self._log = {partition: array("Q") for partition in ends}
        assert self.read_on() == ends
        assert sum(ends.values()) == sent
        rows = wait_until("no operation is stuck", self.all_resting, seconds=10)
        # Only an order whose answer was lost can have bought something without a name in the journal.
        lines, _ = storm.journal_lines(self.directory / storm.CHANGES)
        orders_lost = sum((outcome, what) == ("lost", "order") for outcome, what, _ in lines)
        bought = {name for outcome, what, name in lines if (outcome, what) == ("ok", "bought")}
        strangers = {row["InstanceId"] for row in rows} - bought - self.endpoints.keys()
        assert len(strangers) <= orders_lost, f"nobody bought {strangers}"

    def all_resting(self) -> list[dict] | None:
        rows = self.rows()
        return rows if all(row["ServiceStatus"] in RESTING for row in rows) else None
