"""Kafka clients log in over TLS, with the authority that the data directory has made."""

import json
import uuid

import pytest
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from harness.cloud import Instance, instance_bought, instance_find, unthrottled
from harness.kafka import Record, login
from harness.kafka.librdkafka import Librdkafka
from harness.kafka.login import Login
from harness.server import Server
from harness.signer import SignedCalls
from harness.target import connect, is_closed_by_peer
from harness.waiting import wait_until


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("secured")).start()
    yield server
    assert server.stop() == 0


@pytest.fixture(scope="module")
def public(server) -> Instance:
    return instance_bought(SignedCalls(server.address, server.access_key), public=True)


@pytest.fixture(scope="module")
def authority(server) -> str:
    return str(server.data / "ca.pem")


def row(instance: Instance) -> dict:
    return instance_find(instance.cloud, instance.id)


def number(endpoint: str) -> int:
    return int(endpoint.rpartition(":")[2])


def first_user(instance: Instance) -> dict:
    """The one that an instance on the internet is deployed with."""
    users = instance.call("DescribeSaslUsers")["SaslUserList"]["SaslUserVO"]
    return next(user for user in users if user["Username"] == instance.id)


def sends_and_reads(whom: Login, topic: str) -> None:
    # More than one record of TLS, and more than is copied at a time.
    value = whom.encode() + b"x" * 200_000
    ((_, offset),) = Librdkafka().produce(whom, topic, [Record(value, partition=0)])
    (received,) = Librdkafka().read(whom, topic, 0, offset, 1)
    assert received.value == value


def refusal(whom: Login) -> KafkaError:
    """Why librdkafka does not get in."""
    seen: list[KafkaError] = []
    admin = AdminClient(login.librdkafka(whom) | {"error_cb": seen.append})
    with pytest.raises(KafkaException):
        admin.list_topics(timeout=1)

    def found() -> KafkaError | None:
        admin.poll(0.1)
        causes = {KafkaError._AUTHENTICATION, KafkaError._SSL}
        return next((one for one in seen if one.code() in causes), None)

    return wait_until("the reason is told", found, 20)


@pytest.fixture(scope="module")
def topic(public) -> str:
    name = f"topic-{uuid.uuid4()}"
    unthrottled(lambda: public.call("CreateTopic", Topic=name, Remark="logins", PartitionNum="3"))
    return name


@pytest.fixture
def whom(public, authority) -> Login:
    user = first_user(public)
    return Login(row(public)["SslEndPoint"], user["Username"], user["Password"], authority=authority)


def test_the_first_user_sends_and_reads_over_the_internet(public, topic, whom, authority):
    assert number(whom) == number(public.endpoint) + 1
    assert not row(public)["VpcSaslEndPoint"]
    sends_and_reads(whom, topic)
    named = Login(row(public)["SslDomainEndpoint"], whom.user, whom.password, authority=authority)
    assert named.startswith("localhost:")
    sends_and_reads(named, topic)


def test_a_wrong_password_and_an_unknown_authority_are_told_apart(whom, authority):
    wrong = Login(str(whom), whom.user, "pencil", authority=authority)
    assert refusal(wrong).code() == KafkaError._AUTHENTICATION
    doubtful = Login(str(whom), whom.user, whom.password, authority=login.SYSTEM)
    assert refusal(doubtful).code() == KafkaError._SSL


def test_whoever_sends_a_password_in_clear_to_a_port_with_tls_is_closed(whom):
    with connect(number(whom)) as socket:
        socket.sendall(b"\0\0\0\x11\0\x11\0\1\0\0\0\0\xff\xff\0\5PLAIN")
        assert is_closed_by_peer(socket)


def test_the_private_port_opens_and_closes_with_its_setting(server, topic, public, authority):
    assert not row(public)["VpcSaslEndPoint"]
    settings = {"enable.acl": "true", "enable.vpc_sasl_ssl": "true"}
    public.call("UpdateInstanceConfig", Config=json.dumps(settings))
    everything = {"Username": "*", "AclResourceName": "*", "AclResourcePatternType": "LITERAL"}
    for kind, operations in [("Topic", "Read,Write"), ("Group", "Read")]:
        public.call(
            "CreateAcl", **everything, AclResourceType=kind, AclOperationType="Read", AclOperationTypes=operations
        )
    name = f"user-{uuid.uuid4()}"
    public.call("CreateSaslUser", Username=name, Password="pencil", Type="scram", Mechanism="SCRAM-SHA-512")

    def whom() -> Login:
        return Login(row(public)["VpcSaslEndPoint"], name, "pencil", "SCRAM-SHA-512", authority)

    assert number(whom()) == number(public.endpoint) + 3
    sends_and_reads(whom(), topic)
    server.kill()
    server.start()
    sends_and_reads(whom(), topic)
    gone = number(whom())
    public.call("UpdateInstanceConfig", Config=json.dumps({"enable.vpc_sasl_ssl": "false"}))
    assert not row(public)["VpcSaslEndPoint"]
    with pytest.raises(ConnectionRefusedError):
        connect(gone)
