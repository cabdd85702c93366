"""The vendor's document, asked word for word: its 34 example requests, and the fields that it prints in reply."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree

import pytest

from harness.document import Example, examples, lacking, shape_of_json, shape_of_xml
from harness.document_stage import Stage
from harness.server import REPOSITORY, Server
from harness.signer import Reply, SignedCalls, send, v1_request


@dataclass(frozen=True)
class Refused:
    """An example that a rule of the API refuses as it is printed, whatever the instance is like."""

    rule: str
    code: str
    # The one parameter that makes it acceptable.
    amended: dict[str, str]


REFUSED = {
    "UpgradePrePayOrder": Refused(
        "EipMax: not smaller than now, and within the range that goes with IoMax: 1 to 160 where that is 20, as "
        "in the example's own IoMaxSpec",
        "BIZ_FIELD_CHECK_INVALID",
        {"EipMax": "160"},
    ),
    "UpgradeInstanceVersion": Refused(
        "Same version and already the latest minor version, as every instance here is: nothing to do, which is "
        "what the vendor's clients take this code for",
        "ONS_INIT_ENV_ERROR",
        {"TargetVersion": "2.2.0"},
    ),
    "UntagResources": Refused(
        "TagKey is missing if it is empty and All, which is false by default, is not true",
        "MissingTagKey",
        {"All": "true"},
    ),
}
WAYS = [(shape, form, method) for shape in ("sdk", "document") for form, method in (("JSON", "POST"), ("XML", "GET"))]


def offered() -> set[str]:
    """From the page that is made from the code."""
    page = (REPOSITORY / "docs" / "coverage.md").read_text()
    return set(re.findall(r"^\| \[(\w+)\]\(\S+\) \| yes ", page, re.MULTILINE))


@pytest.fixture(scope="module", params=WAYS, ids="-".join)
def way(request) -> tuple[str, str, str]:
    return request.param


@pytest.fixture(scope="module")
def server(way, tmp_path_factory) -> Server:
    directory = tmp_path_factory.mktemp("document")
    (directory / "weir.toml").write_text(f"[aliyun]\nlist_shape = '{way[0]}'\n")
    server = Server(directory).start()
    yield server
    assert server.stop() == 0


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.action)
def test_example(server, way, example: Example):
    shape, form, method = way
    is_offered = example.action in offered()
    cloud = SignedCalls(server.address, server.access_key)
    request = Stage(cloud, example).set() if is_offered else example.request

    def ask(amended: dict[str, str]) -> Reply:
        signed = v1_request(server.access_key, example.action, request | amended, method, Format=form)
        return send(server.address, signed)

    answer = ask({})
    text = answer.body.decode()
    if not is_offered:
        assert answer.status == 404 and "InvalidAction.NotFound" in text
        return
    if refused := REFUSED.get(example.action):
        assert answer.status == 400 and refused.code in text, (refused.rule, text)
        # Nothing else in it is amiss.
        answer = ask(refused.amended)
        text = answer.body.decode()
    assert answer.status == 200, text
    if form == "JSON":
        reply = answer.json()
        found, printed, message = shape_of_json(reply), example.json_shape(shape == "document"), reply.get("Message")
    else:
        root = ElementTree.fromstring(text)
        assert root.tag == f"{example.action}Response"
        found, printed = shape_of_xml(root), example.xml_shape(shape == "document")
        message = root.findtext("Message")
    assert lacking(printed, found) == [], text
    assert message in example.messages()


def test_every_action_of_the_document_has_one():
    actions = [example.action for example in examples()]
    assert len(actions) == 34 and len(set(actions)) == 34


def test_a_shape_that_differs_is_noticed():
    """In each way that a reply can be wrong."""
    printed = {"Code": "number", "List": [{"Name": "text", "Open": "boolean"}]}
    assert lacking(printed, {"Code": "number", "More": "text", "List": [{"Name": "text", "Open": "boolean"}]}) == []
    for found in [
        {"Code": "text", "List": [{"Name": "text", "Open": "boolean"}]},
        {"List": [{"Name": "text", "Open": "boolean"}]},
        {"Code": "number", "List": {"Item": [{"Name": "text", "Open": "boolean"}]}},
        {"Code": "number", "List": ["nothing"]},
        {"Code": "number", "List": [{"Name": "text", "Open": "boolean or text"}]},
    ]:
        assert len(lacking(printed, found)) == 1, found
