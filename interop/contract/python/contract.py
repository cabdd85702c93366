"""The commands of `../README.md`: lines in, lines out, for any client library of Python."""

import base64
import json
import sys
import threading
from collections.abc import Callable
from typing import Any

PATIENCE = 30.0


class Refused(Exception):
    """The library's own error, with Kafka's code for it where it tells."""

    def __init__(self, code: int | None, message: object):
        super().__init__(str(message))
        self.code = code


def serve(client: Any) -> None:
    """`client` has a method for each command that its library can do."""
    # Libraries log to standard output at times; answers are not to be mixed with that.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = getattr(client, asked.pop("do"))(**asked)
        except Refused as refused:
            answer = {"error": {"code": refused.code, "message": str(refused)}}
        print(json.dumps(answer or {}), file=answers, flush=True)


def encoded(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


def decoded(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


def record(partition: int, offset: int, key: bytes | None, value: bytes | None, headers: Any) -> dict:
    return {
        "partition": partition,
        "offset": offset,
        "key": encoded(key),
        "value": encoded(value),
        "headers": [[name, encoded(content)] for name, content in headers or []],
    }


def headers_of(record: dict) -> list[tuple[str, bytes | None]]:
    return [(name, decoded(content)) for name, content in record["headers"]]


class Member:
    """A member of a group on a thread of its own: `run` consumes until `stopping` is set, and notes what it sees."""

    def __init__(self, run: Callable[["Member"], None]):
        self.stopping = threading.Event()
        self.assigned: list[int] = []
        self.records: list[tuple[int, int]] = []
        self._failed: Exception | None = None
        self._run = run
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def _follow(self) -> None:
        try:
            self._run(self)
        except Exception as failed:
            self._failed = failed

    def seen(self) -> dict:
        if self._failed:
            raise self._failed
        return {"assigned": list(self.assigned), "records": list(self.records)}

    def leave(self) -> None:
        self.stopping.set()
        self._thread.join(PATIENCE)
        if self._failed:
            raise self._failed


class Members(dict[str, Member]):
    """Those of one program, by name."""

    def seen(self, member: str) -> dict:
        return self[member].seen()

    def leave(self, member: str) -> None:
        self.pop(member).leave()
