"""The pure Python client, `kafka-python`."""

import json
import signal
import sys
import time
from pathlib import Path

from kafka import ConsumerRebalanceListener, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from harness import delivery
from harness.kafka import Received, login

PATIENCE = 30.0


class KafkaPython:
    name = "kafka-python"

    def produce(self, endpoint, topic, records, compression="none", idempotent=True):
        producer = KafkaProducer(
            **login.kafka_python(endpoint),
            acks="all",
            enable_idempotence=idempotent,
            compression_type=None if compression == "none" else compression,
            linger_ms=20,
        )
        try:
            futures = [
                producer.send(
                    topic,
                    value=record.value,
                    key=record.key,
                    headers=record.headers,
                    partition=record.partition,
                    timestamp_ms=record.timestamp,
                )
                for record in records
            ]
            stored = [future.get(PATIENCE) for future in futures]
            return [(one.partition, one.offset) for one in stored]
        finally:
            producer.close()

    def consume(self, endpoint, topic, group, count):
        consumer = KafkaConsumer(topic, **_group_member(endpoint, group))
        try:
            records = _take(consumer, count)
            consumer.commit(_positions(topic, {record.partition: record.offset + 1 for record in records}))
            return records
        finally:
            consumer.close(autocommit=False)

    def read(self, endpoint, topic, partition, offset, count):
        consumer = KafkaConsumer(**login.kafka_python(endpoint))
        try:
            consumer.assign([TopicPartition(topic, partition)])
            consumer.seek(TopicPartition(topic, partition), offset)
            return _take(consumer, count)
        finally:
            consumer.close()

    def offset(self, endpoint, topic, partition, when):
        consumer = KafkaConsumer(**login.kafka_python(endpoint))
        at = TopicPartition(topic, partition)
        try:
            if isinstance(when, int):
                found = consumer.offsets_for_times({at: when})[at]
                return found.offset if found else None
            return {"earliest": consumer.beginning_offsets, "latest": consumer.end_offsets}[when]([at])[at]
        finally:
            consumer.close()

    def committed(self, endpoint, group, topic):
        consumer = KafkaConsumer(**_group_member(endpoint, group))
        try:
            found = {
                number: consumer.committed(TopicPartition(topic, number))
                for number in _partitions(consumer, topic)
            }
            return {number: offset for number, offset in found.items() if offset is not None}
        finally:
            consumer.close(autocommit=False)

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

    def member_command(self, endpoint, topic, group, journal):
        return [sys.executable, "-m", __name__, "member", endpoint, topic, group, journal]


def _group_member(endpoint: str, group: str) -> dict:
    return login.kafka_python(endpoint) | {
        "group_id": group,
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
    }


def _positions(topic: str, offsets: dict[int, int]) -> dict[TopicPartition, OffsetAndMetadata]:
    return {
        TopicPartition(topic, partition): OffsetAndMetadata(offset, "", -1)
        for partition, offset in offsets.items()
    }


def _partitions(consumer: KafkaConsumer, topic: str) -> set[int]:
    found = consumer.partitions_for_topic(topic)
    assert found, f"no topic {topic}"
    return found


def _take(consumer: KafkaConsumer, count: int) -> list[Received]:
    records: list[Received] = []
    deadline = time.monotonic() + PATIENCE
    while len(records) < count:
        assert time.monotonic() < deadline, f"got {len(records)} of {count} records"
        polled = consumer.poll(timeout_ms=200, max_records=count - len(records))
        for batch in polled.values():
            records += [
                Received(one.partition, one.offset, one.timestamp, one.key, one.value, list(one.headers))
                for one in batch
            ]
    return records


def load(endpoint: str, topic: str, partitions: str, producer_number: str, count: str) -> None:
    """Many numbered records; see `harness.delivery`."""
    acknowledged = 0
    failed: list[Exception] = []

    def on_success(_stored):
        nonlocal acknowledged
        acknowledged += 1

    producer = KafkaProducer(
        bootstrap_servers=endpoint, acks="all", enable_idempotence=True, linger_ms=10, batch_size=131_072
    )
    for sequence in range(int(count)):
        value = delivery.value(int(producer_number), sequence)
        sent = producer.send(topic, value, partition=sequence % int(partitions))
        sent.add_callback(on_success).add_errback(failed.append)
        assert not failed, failed
    producer.flush(300)
    producer.close()
    assert not failed, failed
    print(json.dumps({"acknowledged": acknowledged}))


class Member(ConsumerRebalanceListener):
    """A group member that journals every record before it commits it, until SIGTERM."""

    COMMIT_SECONDS = 0.5

    def __init__(self, endpoint: str, topic: str, group: str, journal: str):
        self.topic = topic
        self.journal = open(Path(journal), "ab")
        self.uncommitted: dict[int, int] = {}
        self.consumer = KafkaConsumer(
            **_group_member(endpoint, group),
            session_timeout_ms=6000,
            heartbeat_interval_ms=1500,
            partition_assignment_strategy=(RangePartitionAssignor,),
        )

    def run(self) -> None:
        stopping: list[bool] = []
        signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
        self.consumer.subscribe([self.topic], listener=self)
        last_commit = time.monotonic()
        while not stopping:
            for batch in self.consumer.poll(timeout_ms=200).values():
                for record in batch:
                    self.journal.write(delivery.entry(record.partition, record.offset, record.value))
                    self.uncommitted[record.partition] = record.offset + 1
            if time.monotonic() - last_commit > self.COMMIT_SECONDS:
                self.commit()
                last_commit = time.monotonic()
        self.commit()
        self.consumer.close(autocommit=False)

    def on_partitions_assigned(self, assigned) -> None:
        self.journal.write(delivery.ASSIGNED)

    def on_partitions_revoked(self, revoked) -> None:
        # kafka-python 3 calls this on its network thread, where nothing may wait for the broker. What is not
        # committed by now, the next owner gets again.
        self.uncommitted.clear()

    def commit(self) -> None:
        self.journal.flush()
        if not self.uncommitted:
            return
        try:
            self.consumer.commit(_positions(self.topic, self.uncommitted))
        except KafkaError as refused:
            # The group moved on; whoever owns the partitions now gets these records again.
            print(f"commit refused: {refused}", file=sys.stderr)
        self.uncommitted.clear()


if __name__ == "__main__":
    command, *words = sys.argv[1:]
    if command == "load":
        load(*words)
    else:
        Member(*words).run()
