"""The clients, one line each: how its program is started and what its library cannot do."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from harness.kafka.java import JAVA, QUIET
from harness.server import REPOSITORY

CONTRACT = REPOSITORY / "interop" / "contract"
BUILT = REPOSITORY / "target"

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
TRANSACTIONS, ADMINISTRATION, NEWER_GROUPS = "transactions", "administration", "newer groups"


@dataclass(frozen=True)
class Family:
    name: str
    command: list[str | Path]
    # What the library has nothing for; whatever is not named here is tested.
    without: frozenset[str] = frozenset()
    environment: dict[str, str] = field(default_factory=dict, hash=False, compare=False)

    def can(self, ability: str) -> bool:
        return ability not in self.without


def python(program: str) -> list[str | Path]:
    return [sys.executable, CONTRACT / "python" / f"{program}.py"]


def java(built_in: str) -> list[str | Path]:
    built = BUILT / built_in
    return [*JAVA, *QUIET, "-cp", f"{built}/weir-interop.jar:{built}/lib/*", "weir.interop.Main", "serve"]


def rust() -> list[str | Path]:
    return [BUILT / "interop-rust" / "weir-contract"]


def go(library: str) -> list[str | Path]:
    return [BUILT / "interop-go" / "weir-contract", library]


FAMILIES = [
    Family("confluent-kafka", python("librdkafka")),
    Family("rdkafka (Rust)", rust()),
    Family("kafka-python", python("kafka_python"), frozenset({NEWER_GROUPS})),
    Family(
        "kafka-python-ng",
        python("kafka_python"),
        frozenset({NEWER_GROUPS, TRANSACTIONS}),
        {"PYTHONPATH": str(BUILT / "interop-kafka-python-ng")},
    ),
    Family("Java, 2.x", java("interop-java-2"), frozenset({NEWER_GROUPS})),
    Family("Java, 3.x", java("interop-java-3"), frozenset({NEWER_GROUPS})),
    Family("Java, 4.x", java("interop-java")),
    Family("aiokafka", python("aiokafka_client"), frozenset({NEWER_GROUPS})),
    Family("franz-go", go("franz-go")),
    Family("kafka-go", go("kafka-go"), frozenset({NEWER_GROUPS, TRANSACTIONS})),
    # SCRAM is left to whoever uses it, as an interface to be filled in.
    Family("sarama", go("sarama"), frozenset({NEWER_GROUPS, "SCRAM-SHA-256", "SCRAM-SHA-512"})),
    Family("kafkajs", ["node", REPOSITORY / "interop" / "node" / "contract.js"], frozenset({NEWER_GROUPS})),
]
