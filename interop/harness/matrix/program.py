"""A client library behind the commands of `contract/README.md`, as a process that lives as long as the tests."""

import base64
import json
import os
import select
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.kafka.login import Login

PATIENCE = 90


@dataclass
class Refused(Exception):
    """An error as the library told it, with Kafka's code where it does."""

    code: int | None
    message: str

    def __str__(self) -> str:
        return f"{self.message} ({self.code})"


@dataclass(frozen=True)
class Record:
    """What is sent, and, but for the offset, what comes back."""

    partition: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    offset: int = field(default=-1, compare=False)


class Program:
    def __init__(self, command: list[str | Path], directory: Path, environment: dict[str, str]):
        self._errors = (directory / "errors.log").open("w+")
        self._process = subprocess.Popen(
            command,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )

    def ask(self, do: str, at: str | dict | None = None, **parameters: Any) -> dict:
        """One command and its answer; `at` is an endpoint, or all of it in the words of the commands."""
        where = {} if at is None else {"at": at if isinstance(at, dict) else place(at)}
        line = json.dumps({"do": do} | where | parameters)
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        answer = self._process.stdout.readline() if ready else b""
        assert answer, f"no answer to {line[:200]}\n{self.said()}"
        told = json.loads(answer)
        if "error" in told:
            raise Refused(told["error"]["code"], told["error"]["message"])
        return told

    def produce(self, at: str, topic: str, codec: str, records: list[Record]) -> list[int]:
        return self.ask("produce", at, topic=topic, codec=codec, records=[lined(one) for one in records])["offsets"]

    def read(
        self, at: str, topic: str, partition: int, offset: int, count: int, committed: bool = False
    ) -> list[Record]:
        what = {"topic": topic, "partition": partition, "offset": offset, "count": count}
        return unlined(self.ask("read", at, **what, committed=committed))

    def consume(self, at: str, topic: str, group: str, count: int) -> list[Record]:
        return unlined(self.ask("consume", at, topic=topic, group=group, count=count))

    def committed(self, at: str, group: str, topic: str) -> dict[int, int]:
        found = self.ask("committed", at, group=group, topic=topic)["offsets"]
        return {int(partition): offset for partition, offset in found.items()}

    def said(self) -> str:
        """The end of what it wrote to standard error."""
        self._errors.seek(0)
        return self._errors.read()[-4000:]

    def close(self) -> None:
        """The end of its input ends it; what clings on, by threads of its library, is killed."""
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()


def place(endpoint: str) -> dict[str, str]:
    where = {"endpoint": str(endpoint)}
    if isinstance(endpoint, Login):
        where |= {"user": endpoint.user, "password": endpoint.password, "mechanism": endpoint.mechanism}
    return where


def lined(record: Record) -> dict:
    return {
        "partition": record.partition,
        "key": encoded(record.key),
        "value": encoded(record.value),
        "headers": [[name, encoded(content)] for name, content in record.headers],
    }


def unlined(answer: dict) -> list[Record]:
    return [
        Record(
            one["partition"],
            decoded(one["key"]),
            decoded(one["value"]),
            tuple((name, decoded(content)) for name, content in one["headers"]),
            one["offset"],
        )
        for one in answer["records"]
    ]


def encoded(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


def decoded(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)
