"""Producers that send numbered records at a steady rate until they are stopped."""

import threading
import time
from pathlib import Path
from typing import Protocol

from confluent_kafka import KafkaError, KafkaException, Producer

from harness import delivery
from harness.kafka import java, login
from harness.programs import Programs
from harness.steady.history import Entry, numbered

PATIENCE = 60.0
PER_SECOND = 400
SETTINGS = {
    "acks": "all",
    "enable.idempotence": True,
    "linger.ms": 2,
    "batch.size": 65_536,
    # As Java's does: by the key, over the partitions that it knows of.
    "partitioner": "murmur2_random",
    "message.timeout.ms": int(PATIENCE * 1000),
    "topic.metadata.refresh.interval.ms": 1_000,
    "reconnect.backoff.ms": 10,
    "reconnect.backoff.max.ms": 200,
    "retry.backoff.ms": 20,
    "message.max.bytes": 8 << 20,
    # Refused connections are the point of some tests, not news.
    "log_level": 2,
}


class Sender(Protocol):
    def acknowledged(self) -> list[Entry]:
        """So far. Fails if anything was refused."""

    def stop(self) -> list[Entry]:
        """What was acknowledged, once that is all that was sent."""


class Librdkafka:
    """A producer in a thread of its own."""

    def __init__(
        self, endpoint: str, topic: str, number: int, size: int = 200, per_second: int = PER_SECOND, age_ms: int = 0
    ):
        self._topic, self._number, self._size, self._per_second = topic, number, size, per_second
        self._acknowledged: list[Entry] = []
        self._failed: list[KafkaError] = []
        self._sent = 0
        self._stopping = threading.Event()
        # How much older than they are records are said to be, and those of which it was said.
        self._age_ms, self.aged = age_ms, set[int]()
        self._is_renewing = threading.Event()
        self._producer = Producer(login.librdkafka(endpoint) | SETTINGS)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def acknowledged(self) -> list[Entry]:
        assert not self._failed, self._failed
        return self._acknowledged.copy()

    def behind(self) -> int:
        """Records that are not acknowledged yet, of those that its rate has had it send."""
        return self._due() - len(self._acknowledged)

    def renew(self) -> None:
        """From now on records have their own time; none of them shares a batch with older ones."""
        self._is_renewing.set()

    def stop(self) -> list[Entry]:
        self._stopping.set()
        self._thread.join(PATIENCE + 10)
        acknowledged = self.acknowledged()
        assert len(acknowledged) == self._sent, "records were neither stored nor refused"
        return acknowledged

    def _due(self) -> int:
        return int((time.monotonic() - self._began) * self._per_second)

    def _run(self) -> None:
        self._began = time.monotonic()
        while not self._stopping.is_set():
            while self._sent < self._due() and self._send():
                pass
            self._producer.poll(0.005)
        self._producer.flush(PATIENCE)

    def _send(self) -> bool:
        if self._is_renewing.is_set() and self._age_ms:
            if len(self._acknowledged) < self._sent:
                return False
            self._age_ms = 0
        value = delivery.value(self._number, self._sent, self._size)
        at = {"timestamp": int(time.time() * 1000) - self._age_ms, "on_delivery": self._on_delivery}
        try:
            self._producer.produce(self._topic, value, key=str(self._sent), **at)
        except BufferError:
            self._producer.poll(0.02)
            return False
        if self._age_ms:
            self.aged.add(self._sent)
        self._sent += 1
        return True

    def _on_delivery(self, error, message) -> None:
        if error:
            self._failed.append(error)
        else:
            self._acknowledged.append(numbered(message.partition(), message.offset(), message.value()))


class Java:
    """Java's, as a program that journals what was acknowledged."""

    def __init__(self, programs: Programs, endpoint: str, topic: str, number: int, directory: Path):
        self._journal = directory / f"java-{number}.acknowledged"
        arguments = {"topic": topic, "producer": number, "rate": PER_SECOND, "journal": self._journal}
        self._program = programs.start(java.command("stream", endpoint, **arguments))

    def acknowledged(self) -> list[Entry]:
        self._program.assert_running()
        return delivery.journal_read(self._journal)

    def stop(self) -> list[Entry]:
        self._program.stop(PATIENCE)
        acknowledged = delivery.journal_read(self._journal)
        sequences = sorted(sequence for _, _, sequence, _ in acknowledged)
        assert sequences == list(range(len(sequences))), "records were neither stored nor refused"
        return acknowledged


class Single:
    """A producer that stays connected and sends one record at a time, of any size."""

    def __init__(self, endpoint: str, topic: str, number: int, is_idempotent: bool = True):
        self._topic, self._number = topic, number
        self._acknowledged: list[Entry] = []
        self._sent = 0
        settings = login.librdkafka(endpoint) | SETTINGS | {"enable.idempotence": is_idempotent}
        self._producer = Producer(settings)

    def send(self, size: int) -> int | None:
        """The code that it was refused with; none when it is stored."""
        outcomes: list[int | None] = []

        def on_delivery(error, message) -> None:
            if not error:
                self._acknowledged.append(numbered(message.partition(), message.offset(), message.value()))
            outcomes.append(error.code() if error else None)

        # Otherwise it remembers a refusal for minutes, and asks nobody.
        self._producer.list_topics(self._topic, timeout=PATIENCE)
        value = delivery.value(self._number, self._sent, size)
        try:
            self._producer.produce(self._topic, value, key=str(self._sent), on_delivery=on_delivery)
        except KafkaException as refused:
            return refused.args[0].code()
        self._sent += 1
        assert self._producer.flush(PATIENCE) == 0, "neither stored nor refused"
        return outcomes[0]

    def acknowledged(self) -> list[Entry]:
        return self._acknowledged

    def stop(self) -> list[Entry]:
        # Closed when it is no more, and not before: it would ask for its server for as long as it is there.
        del self._producer
        return self._acknowledged
