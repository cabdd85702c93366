"""Alibaba Cloud's Node clients as `Cloud`s, through `node/bridge.js`."""

from harness.bridge import Bridge
from harness.server import REPOSITORY, AccessKey

COMMAND = ["node", REPOSITORY / "interop" / "node" / "bridge.js"]


def node_client(client: str, address: str, key: AccessKey) -> Bridge:
    return Bridge(COMMAND, client, address, key)
