"""Kafka clients log in on the port that the API names, as the users that the API has made."""

import json
import shutil
import subprocess
import uuid
from collections.abc import Callable
from contextlib import closing

import kafka
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from kafka.errors import KafkaError as KafkaPythonError

from harness.administration.access import connect_from, is_cut_off
from harness.cloud import Instance, instance_bought, instance_find, unthrottled
from harness.kafka import Family, Record, families, login
from harness.kafka.login import PLAIN, SCRAM, Login
from harness.server import Server
from harness.signer import SignedCalls
from harness.waiting import wait_until

FAMILIES = families()
MECHANISMS = [PLAIN, *SCRAM]
PASSWORD = "p!n,c=il"

every_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
every_mechanism = pytest.mark.parametrize("mechanism", MECHANISMS)


@pytest.fixture(scope="module")
def guarded(weir) -> Instance:
    return guard(instance_bought(SignedCalls(weir.address, weir.access_key)))


@pytest.fixture(scope="module")
def topic(guarded) -> str:
    name = f"topic-{uuid.uuid4()}"
    unthrottled(lambda: guarded.call("CreateTopic", Topic=name, Remark="logins", PartitionNum="3"))
    return name


def guard(instance: Instance) -> Instance:
    """Has users log in to an instance, where each of them may do everything."""
    instance.call("UpdateInstanceConfig", Config=json.dumps({"enable.acl": "true"}))
    everything = {"Username": "*", "AclResourceName": "*", "AclResourcePatternType": "LITERAL"}
    for kind, operations in [("Topic", "Read,Write"), ("Group", "Read")]:
        instance.call(
            "CreateAcl", **everything, AclResourceType=kind, AclOperationType="Read", AclOperationTypes=operations
        )
    return instance


def port(instance: Instance) -> str:
    """Where users log in, as the API says."""
    return instance_find(instance.cloud, instance.id)["SaslDomainEndpoint"]


def user(instance: Instance, mechanism: str, password: str = PASSWORD) -> Login:
    name = f"user-{uuid.uuid4()}"
    kind = {"Type": "plain"} if mechanism == PLAIN else {"Type": "scram", "Mechanism": mechanism}
    instance.call("CreateSaslUser", Username=name, Password=password, **kind)
    return Login(port(instance), name, password, mechanism)


def kind(mechanism: str) -> str:
    return "plain" if mechanism == PLAIN else "scram"


def changed(whom: Login, **other: str) -> Login:
    return Login(str(whom), **{"user": whom.user, "password": whom.password, "mechanism": whom.mechanism} | other)


@every_family
@every_mechanism
def test_a_user_sends_reads_and_consumes(family: Family, mechanism, guarded, topic, group):
    whom = user(guarded, mechanism)
    value = f"{family.name} {mechanism}".encode()
    ((_, offset),) = family.produce(whom, topic, [Record(value, partition=1)])
    (received,) = family.read(whom, topic, 1, offset, 1)
    assert received.value == value
    family.consume(whom, topic, group, 1)
    assert sum(family.committed(whom, group, topic).values()) >= 1


@every_mechanism
@pytest.mark.parametrize("wrong", [{"password": "pencil"}, {"user": "nobody"}], ids=["password", "user"])
def test_whoever_cannot_show_who_they_are_is_refused(mechanism, wrong, guarded):
    whom = changed(user(guarded, mechanism), **wrong)
    assert refused_by_librdkafka(whom)
    assert refused_by_kafka_python(whom)
    assert "SaslAuthenticationException" in failure_of_java(whom)


def test_a_mechanism_admits_its_own_users(guarded):
    """One name can be there for both types, each with its own password."""
    name = f"user-{uuid.uuid4()}"
    guarded.call("CreateSaslUser", Username=name, Password="one")
    guarded.call("CreateSaslUser", Username=name, Password="two", Type="scram")
    for password, mechanism in [("one", PLAIN), ("two", "SCRAM-SHA-256")]:
        AdminClient(login.librdkafka(Login(port(guarded), name, password, mechanism))).list_topics(timeout=20)
    for password, mechanism in [("two", PLAIN), ("one", "SCRAM-SHA-256"), ("two", "SCRAM-SHA-512")]:
        assert refused_by_librdkafka(Login(port(guarded), name, password, mechanism))


@every_mechanism
def test_a_deleted_user_is_cut_off_and_refused(mechanism, guarded, topic, group):
    whom = user(guarded, mechanism)
    Consumed(whom, topic).ends_with(
        lambda: guarded.call("DeleteSaslUser", Username=whom.user, Type=kind(mechanism))
    )
    assert refused_by_librdkafka(whom)


@every_mechanism
def test_another_password_cuts_off_whoever_has_the_old_one(mechanism, guarded, topic):
    whom = user(guarded, mechanism)
    Consumed(whom, topic).ends_with(
        lambda: guarded.call("CreateSaslUser", Username=whom.user, Password="other", Type=kind(mechanism))
    )
    AdminClient(login.librdkafka(changed(whom, password="other"))).list_topics(timeout=20)


def test_the_plain_port_asks_nobody(guarded, topic):
    assert topic in AdminClient({"bootstrap.servers": guarded.endpoint}).list_topics(timeout=20).topics


def test_the_login_port_has_a_list_of_its_own(guarded):
    at = {"AllowedListType": "vpc", "PortRange": "9094/9094"}
    endpoint = instance_find(guarded.cloud, guarded.id)["SaslEndPoint"]
    guarded.call("UpdateAllowedIp", UpdateType="add", AllowedListIp="127.0.0.1", **at)
    guarded.call("UpdateAllowedIp", UpdateType="delete", AllowedListIp="0.0.0.0/0", **at)
    try:
        assert is_cut_off(connect_from("127.0.0.2", endpoint))
        assert not is_cut_off(connect_from("127.0.0.1", endpoint))
        assert not is_cut_off(connect_from("127.0.0.2", guarded.endpoint))
    finally:
        guarded.call("UpdateAllowedIp", UpdateType="add", AllowedListIp="0.0.0.0/0", **at)
    assert not is_cut_off(connect_from("127.0.0.2", endpoint))


@pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed (Debian package kcat)")
@every_mechanism
def test_kcat_logs_in(mechanism, guarded, topic):
    whom = user(guarded, mechanism)
    line = f"kcat {mechanism}"

    def kcat(*words: str, text: str | None = None) -> str:
        command = ["kcat", *login.kcat(whom), *words]
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    kcat("-P", "-t", topic, "-p", "2", text=f"{line}\n")
    assert line in kcat("-C", "-t", topic, "-p", "2", "-o", "beginning", "-e", "-q").splitlines()


def test_users_outlive_the_server(tmp_path):
    server = Server(tmp_path / "server").start()
    instance = guard(instance_bought(SignedCalls(server.address, server.access_key)))
    users = [user(instance, mechanism) for mechanism in MECHANISMS]
    gone = user(instance, PLAIN)
    instance.call("DeleteSaslUser", Username=gone.user)
    address = port(instance)
    for end in (server.kill, server.stop, server.kill):
        end()
        server.start()
        assert port(instance) == address
        for whom in users:
            AdminClient(login.librdkafka(whom)).list_topics(timeout=20)
        assert refused_by_librdkafka(gone)
    assert server.stop() == 0


def refused_by_librdkafka(whom: Login) -> bool:
    seen: list[KafkaError] = []
    admin = AdminClient(login.librdkafka(whom) | {"error_cb": seen.append})
    with pytest.raises(KafkaException):
        admin.list_topics(timeout=1)
    # The reason comes beside the failure, when it is asked for.
    wait_until("the reason is told", lambda: admin.poll(0.1) or seen, 20)
    return any(error.code() == KafkaError._AUTHENTICATION for error in seen)


def refused_by_kafka_python(whom: Login) -> bool:
    with pytest.raises(KafkaPythonError):
        kafka.KafkaConsumer(**login.kafka_python(whom), api_version_auto_timeout_ms=2000).close()
    return True


def failure_of_java(whom: Login) -> str:
    from harness.kafka.java import command

    words = {"topic": "any", "partition": 0, "when": "latest"}
    done = subprocess.run(command("offset", **login.java(whom), **words), capture_output=True, text=True, timeout=90)
    assert done.returncode != 0
    return done.stderr


class Consumed:
    """A consumer that is logged in and waits."""

    def __init__(self, whom: Login, topic: str):
        self.failed: list[KafkaError] = []
        settings = {"group.id": f"group-{uuid.uuid4()}", "error_cb": self.failed.append}
        self.consumer = Consumer(login.librdkafka(whom) | settings)
        self.consumer.subscribe([topic])
        wait_until("it is in the group", lambda: self.poll() or self.consumer.assignment(), 30)

    def poll(self) -> None:
        self.consumer.poll(0.1)

    def ends_with(self, act: Callable[[], object]) -> None:
        """It is cut off by this, and cannot come back."""
        with closing(self.consumer):
            assert not self.failed
            act()
            refused = KafkaError._AUTHENTICATION
            wait_until("it is refused", lambda: self.poll() or refused in [one.code() for one in self.failed], 30)
