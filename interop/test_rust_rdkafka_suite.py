"""rust-rdkafka's own tests, one result for each; `rust-rdkafka/tests.txt` says why not all of them run."""

import json
from functools import cache
from pathlib import Path

import pytest

from harness import rust_rdkafka_suite
from harness.cloud import instance_bought
from harness.signer import SignedCalls
from harness.suite_list import entries

LISTED = entries(Path(__file__).parent / "rust-rdkafka" / "tests.txt")
RUN = [entry for entry in LISTED if not entry.reason]
# The first result waits for the build.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def programs():
    return rust_rdkafka_suite.built()


@pytest.fixture(scope="module")
def results(weir, programs):
    """What a program's tests came to, by program."""
    instance = instance_bought(SignedCalls(weir.address, weir.access_key))
    wanted = {"auto.create.topics.enable": "true", "num.partitions": "3"}
    instance.call("UpdateInstanceConfig", Config=json.dumps(wanted))

    @cache
    def of(program: str):
        excluded = [entry.name.partition("::") for entry in LISTED if entry.reason]
        own = {name for owner, _, name in excluded if owner == program}
        return rust_rdkafka_suite.results(programs[program], instance.endpoint, own)

    return of


@pytest.mark.parametrize("entry", RUN, ids=lambda entry: entry.name)
def test_passes(results, entry):
    program, _, name = entry.name.partition("::")
    words, said = results(program)
    assert words.get(name) == "ok", f"{entry.name}: {words.get(name)}\n{said[-6000:]}"


def test_every_test_of_the_suite_is_listed(programs):
    names = rust_rdkafka_suite.names
    found = {f"{program}::{name}" for program, path in programs.items() for name in names(path)}
    assert {entry.name for entry in LISTED} == found
