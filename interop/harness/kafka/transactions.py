"""Records that go from one topic to another, each once, in librdkafka's transactions; some are aborted.

python -m harness.kafka.transactions copy ENDPOINT INPUT OUTPUT GROUP ID ABORT COUNT
"""

import json
import sys
from collections.abc import Callable

from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition

from harness.kafka import login

PATIENCE = 30.0
BATCH = 40


def transactional(endpoint: str, id: str) -> Producer:
    return Producer(
        login.librdkafka(endpoint)
        | {
            "transactional.id": id,
            "linger.ms": 0,
            # Keep to the address it has: looking for another broker first costs this client a second.
            "metadata.recovery.strategy": "none",
            "reconnect.backoff.ms": 10,
            "reconnect.backoff.max.ms": 200,
            # Refused connections are news only to those who do not kill servers.
            "log_level": 2,
        }
    )


class Copier:
    def __init__(self, endpoint: str, input: str, output: str, group: str, id: str):
        self.output = output
        self.committed = self.aborted = 0
        self.producer = transactional(endpoint, id)
        self.consumer = Consumer(
            login.librdkafka(endpoint)
            | {
                "group.id": group,
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                # One that is killed is not waited for long.
                "session.timeout.ms": 6000,
                "heartbeat.interval.ms": 1500,
                "metadata.recovery.strategy": "none",
                "reconnect.backoff.ms": 10,
                "reconnect.backoff.max.ms": 200,
                "log_level": 2,
            }
        )
        until_answered(lambda: self.producer.init_transactions(PATIENCE))
        self.consumer.subscribe([input])

    def run(self, abort_every: int, count: int) -> None:
        while True:
            messages = [message for message in self.consumer.consume(BATCH, 0.2) if not message.error()]
            if messages:
                self.transfer(messages, abort_every)
            elif self.done() == count:
                break
        self.consumer.close()
        print(json.dumps({"committed": self.committed, "aborted": self.aborted}))

    def transfer(self, messages: list[Message], abort_every: int) -> None:
        gives_up = (self.committed + self.aborted + 1) % abort_every == 0
        try:
            self.producer.begin_transaction()
            for message in messages:
                self.producer.produce(
                    self.output, message.value(), message.key(), partition=message.partition()
                )
            positions = self.consumer.position(self.consumer.assignment())
            offsets = [position for position in positions if position.offset >= 0]
            member = self.consumer.consumer_group_metadata()
            until_answered(lambda: self.producer.send_offsets_to_transaction(offsets, member, PATIENCE))
            if gives_up:
                self.producer.flush(PATIENCE)
                self.abort()
            else:
                until_answered(lambda: self.producer.commit_transaction(PATIENCE))
                self.committed += 1
        except KafkaException as failed:
            if not failed.args[0].txn_requires_abort():
                raise
            print(f"aborted after {failed}", file=sys.stderr)
            self.abort()

    def abort(self) -> None:
        until_answered(lambda: self.producer.abort_transaction(PATIENCE))
        self.aborted += 1
        for partition in self.group_offsets():
            partition.offset = max(partition.offset, 0)
            self.consumer.seek(partition)

    def done(self) -> int:
        """How many records the group has committed."""
        return sum(max(partition.offset, 0) for partition in self.group_offsets())

    def group_offsets(self) -> list[TopicPartition]:
        found: list[TopicPartition] = []

        def ask() -> None:
            found[:] = self.consumer.committed(self.consumer.assignment(), PATIENCE)

        until_answered(ask)
        return found


def until_answered(ask: Callable[[], None]) -> None:
    """What has no answer yet is asked for again."""
    while True:
        try:
            return ask()
        except KafkaException as failed:
            if not failed.args[0].retriable():
                raise
            print(f"again after {failed}", file=sys.stderr)


def fence(endpoint: str, topic: str, id: str) -> str:
    zombie, successor = transactional(endpoint, id), transactional(endpoint, id)
    for producer, value in [(zombie, b"zombie"), (successor, b"successor")]:
        producer.init_transactions(PATIENCE)
        producer.begin_transaction()
        producer.produce(topic, value, partition=0)
        assert producer.flush(PATIENCE) == 0
    told = "nothing"
    try:
        zombie.commit_transaction(PATIENCE)
    except KafkaException as refused:
        told = refused.args[0].name()
    successor.commit_transaction(PATIENCE)
    return told


if __name__ == "__main__":
    _, endpoint, input, output, group, id, abort, count = sys.argv[1:]
    Copier(endpoint, input, output, group, id).run(int(abort), int(count))
