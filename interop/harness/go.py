"""Alibaba Cloud's Go clients as `Cloud`s, through the program in `go/`."""

from harness.bridge import Bridge
from harness.server import REPOSITORY, AccessKey

COMMAND = [REPOSITORY / "target" / "interop-go" / "weir-interop"]


def go_client(client: str, address: str, key: AccessKey) -> Bridge:
    return Bridge(COMMAND, client, address, key)
