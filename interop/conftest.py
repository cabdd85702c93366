"""The server and what the tests buy on it."""

import os
import uuid

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

# Comes before the imports below: asserts in modules that are already loaded would fail without saying why.
pytest.register_assert_rewrite("harness")

from harness.cloud import Instance, instance_bought  # noqa: E402
from harness.server import Server  # noqa: E402
from harness.signer import SignedCalls  # noqa: E402
from harness.terraform.network import Network  # noqa: E402
from harness.terraform.provider import SHAPES, Provider  # noqa: E402
from harness.terraform.wanted import network_wanted  # noqa: E402


@pytest.fixture(scope="session")
def weir(tmp_path_factory):
    """One server for all tests that neither kill it nor attack it."""
    server = Server(tmp_path_factory.mktemp("weir")).start()
    yield server
    assert server.stop() == 0, "SIGTERM did not end in a clean exit"


@pytest.fixture(scope="module")
def instance(weir) -> Instance:
    """A bought and started instance on the shared server; each file has its own, for one has room for 100 topics."""
    return instance_bought(SignedCalls(weir.address, weir.access_key))


@pytest.fixture(scope="module")
def endpoint(request) -> str:
    """Where Kafka clients connect: the instance's endpoint, or KAFKA_PEER."""
    return os.environ.get("KAFKA_PEER") or request.getfixturevalue("instance").endpoint


@pytest.fixture
def topic(endpoint) -> str:
    """A topic of three partitions, made by a Kafka client."""
    name = f"topic-{uuid.uuid4()}"
    admin = AdminClient({"bootstrap.servers": endpoint})
    admin.create_topics([NewTopic(name, 3, 1)])[name].result(20)
    return name


@pytest.fixture
def group() -> str:
    return f"group-{uuid.uuid4()}"


@pytest.fixture(scope="module", params=SHAPES)
def provider(request, tmp_path_factory) -> Provider:
    """Terraform's, on a server of its own: an account with networks is held to them, which others do not expect."""
    server = Server(tmp_path_factory.mktemp("terraform")).start()
    yield Provider(server.address, server.access_key, request.param)
    assert server.stop() == 0


@pytest.fixture
def network(provider) -> str:
    resource = Network(provider)
    id = resource.create(network_wanted())
    yield id
    resource.delete(id)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows what the servers said."""
    report = yield
    if report.failed:
        for server in Server.running:
            report.sections.append((f"log of the server at {server.address}", server.log_tail()))
    return report


def pytest_sessionfinish():
    """A fixture that failed half-way may have left its server behind."""
    for server in list(Server.running):
        server.kill()
