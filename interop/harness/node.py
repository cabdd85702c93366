"""Alibaba Cloud's Node clients as `Cloud`s: `node/bridge.js` at the other end of a pipe."""

import json
import os
import subprocess
from typing import Any

from harness.cloud import REGION, CloudError
from harness.server import REPOSITORY, AccessKey

BRIDGE = REPOSITORY / "interop" / "node" / "bridge.js"


class NodeClient:
    """One Node process for the life of the object."""

    def __init__(self, client: str, address: str, key: AccessKey):
        self._process = subprocess.Popen(
            ["node", BRIDGE, client, address, key.id, REGION],
            env=os.environ | {"ACCESS_KEY_SECRET": key.secret},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(self, action: str, **parameters: Any) -> dict[str, Any]:
        self._process.stdin.write(json.dumps({"action": action, "parameters": parameters}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"node ended with status {self._process.wait()}"
        answer = json.loads(line)
        if "error" in answer:
            error = answer["error"]
            raise CloudError(error["code"], error.get("status"), error["message"])
        return answer["reply"]

    def close(self) -> None:
        self._process.stdin.close()
        assert self._process.wait(10) == 0
