"""A certificate of the operator's own on every port with TLS, and its renewal under those who use it."""

import ssl
import urllib.request

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from cryptography import x509

from harness.authority import HouseAuthority
from harness.cloud import instance_bought, instance_find
from harness.secured import HEALTH, SecuredServer
from harness.signer import SignedCalls
from harness.waiting import wait_until


class OwnCertificate:
    """The files that the server's configuration names, and what it shows of them."""

    def __init__(self, directory):
        self.house = HouseAuthority()
        self.server = SecuredServer(directory)
        self.certificate, self.key = directory / "server.pem", directory / "server.key"
        self.root = directory / "root.pem"
        self.root.write_bytes(self.house.root())
        (directory / "weir.toml").write_text('[tls]\ncertificate = "server.pem"\nkey = "server.key"\n')

    def put(self, number: int, kind: str = "ecdsa") -> None:
        self.house.write(self.certificate, self.key, number, kind)

    def connect(self) -> ssl.SSLSocket:
        return self.server.secured(ssl.create_default_context(cafile=self.root), "127.0.0.1")

    def shown(self) -> int:
        """The number of the certificate that a client is shown now."""
        with self.connect() as connection:
            return x509.load_der_x509_certificate(connection.getpeercert(binary_form=True)).serial_number

    def metric(self, name: str) -> float:
        with urllib.request.urlopen(f"http://{self.server.address}/metrics", timeout=10) as reply:
            lines = reply.read().decode().splitlines()
        return float(next(line.split()[-1] for line in lines if line.startswith(name)))


@pytest.fixture
def own(tmp_path):
    own = OwnCertificate(tmp_path)
    yield own
    if own.server.is_running():
        own.server.kill()


def test_it_is_shown_and_replaced_while_clients_go_on(own):
    own.put(1001)
    own.server.start()
    assert own.shown() == 1001
    with own.connect() as kept:
        own.put(1002)
        wait_until("the next is shown", lambda: own.shown() == 1002)
        # With a key of the other kind, and told at once.
        own.put(1003, "rsa")
        own.server.reload()
        wait_until("the third is shown", lambda: own.shown() == 1003)
        kept.sendall(HEALTH)
        assert kept.recv(64).startswith(b"HTTP/1.1 200")
    assert own.metric("weir_tls_certificate_failures_total") == 0
    assert own.metric("weir_tls_certificate_end_timestamp_seconds") > 0


def test_what_does_not_fit_together_is_reported_and_not_shown(own):
    own.put(1001)
    own.server.start()
    own.key.write_text("no key")
    wait_until("it was seen", lambda: own.metric("weir_tls_certificate_failures_total") == 1)
    assert own.shown() == 1001
    own.put(1002)
    wait_until("the next is shown", lambda: own.shown() == 1002)


def test_a_start_without_them_names_the_file(own):
    own.server.spawn()
    assert own.server.ended() == 1
    assert "server.pem" in own.server.log_tail()


def test_kafka_clients_see_it_too(own):
    own.put(1001)
    own.server.start()
    cloud = SignedCalls(own.server.address, own.server.access_key)
    instance = instance_bought(cloud, public=True)
    (user,) = instance.call("DescribeSaslUsers")["SaslUserList"]["SaslUserVO"]
    settings = {
        "bootstrap.servers": instance_find(cloud, instance.id)["SslEndPoint"],
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": user["Username"],
        "sasl.password": user["Password"],
        "ssl.ca.location": str(own.root),
    }
    instance.call("CreateTopic", Topic="orders", Remark="secured", PartitionNum="1")
    producer = Producer(settings)
    outcomes = []
    producer.produce("orders", b"first", on_delivery=lambda error, _: outcomes.append(error))
    assert producer.flush(20) == 0
    own.put(1002)
    wait_until("the next is shown", lambda: own.shown() == 1002)
    producer.produce("orders", b"second", on_delivery=lambda error, _: outcomes.append(error))
    assert producer.flush(20) == 0
    assert outcomes == [None, None]
    assert "orders" in AdminClient(settings).list_topics(timeout=20).topics
