"""Alibaba Cloud's Java clients as `Cloud`s, through the program in `java-sdk/`."""

from harness.bridge import Bridge
from harness.kafka.java import JAVA
from harness.server import REPOSITORY, AccessKey

BUILT = REPOSITORY / "target" / "interop-java-sdk"
COMMAND = [*JAVA, "-cp", f"{BUILT / 'weir-sdk.jar'}:{BUILT / 'lib'}/*", "weir.sdk.Main"]


def java_client(client: str, address: str, key: AccessKey) -> Bridge:
    return Bridge(COMMAND, client, address, key)
