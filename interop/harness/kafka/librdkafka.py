"""librdkafka, through `confluent-kafka`."""

import json
import signal
import sys
import time
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from harness import delivery
from harness.kafka import Received, login, transactions

PATIENCE = 30.0
# How soon a member of a classic group finds new partitions.
METADATA_MS = 1_000
# What a member of a classic group says; in the newer protocol it is not the client's to say.
CLASSIC = {
    "session.timeout.ms": 6000,
    "heartbeat.interval.ms": 1500,
    "partition.assignment.strategy": "range",
}


class Librdkafka:
    name = "librdkafka"

    def produce(self, endpoint, topic, records, compression="none", idempotent=True):
        stored: list[tuple[int, int] | None] = [None] * len(records)
        failed: list[KafkaError] = []
        producer = Producer(
            login.librdkafka(endpoint)
            | {
                "acks": "all",
                "enable.idempotence": idempotent,
                "compression.type": compression,
                "linger.ms": 20,
                "message.timeout.ms": int(PATIENCE * 1000),
            }
        )
        for index, record in enumerate(records):

            def on_delivery(error, message, index=index):
                if error:
                    failed.append(error)
                else:
                    stored[index] = (message.partition(), message.offset())

            optional = {"partition": record.partition, "timestamp": record.timestamp}
            producer.produce(
                topic,
                value=record.value,
                key=record.key,
                headers=record.headers,
                on_delivery=on_delivery,
                **{name: value for name, value in optional.items() if value is not None},
            )
        assert producer.flush(PATIENCE) == 0, "records were neither stored nor refused"
        assert not failed, failed
        return stored

    def consume(self, endpoint, topic, group, count):
        consumer = Consumer(_group_member(endpoint, group))
        try:
            consumer.subscribe([topic])
            records = _take(consumer, count)
            next_offsets = {record.partition: record.offset + 1 for record in records}
            consumer.commit(
                offsets=[
                    TopicPartition(topic, partition, offset) for partition, offset in next_offsets.items()
                ],
                asynchronous=False,
            )
            return records
        finally:
            consumer.close()

    def read(self, endpoint, topic, partition, offset, count, committed=False):
        isolation = {"isolation.level": "read_committed" if committed else "read_uncommitted"}
        consumer = Consumer(_group_member(endpoint, "unused") | isolation)
        try:
            consumer.assign([TopicPartition(topic, partition, offset)])
            return _take(consumer, count)
        finally:
            consumer.close()

    def offset(self, endpoint, topic, partition, when):
        consumer = Consumer(_group_member(endpoint, "unused"))
        try:
            if isinstance(when, int):
                (found,) = consumer.offsets_for_times(
                    [TopicPartition(topic, partition, when)], timeout=PATIENCE
                )
                return found.offset if found.offset >= 0 else None
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=PATIENCE)
            return {"earliest": low, "latest": high}[when]
        finally:
            consumer.close()

    def committed(self, endpoint, group, topic):
        consumer = Consumer(_group_member(endpoint, group))
        try:
            partitions = consumer.list_topics(topic, timeout=PATIENCE).topics[topic].partitions
            found = consumer.committed(
                [TopicPartition(topic, number) for number in partitions], timeout=PATIENCE
            )
            return {one.partition: one.offset for one in found if one.offset >= 0}
        finally:
            consumer.close()

    def load_command(self, endpoint, topic, partitions, producer, count):
        return [
            sys.executable,
            "-m",
            __name__,
            "load",
            endpoint,
            topic,
            str(partitions),
            str(producer),
            str(count),
        ]

    def member_command(self, endpoint, topic, group, journal, protocol="classic", instance=""):
        return [sys.executable, "-m", __name__, "member", endpoint, topic, group, journal, protocol, instance]

    def copy_command(self, endpoint, input, output, group, id, abort, count):
        words = ["copy", endpoint, input, output, group, id, str(abort), str(count)]
        return [sys.executable, "-m", transactions.__name__, *words]

    def fence(self, endpoint, topic, id):
        return transactions.fence(endpoint, topic, id)


def _group_member(endpoint: str, group: str) -> dict:
    return login.librdkafka(endpoint) | {
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }


def _take(consumer: Consumer, count: int) -> list[Received]:
    records: list[Received] = []
    deadline = time.monotonic() + PATIENCE
    while len(records) < count:
        assert time.monotonic() < deadline, f"got {len(records)} of {count} records"
        message = consumer.poll(0.2)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        _, timestamp = message.timestamp()
        records.append(
            Received(
                message.partition(),
                message.offset(),
                timestamp,
                message.key(),
                message.value(),
                message.headers() or [],
            )
        )
    return records


def load(endpoint: str, topic: str, partitions: str, producer_number: str, count: str) -> None:
    """Many numbered records; see `harness.delivery`."""
    acknowledged = 0
    failed: list[KafkaError] = []

    def on_delivery(error, _message):
        nonlocal acknowledged
        if error:
            failed.append(error)
        else:
            acknowledged += 1

    producer = Producer(
        {
            "bootstrap.servers": endpoint,
            "acks": "all",
            "enable.idempotence": True,
            "linger.ms": 10,
            "batch.size": 131_072,
            "queue.buffering.max.messages": 20_000,
        }
    )
    for sequence in range(int(count)):
        value = delivery.value(int(producer_number), sequence)
        while True:
            try:
                producer.produce(topic, value, partition=sequence % int(partitions), on_delivery=on_delivery)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
        assert not failed, failed
    assert producer.flush(300) == 0
    assert not failed, failed
    print(json.dumps({"acknowledged": acknowledged}))


class Member:
    """A group member that journals every record before it commits it, until SIGTERM."""

    COMMIT_SECONDS = 0.5

    def __init__(self, endpoint: str, topic: str, group: str, journal: str, protocol: str, instance: str):
        self.topic = topic
        self.journal = open(Path(journal), "ab")
        self.uncommitted: dict[int, int] = {}
        settings = {"group.protocol": protocol, "topic.metadata.refresh.interval.ms": METADATA_MS}
        settings |= CLASSIC if protocol == "classic" else {}
        if instance:
            settings["group.instance.id"] = instance
        self.consumer = Consumer(_group_member(endpoint, group) | settings)

    def run(self) -> None:
        stopping: list[bool] = []
        signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
        self.consumer.subscribe(
            [self.topic], on_assign=self.on_assign, on_revoke=self.on_revoke, on_lost=self.on_lost
        )
        last_commit = time.monotonic()
        while not stopping:
            message = self.consumer.poll(0.2)
            if message is not None and not message.error():
                self.journal.write(delivery.entry(message.partition(), message.offset(), message.value()))
                self.uncommitted[message.partition()] = message.offset() + 1
            if time.monotonic() - last_commit > self.COMMIT_SECONDS:
                self.commit()
                last_commit = time.monotonic()
        self.commit()
        self.consumer.close()

    def on_assign(self, _consumer, _partitions) -> None:
        self.journal.write(delivery.ASSIGNED)

    def on_revoke(self, _consumer, _partitions) -> None:
        self.commit()

    def on_lost(self, _consumer, _partitions) -> None:
        self.uncommitted.clear()

    def commit(self) -> None:
        self.journal.flush()
        offsets = [
            TopicPartition(self.topic, partition, offset) for partition, offset in self.uncommitted.items()
        ]
        if not offsets:
            return
        try:
            self.consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as refused:
            # The group moved on; whoever owns the partitions now gets these records again.
            print(f"commit refused: {refused}", file=sys.stderr)
        self.uncommitted.clear()


if __name__ == "__main__":
    command, *words = sys.argv[1:]
    if command == "load":
        load(*words)
    else:
        Member(*words).run()
