"""How many bytes a second go through a client, over some seconds that begin when it has found its pace."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from confluent_kafka import Consumer, KafkaError, Producer

from harness.kafka import login

MB = 1 << 20
MBIT = 1_000_000 // 8
WARM_UP = 1.0
SECONDS = 6.0
PATIENCE = 30.0


@dataclass
class Pace:
    """Counts what goes by, from the first of it after the warm-up to the last within the time."""

    begun: float
    first: float | None = None
    last: float = 0.0
    bytes: int = 0

    def add(self, bytes: int, when: float) -> None:
        if when < self.begun + WARM_UP:
            return
        if self.first is None:
            self.first = when
        elif when <= self.begun + WARM_UP + SECONDS:
            self.bytes += bytes
            self.last = max(self.last, when)

    def is_over(self) -> bool:
        return time.monotonic() > self.begun + WARM_UP + SECONDS

    def rate(self) -> float:
        assert self.first and self.last > self.first, "nothing went by"
        return self.bytes / (self.last - self.first)


def produced(
    endpoint: str, topic: str, size: int, meanwhile: Callable[[], None] | None = None
) -> float:
    """Bytes of values a second that a producer gets acknowledged. `meanwhile` is done once it goes, before the time
    begins."""
    failed: list[KafkaError] = []
    pace: Pace | None = None

    def on_delivery(error, message, sent: float) -> None:
        if error:
            failed.append(error)
        elif pace:
            # When the client heard of it, however late this is told.
            pace.add(len(message), sent + message.latency())

    producer = Producer(
        login.librdkafka(endpoint)
        | {
            "acks": "all",
            # A little of what is sent in the time, so that a client that is asked to wait does.
            "queue.buffering.max.kbytes": 4096,
            "batch.size": 128 * 1024,
            "error_cb": failed.append,
        }
    )

    def go(is_over: Callable[[], bool]) -> None:
        while not is_over():
            try:
                producer.produce(topic, bytes(size), on_delivery=partial(on_delivery, sent=time.monotonic()))
                producer.poll(0)
            except BufferError:
                producer.poll(0.05)

    if meanwhile:
        began = time.monotonic()
        go(lambda: time.monotonic() > began + 0.2)
        meanwhile()
    pace = Pace(time.monotonic())
    go(pace.is_over)
    assert producer.flush(PATIENCE) == 0, "records were neither stored nor refused"
    assert not failed, failed
    return pace.rate()


def consumed(endpoint: str, topic: str) -> float:
    """Bytes of values a second that a consumer is given of a topic with more than it can read in the time."""
    settings = {
        "group.id": f"group-{uuid.uuid4()}",
        "auto.offset.reset": "earliest",
        # What waits to be looked at would be seen all at once.
        "queued.max.messages.kbytes": 512,
        "fetch.queue.backoff.ms": 10,
    }
    consumer = Consumer(login.librdkafka(endpoint) | settings)
    try:
        consumer.subscribe([topic])
        pace: Pace | None = None
        deadline = time.monotonic() + PATIENCE
        while pace is None or not pace.is_over():
            assert time.monotonic() < deadline, "nothing came"
            for message in consumer.consume(1000, 0.1):
                assert not message.error(), message.error()
                now = time.monotonic()
                pace = pace or Pace(now)
                pace.add(len(message), now)
        return pace.rate()
    finally:
        consumer.close()
