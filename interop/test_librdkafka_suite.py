"""librdkafka's own tests, one result for each; `librdkafka/tests.txt` says which, and why not the others."""

import json
import os
from pathlib import Path

import pytest

from harness import librdkafka_suite
from harness.cloud import Instance, instance_bought, instance_find
from harness.kafka import tools
from harness.kafka.login import Login
from harness.server import Server
from harness.signer import SignedCalls
from harness.suite_list import entries

LISTED = entries(Path(__file__).parent / "librdkafka" / "tests.txt")
FULL = bool(os.environ.get("WEIR_FULL"))
RUN = [entry for entry in LISTED if not entry.reason and (FULL or entry.place not in ("local", "long"))]
# The most that can be bought: one test alone makes a thousand partitions.
TOPICS = 450
# The first result waits for the build, the others for what is before them.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def programs():
    return librdkafka_suite.built()


@pytest.fixture(scope="module")
def suite(request, programs, tmp_path_factory):
    directory = tmp_path_factory.mktemp("librdkafka")
    server = Server(directory / "weir").start()
    cloud = SignedCalls(server.address, server.access_key)
    suite = librdkafka_suite.Suite(directory, programs, places(cloud, directory))
    tests = [item for item in request.session.items if item.module is request.module]
    suite.begin([item.callspec.params["entry"] for item in tests if item.originalname == "test_passes"])
    yield suite
    suite.stop()
    assert server.stop() == 0


def places(cloud: SignedCalls, directory) -> dict[str, str]:
    """Instances as the suite's scenarios want them; one more for writing rules, and one for logging in."""
    guarded = bought(cloud, {"auto.create.topics.enable": "true", "enable.acl": "true"})
    everything = ("--topic", "*", "--group", "*", "--transactional-id", "*", "--cluster")
    tools.run(directory, guarded.endpoint, "kafka-acls", "--add", "--allow-principal", "User:*", *everything)
    guarded.call("CreateSaslUser", Username="tester", Password="secret")
    login = instance_find(cloud, guarded.id)["SaslDomainEndpoint"]
    default = bought(cloud, {"auto.create.topics.enable": "true"}).endpoint
    return {
        "default": default,
        "local": default,
        "another": bought(cloud, {"auto.create.topics.enable": "true"}).endpoint,
        "long": bought(cloud, {"auto.create.topics.enable": "true"}).endpoint,
        "newer": default,
        "noautocreate": bought(cloud, {"auto.create.topics.enable": "false"}).endpoint,
        "rules": bought(cloud, {"enable.acl": "true"}).endpoint,
        "login": Login(login, "tester", "secret"),
    }


def bought(cloud: SignedCalls, settings: dict[str, str]) -> Instance:
    """An instance with four partitions for topics that nobody has made, which the suite counts on."""
    instance = instance_bought(cloud, topics=TOPICS)
    instance.call("UpdateInstanceConfig", Config=json.dumps({"num.partitions": "4"} | settings))
    return instance


@pytest.mark.parametrize("entry", RUN, ids=lambda entry: entry.name)
def test_passes(suite, entry):
    outcome = suite.outcome(entry)
    assert outcome.state == "PASSED", f"{entry.name}: {outcome.state}\n{outcome.log[-6000:]}"


def test_every_test_of_the_suite_is_listed(programs):
    whole = {entry.test for entry in LISTED}
    assert whole == librdkafka_suite.declared(programs)
    for test in {entry.test for entry in LISTED if entry.part}:
        listed = {entry.part for entry in LISTED if entry.test == test}
        assert listed == librdkafka_suite.parts(programs, test), test
