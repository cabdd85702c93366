"""The tests of Rust's Kafka clients, one result for each; `rust-suites/` says why not all of them run."""

import json
from functools import cache
from pathlib import Path

import pytest

from harness.cloud import Instance, instance_bought, instance_find
from harness.rust_suites import PASSWORD, SUITES, USER, Suite, built, names, results
from harness.server import Server
from harness.signer import SignedCalls
from harness.suite_list import entries

LISTED = {suite: entries(Path(__file__).parent / "rust-suites" / f"{suite.package}.txt") for suite in SUITES}
RUN = [
    pytest.param(suite, *entry.name.split("::", 1), id=f"{suite.package}-{entry.name}")
    for suite in SUITES
    for entry in LISTED[suite]
    if not entry.reason
]
# The first result waits for the build.
pytestmark = pytest.mark.timeout(900)
programs = cache(built)


@pytest.fixture(scope="module")
def results_of(tmp_path_factory):
    """What the tests of a suite's program came to."""
    server = Server(tmp_path_factory.mktemp("weir")).start()
    cloud = SignedCalls(server.address, server.access_key)
    login = guarded(cloud)

    @cache
    def of(suite: Suite, program: str):
        # Each program makes a topic for each of its tests.
        plain = bought(cloud, suite.makes_topics)
        excluded = [entry.name.split("::", 1) for entry in LISTED[suite] if entry.reason]
        own = {name for owner, name in excluded if owner == program}
        return results(programs(suite)[program], suite.environment(plain.endpoint, login), own)

    yield of
    assert server.stop() == 0


def bought(cloud: SignedCalls, makes_topics: bool) -> Instance:
    """An instance with three partitions for topics that nobody has made, as the suites' own broker has."""
    instance = instance_bought(cloud)
    wanted = {"auto.create.topics.enable": json.dumps(makes_topics), "num.partitions": "3"}
    instance.call("UpdateInstanceConfig", Config=json.dumps(wanted))
    return instance


def guarded(cloud: SignedCalls) -> str:
    """Where the suites' user can log in."""
    instance = instance_bought(cloud)
    instance.call("UpdateInstanceConfig", Config=json.dumps({"enable.acl": "true"}))
    instance.call("CreateSaslUser", Username=USER, Password=PASSWORD, Type="plain")
    return instance_find(cloud, instance.id)["SaslDomainEndpoint"]


@pytest.mark.parametrize(("suite", "program", "name"), RUN)
def test_passes(results_of, suite, program, name):
    words, said = results_of(suite, program)
    assert words.get(name) == "ok", f"{program}::{name}: {words.get(name)}\n{said[-6000:]}"


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.package)
def test_every_test_of_the_suite_is_listed(suite):
    found = {f"{program}::{name}" for program, path in programs(suite).items() for name in names(path)}
    assert {entry.name for entry in LISTED[suite]} == found
