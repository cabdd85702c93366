"""Which actions a client was seen to call, and how they were answered."""

import json
import re
import shlex
from typing import Any

from harness.clients import CLIENTS, GENERIC
from harness.cloud import REGION, Cloud, CloudError
from harness.document import Shape, merged, shape_of_json
from harness.server import REPOSITORY

PAGES = REPOSITORY / "docs" / "actions" / "alikafka"
PAGE = REPOSITORY / "docs" / "clients.md"
UNKNOWN = "alikafka_post-cn-000000000000"

HEAD = """# Which clients call what

Made by the tests, which make every call below and every action's refusal with the client of that column, unmodified but
for the endpoint: `typed` through the client's own types, `generic` through its call for actions that it has no types for.
Each reply was read by the client, and each refusal came out of it as its own error with the documented code.

| Column | Package |
| --- | --- |
| Python; Python, V1 | `alibabacloud_alikafka20190916`, signing with ACS3 and with version 1 |
| Python, older | `aliyun-python-sdk-alikafka` |
| Node | `@alicloud/alikafka20190916` |
| Node, pop-core | `@alicloud/pop-core`, which has no types |
| Go, core | `darabonba-openapi`, the core under the current SDK, which has no types |
| Go, older | `alibaba-cloud-sdk-go` |
| Java | `com.aliyun:alikafka20190916` |
| Java, older | `aliyun-java-sdk-alikafka` |
"""

# Nothing in it can be wrong but that its one parameter is missing, which the older clients fill in.
NEVER_REFUSED = {"GetAllInstanceIdList"}
# A call that is refused, for actions that do not need an instance; by what, is in the pages.
REFUSED: dict[str, dict[str, Any]] = {
    "CreatePostPayOrder": {"DeployType": 5, "DiskType": "7", "DiskSize": 500, "IoMax": 20},
    "GetInstanceList": {"InstanceId": [UNKNOWN] * 101},
    "ListTagResources": {"ResourceType": "NOTHING", "ResourceId": [UNKNOWN]},
    "UntagResources": {"ResourceType": "INSTANCE", "ResourceId": [UNKNOWN], "TagKey": ["team"]},
}


def offered() -> list[str]:
    """The folder of generated pages is the list of what is offered."""
    return sorted(page.stem for page in PAGES.glob("*.md"))


class Witness:
    """A client that remembers: for each action the shape of what it made of the replies, and the codes of refusals."""

    def __init__(self, cloud: Cloud):
        self._cloud = cloud
        self.answered: dict[str, Shape] = {}
        self.refused: dict[str, set[str]] = {}

    def call(self, action: str, **parameters: Any) -> dict[str, Any]:
        try:
            reply = self._cloud.call(action, **parameters)
        except CloudError as error:
            self.refused.setdefault(action, set()).add(error.code)
            raise
        shape = shape_of_json(reply)
        self.answered[action] = merged([self.answered[action], shape]) if action in self.answered else shape
        return reply

    @property
    def untyped(self) -> set[str]:
        """Those that went through what the client has for actions that it does not know."""
        return getattr(self._cloud, "untyped", set())


def refuse_the_rest(witness: Witness) -> None:
    """Every action that no walk has seen refused: on an instance that is not there, unless it needs none."""
    for action in set(offered()) - set(witness.refused) - NEVER_REFUSED:
        wanted = REFUSED.get(action) or example(action) | {"InstanceId": UNKNOWN}
        try:
            witness.call(action, **{"RegionId": REGION} | wanted)
        except CloudError as error:
            documents = [PAGES / f"{action}.md", REPOSITORY / "docs" / "dialects" / "alikafka.md"]
            assert any(f"`{error.code}`" in page.read_text() for page in documents), f"{action}: {error}"
            assert error.status in (400, 404, None), f"{action}: {error}"
        else:
            raise AssertionError(f"{action} was not refused: {wanted}")


def seen(client: str, witness: Witness) -> dict[str, str]:
    """A client's column of the page."""
    generic = set(offered()) if client in GENERIC else witness.untyped
    return {action: "generic" if action in generic else "typed" for action in offered()}


def column_of(client: str) -> dict[str, str]:
    """A client's column as the page has it."""
    at = list(CLIENTS).index(client)
    rows = re.findall(r"^\| \[(\w+)\]\(\S+\) \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
    return {action: cells.split(" | ")[at] for action, cells in rows}


def page_of(columns: dict[str, dict[str, str]]) -> str:
    rows = [
        f"| [{action}](actions/alikafka/{action}.md) | {' | '.join(column[action] for column in columns.values())} |"
        for action in offered()
    ]
    return "\n".join([HEAD, f"| Action | {' | '.join(columns)} |", "|" + " --- |" * (len(columns) + 1), *rows, ""])


def example(action: str) -> dict[str, Any]:
    """The parameters of an action's page."""
    page = (PAGES / f"{action}.md").read_text()
    words = shlex.split(re.search(rf"^weir call {action} ?(.*)$", page, re.MULTILINE)[1])
    return dict(word.split("=", 1) for word in words)


def reply_shape(action: str) -> Shape:
    """The shape of the reply on an action's page."""
    page = (PAGES / f"{action}.md").read_text()
    reply = re.search(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[1]
    # Where a number differs from run to run, the page has a word without quotes.
    return shape_of_json(json.loads(re.sub(r":([A-Z]+)\b", ":0", reply)))
