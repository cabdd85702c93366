"""Three families of Kafka clients behind one narrow interface, so that each test is written once."""

from dataclasses import dataclass, field
from typing import Protocol

Headers = list[tuple[str, bytes | None]]


@dataclass
class Record:
    """What a test sends."""

    value: bytes | None
    key: bytes | None = None
    headers: Headers = field(default_factory=list)
    partition: int | None = None
    timestamp: int | None = None


@dataclass
class Received:
    """What a client handed to its application."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Family(Protocol):
    """One family of clients, each call with connections of its own."""

    name: str

    def produce(
        self,
        endpoint: str,
        topic: str,
        records: list[Record],
        compression: str = "none",
        idempotent: bool = True,
    ) -> list[tuple[int, int]]:
        """Sends with acks=all and returns partition and offset of each record."""

    def consume(self, endpoint: str, topic: str, group: str, count: int) -> list[Received]:
        """Joins the group, takes the next `count` records, commits exactly those and leaves."""

    def read(self, endpoint: str, topic: str, partition: int, offset: int, count: int) -> list[Received]:
        """Seeks to an offset of one partition, without a group."""

    def offset(self, endpoint: str, topic: str, partition: int, when: str | int) -> int | None:
        """The offset at "earliest", at "latest", or of the first record from a time on."""

    def committed(self, endpoint: str, group: str, topic: str) -> dict[int, int]:
        """The committed offset of each partition that has one."""

    def load_command(
        self, endpoint: str, topic: str, partitions: int, producer: int, count: int
    ) -> list[str]:
        """A program that sends numbered records (`harness.delivery`) and prints how many were stored."""

    def member_command(self, endpoint: str, topic: str, group: str, journal: str) -> list[str]:
        """A program that consumes in a group, journals (`harness.delivery`), commits; SIGTERM ends it."""


class Transactional(Family, Protocol):
    """A family with transactional producers."""

    def read(
        self, endpoint: str, topic: str, partition: int, offset: int, count: int, committed: bool = False
    ) -> list[Received]:
        """As any family; `committed` leaves out what no transaction has committed."""

    def copy_command(
        self, endpoint: str, input: str, output: str, group: str, id: str, abort: int, count: int
    ) -> list[str]:
        """A program that copies records in transactions, each partition to that of the same number, and
        aborts each `abort`-th; it ends when the group has committed `count` records, and prints how many
        transactions it has `committed` and `aborted`."""

    def fence(self, endpoint: str, topic: str, id: str) -> str:
        """Has one producer write `zombie` to partition 0, and another, with the same transactional id, write
        `successor`; then both commit. Returns what the first was told."""


def transactional_families() -> list[Transactional]:
    from harness.kafka.java import Java
    from harness.kafka.librdkafka import Librdkafka

    return [Librdkafka(), Java()]


def families() -> list[Family]:
    """All of them. The imports stand here because each of the modules imports this one."""
    from harness.kafka.java import Java
    from harness.kafka.kafka_python import KafkaPython
    from harness.kafka.librdkafka import Librdkafka

    return [Librdkafka(), KafkaPython(), Java()]
