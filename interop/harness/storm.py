"""Load for a server that is being killed: what was acknowledged is journaled, what got no answer too.

    python -m harness.storm ADDRESS ENDPOINT INSTANCE TOPIC PARTITIONS DIRECTORY

It produces with one idempotent producer, creates and deletes groups and topics, and walks instances
through their life, until SIGTERM. Then it waits for the last acknowledgements and prints how many records
it sent. Journals are appended with one write per line, so a reader sees whole lines.
"""

import http.client
import json
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from harness import delivery
from harness.cloud import IN_SERVICE, REGION, RELEASED, CloudError, instances
from harness.server import AccessKey
from harness.signer import SignedCalls
from harness.waiting import wait_until

STORED = "stored"
CHANGES = "changes"
# How long a change may take while the server is killed every second or so.
PATIENCE = 60.0
# How many topics and how many groups exist at a time; the instance's quota is above both.
KEPT = 20
# Answers to a second attempt that say the first one happened, although its answer was lost.
ALREADY_DONE = {
    "BIZ_SUBSCRIPTION_NOT_FOUND",
    "BIZ_TOPIC_NOT_FOUND",
    "BIZ.INSTANCE.NOT.FOUND",
    "BIZ_INSTANCE_STATUS_ERROR",
}
# Answers that say: ask again later.
PASSING = {"Throttling.User", "ServiceUnavailable"}
# CreateTopic is allowed once a second.
TOPIC_EVERY_SECONDS = 1.1
PACE_SECONDS = 0.02
# Enough to have batches in flight at every kill, little enough to read all of it after every kill.
RECORDS_PER_SECOND = 5000

stopping = threading.Event()


class Journal:
    """Lines appended by one thread and read by another process."""

    def __init__(self, path: Path):
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def append(self, *words: Any) -> None:
        os.write(self._file, (" ".join(map(str, words)) + "\n").encode())


def journal_lines(path: Path, start: int = 0) -> tuple[list[list[str]], int]:
    """The whole lines from a byte position on, split into words, and the position after them."""
    if not path.exists():
        return [], start
    with path.open("rb") as file:
        file.seek(start)
        data = file.read()
    whole = data[: data.rfind(b"\n") + 1]
    return [line.split() for line in whole.decode().splitlines()], start + len(whole)


def produce(endpoint: str, topic: str, partitions: int, journal: Journal) -> int:
    """Numbered records at a steady rate; returns how many, when the last one is stored."""
    failed: list[Any] = []

    def on_delivery(error, message):
        if error:
            failed.append(error)
        else:
            _, sequence = delivery.number(message.value())
            journal.append(message.partition(), message.offset(), sequence)

    producer = Producer(
        {
            "bootstrap.servers": endpoint,
            "acks": "all",
            "enable.idempotence": True,
            "linger.ms": 1,
            "batch.num.messages": 50,
            "queue.buffering.max.messages": 500,
            "message.timeout.ms": int(PATIENCE * 2000),
            # Keep to the address it has: looking for another broker first costs this client a second.
            "metadata.recovery.strategy": "none",
            "reconnect.backoff.ms": 10,
            "reconnect.backoff.max.ms": 200,
            "retry.backoff.ms": 20,
            # Refused connections are the point here, not news.
            "log_level": 2,
        }
    )
    sequence = 0
    started = time.monotonic()
    while not stopping.is_set() and not failed:
        if sequence > (time.monotonic() - started) * RECORDS_PER_SECOND:
            producer.poll(0.005)
            continue
        try:
            value = delivery.value(0, sequence, size=100)
            producer.produce(topic, value, partition=sequence % partitions, on_delivery=on_delivery)
            sequence += 1
        except BufferError:
            producer.poll(0.05)
        producer.poll(0)
    outstanding = producer.flush(PATIENCE)
    assert not failed, f"the producer gave up: {failed}"
    assert not outstanding, f"{outstanding} records were neither stored nor refused"
    return sequence


class Changes:
    """Calls that change something, each journaled before and after."""

    def __init__(self, cloud: SignedCalls, instance: str, journal: Journal):
        self.cloud = cloud
        self.instance = instance
        self.journal = journal
        # Names for which an answer was lost: the change may have happened.
        self._doubtful: set[str] = set()

    def attempt(self, what: str, name: str, action: str, **parameters: Any) -> tuple[str, dict[str, Any]]:
        """One change, and its outcome and reply.

        `ok`: it is in place. `lost`: the connection broke before an answer. `throttled`: nothing happened.
        `refused`: an answer that this load must never get.
        """
        self.journal.append("try", what, name)
        reply: dict[str, Any] = {}
        try:
            reply = self.cloud.call(action, RegionId=REGION, **parameters)
            outcome = "ok"
        except CloudError as error:
            outcome = self._outcome(name, error)
        except (OSError, http.client.HTTPException):
            outcome = "lost"
        if outcome == "lost":
            self._doubtful.add(name)
        self.journal.append(outcome, what, name)
        return outcome, reply

    def _outcome(self, name: str, error: CloudError) -> str:
        if error.code == "Throttling.User":
            return "throttled"
        if error.code == "ServiceUnavailable":
            return "lost"
        if error.code in ALREADY_DONE and name in self._doubtful:
            return "ok"
        return f"refused:{error.code}"

    def things(self, noun: str, create: str, delete: str, key: str, every: float, **parameters: Any) -> None:
        """Creates one after the other and deletes the oldest, so that both happen all the time."""
        present: deque[str] = deque()
        number = 0
        while not stopping.wait(every):
            name = f"storm-{noun}-{number}"
            number += 1
            outcome, _ = self.attempt(
                f"create-{noun}", name, create, InstanceId=self.instance, **{key: name}, **parameters
            )
            if outcome in ("ok", "lost"):
                present.append(name)
            while len(present) > KEPT and not stopping.is_set():
                outcome, _ = self.attempt(
                    f"delete-{noun}", present[0], delete, InstanceId=self.instance, **{key: present[0]}
                )
                if outcome != "ok":
                    break
                present.popleft()

    def groups(self) -> None:
        self.things("group", "CreateConsumerGroup", "DeleteConsumerGroup", "ConsumerId", PACE_SECONDS)

    def topics(self) -> None:
        self.things(
            "topic",
            "CreateTopic",
            "DeleteTopic",
            "Topic",
            TOPIC_EVERY_SECONDS,
            Remark="storm",
            PartitionNum="1",
        )

    def instances(self) -> None:
        """Order, start, in service, release, delete, again and again."""
        number = 0
        while not stopping.wait(PACE_SECONDS):
            outcome, reply = self.attempt(
                "order",
                f"storm-order-{number}",
                "CreatePostPayOrder",
                TopicQuota=50,
                DiskType="0",
                DiskSize=500,
                DeployType=5,
                IoMaxSpec="alikafka.hw.2xlarge",
            )
            number += 1
            if outcome == "ok":
                self.instance_life(reply["OrderId"])

    def instance_life(self, order: str) -> None:
        (row,) = self.asked(lambda: instances(self.cloud, OrderId=order))
        name = row["InstanceId"]
        self.journal.append("ok", "bought", name)
        self.until_true(
            "start",
            name,
            lambda: self.status(name) != 0,
            "StartInstance",
            VpcId="vpc-storm",
            VSwitchId="vsw-storm",
            ZoneId="zonea",
        )
        wait_until("in service", lambda: self.asked(lambda: self.status(name)) == IN_SERVICE, PATIENCE)
        self.until_true(
            "release",
            name,
            lambda: self.status(name) == RELEASED,
            "ReleaseInstance",
            ForceDeleteInstance="true",
        )
        self.until_true("delete", name, lambda: self.status(name) is None, "DeleteInstance")

    def until_true(
        self, what: str, name: str, done: Callable[[], bool], action: str, **parameters: Any
    ) -> None:
        """Asks for a change until it is answered, then waits for its effect."""

        def attempted() -> bool:
            outcome, _ = self.attempt(what, name, action, InstanceId=name, **parameters)
            return outcome == "ok"

        wait_until(f"{what} {name}", attempted, PATIENCE, every=0.2)
        wait_until(f"{what} {name} has taken effect", lambda: self.asked(done), PATIENCE)

    def status(self, name: str) -> int | None:
        rows = [row for row in instances(self.cloud) if row["InstanceId"] == name]
        return rows[0]["ServiceStatus"] if rows else None

    def asked(self, question: Callable[[], Any]) -> Any:
        """A question, repeated while the server is down."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return question()
            except CloudError as error:
                if error.code not in PASSING:
                    raise
            except (OSError, http.client.HTTPException):
                pass
            assert time.monotonic() < deadline, "the server did not come back"
            time.sleep(0.05)


def main(address: str, endpoint: str, instance: str, topic: str, partitions: str, directory: str) -> None:
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    key = AccessKey(os.environ["ACCESS_KEY_ID"], os.environ["ACCESS_KEY_SECRET"])
    changes = Changes(SignedCalls(address, key), instance, Journal(Path(directory, CHANGES)))
    failures: list[BaseException] = []
    sent: list[int] = []
    work = [
        lambda: sent.append(produce(endpoint, topic, int(partitions), Journal(Path(directory, STORED)))),
        changes.groups,
        changes.topics,
        changes.instances,
    ]
    threads = [threading.Thread(target=guarded, args=(one, failures)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    print(json.dumps({"sent": sent[0]}))


def guarded(work: Callable[[], None], failures: list[BaseException]) -> None:
    """One failure ends the whole load."""
    try:
        work()
    except BaseException as failure:
        failures.append(failure)
        stopping.set()


if __name__ == "__main__":
    main(*sys.argv[1:])
