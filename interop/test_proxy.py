"""Kafka clients behind HAProxy, which says for whom it connects: who they are, and where they come back to."""

import uuid

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from harness.administration.access import connect_from, is_cut_off
from harness.cloud import instance_bought, instance_find
from harness.haproxy import ADDRESS, HAProxy
from harness.kafka import Family, Record, families
from harness.kafka.login import Login, librdkafka
from harness.secured import SecuredServer
from harness.signer import SignedCalls

TOPIC = "orders"


class Fronted:
    """An instance on the internet, with users, that is reached through HAProxy."""

    def __init__(self, directory):
        (directory / "weir.toml").write_text(f'[kafka]\nproxy_protocol_from = ["{ADDRESS}"]\n')
        self.server = SecuredServer(directory).start()
        self.cloud = SignedCalls(self.server.address, self.server.access_key)
        self.instance = instance_bought(self.cloud, public=True)
        self.instance.call("CreateSaslUser", Username="ann", Password="secret", Type="plain")
        found = instance_find(self.cloud, self.instance.id)
        self.ports = [self.instance.endpoint, found["SslEndPoint"]]
        admin = AdminClient({"bootstrap.servers": self.instance.endpoint})
        admin.create_topics([NewTopic(TOPIC, 3, 1)])[TOPIC].result(20)


@pytest.fixture(scope="module")
def fronted(tmp_path_factory):
    fronted = Fronted(tmp_path_factory.mktemp("fronted"))
    yield fronted
    assert fronted.server.stop() == 0


@pytest.fixture(scope="module", params=["send-proxy", "send-proxy-v2"])
def proxy(request, fronted, tmp_path_factory):
    with HAProxy(tmp_path_factory.mktemp("haproxy"), fronted.ports, request.param) as proxy:
        yield proxy


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_clients_come_and_come_back_through_it(proxy, family: Family):
    endpoint = proxy.endpoints[0]
    told = AdminClient({"bootstrap.servers": endpoint}).list_topics(timeout=20).brokers.values()
    assert [f"{broker.host}:{broker.port}" for broker in told] == [endpoint]
    group, value = f"group-{uuid.uuid4()}", uuid.uuid4().bytes
    family.produce(endpoint, TOPIC, [Record(value, partition=0)])
    earlier = family.offset(endpoint, TOPIC, 0, "latest") - 1
    assert [received.value for received in family.read(endpoint, TOPIC, 0, earlier, 1)] == [value]
    count = sum(family.offset(endpoint, TOPIC, partition, "latest") for partition in range(3))
    assert len(family.consume(endpoint, TOPIC, group, count)) == count


def test_tls_and_logins_pass_through_it(proxy, fronted):
    settings = librdkafka(Login(proxy.endpoints[1], "ann", "secret", authority=str(fronted.server.authority)))
    told = AdminClient(settings).list_topics(timeout=20)
    assert TOPIC in told.topics
    assert [f"{broker.host}:{broker.port}" for broker in told.brokers.values()] == [proxy.endpoints[1]]


def test_the_list_is_about_clients(proxy, fronted):
    at = {"AllowedListType": "vpc", "PortRange": "9092/9092"}
    fronted.instance.call("UpdateAllowedIp", UpdateType="add", AllowedListIp="127.0.0.5", **at)
    fronted.instance.call("UpdateAllowedIp", UpdateType="delete", AllowedListIp="0.0.0.0/0", **at)
    try:
        assert is_cut_off(connect_from("127.0.0.1", proxy.endpoints[0]))
        assert not is_cut_off(connect_from("127.0.0.5", proxy.endpoints[0]))
    finally:
        fronted.instance.call("UpdateAllowedIp", UpdateType="add", AllowedListIp="0.0.0.0/0", **at)
        fronted.instance.call("UpdateAllowedIp", UpdateType="delete", AllowedListIp="127.0.0.5", **at)
    assert not is_cut_off(connect_from("127.0.0.1", proxy.endpoints[0]))
