"""The vendor's clients by name, each as a `Cloud`."""

from collections.abc import Callable
from contextlib import contextmanager

from harness.bridge import Bridge
from harness.cloud import Cloud
from harness.go import go_client
from harness.java_sdk import java_client
from harness.node import node_client
from harness.python_sdk import CurrentSdk, LegacySdk
from harness.server import AccessKey

# In the order of the page that says what each of them was seen to call.
CLIENTS: dict[str, Callable[[str, AccessKey], Cloud]] = {
    "Python": CurrentSdk,
    "Python, V1": lambda address, key: CurrentSdk(address, key, signature_algorithm="v2"),
    "Python, older": LegacySdk,
    "Node": lambda address, key: node_client("alikafka20190916", address, key),
    "Node, pop-core": lambda address, key: node_client("pop-core-post", address, key),
    "Go, core": lambda address, key: go_client("darabonba-openapi", address, key),
    "Go, older": lambda address, key: go_client("alibaba-cloud-sdk-go", address, key),
    "Java": lambda address, key: java_client("alikafka20190916", address, key),
    "Java, older": lambda address, key: java_client("aliyun-java-sdk-alikafka", address, key),
}
# These have no types for any action.
GENERIC = {"Node, pop-core", "Go, core"}


@contextmanager
def opened(name: str, address: str, key: AccessKey):
    client = CLIENTS[name](address, key)
    yield client
    if isinstance(client, Bridge):
        client.close()
