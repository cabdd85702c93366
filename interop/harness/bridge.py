"""Clients in other languages as `Cloud`s: a program that makes the calls, at the other end of a pipe."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from harness.cloud import REGION, CloudError
from harness.server import AccessKey


class Bridge:
    """One process for the life of the object.

    `untyped` gathers the actions that the client has no types for, where its program tells: those went
    through what the client has for such actions.
    """

    def __init__(self, command: list[str | Path], client: str, address: str, key: AccessKey):
        self.untyped: set[str] = set()
        self._process = subprocess.Popen(
            [*command, client, address, key.id, REGION],
            env=os.environ | {"ACCESS_KEY_SECRET": key.secret},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(self, action: str, **parameters: Any) -> dict[str, Any]:
        self._process.stdin.write(json.dumps({"action": action, "parameters": parameters}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"{self._process.args[0]} ended with status {self._process.wait()}"
        answer = json.loads(line)
        if not answer.get("typed", True):
            self.untyped.add(action)
        if "error" in answer:
            error = answer["error"]
            raise CloudError(error["code"], error.get("status"), error["message"])
        return answer["reply"]

    def close(self) -> None:
        self._process.stdin.close()
        assert self._process.wait(10) == 0
