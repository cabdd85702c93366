"""The same API over TLS: who gets in, with what, and what a handshake that never ends costs the others."""

import socket
import ssl
import time
from contextlib import ExitStack, closing

import pytest

from harness.cloud import instance_order, instances
from harness.python_sdk import CurrentSdk
from harness.secured import HEALTH, SecuredServer
from harness.target import answer_to, connect, is_closed_by_peer

# How long a handshake may take, and how much later or earlier its end may be seen.
HANDSHAKE_SECONDS = 10
TOLERANCE_SECONDS = 3
# OpenSSL's name for the alert, whatever the version.
HANDSHAKE_FAILURE = "SSLV3_ALERT_HANDSHAKE_FAILURE"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = SecuredServer(tmp_path_factory.mktemp("tls")).start()
    yield server
    assert server.stop() == 0


def client_hello(server: SecuredServer) -> bytes:
    """What a client says first."""
    outgoing = ssl.MemoryBIO()
    client = server.context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="127.0.0.1")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def test_the_sdk_over_https(server):
    cloud = CurrentSdk(server.tls_address, server.access_key, authority=server.authority)
    assert instances(cloud) == []
    # What is bought over one listener is there on the other.
    order = instance_order(cloud)
    (bought,) = instances(cloud, OrderId=order)
    assert instances(CurrentSdk(server.address, server.access_key), OrderId=order) == [bought]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_current_versions(server, version):
    with server.secured(server.context(version)) as connection:
        assert connection.version() == {"TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}[version.name]
        name, _, _ = connection.cipher()
        assert "GCM" in name or "CHACHA20" in name
        assert version == ssl.TLSVersion.TLSv1_3 or name.startswith("ECDHE-")


@pytest.mark.filterwarnings("ignore:.*TLSv1_1 is deprecated:DeprecationWarning")
def test_an_old_version_is_refused_by_the_server(server):
    context = server.context(ssl.TLSVersion.TLSv1_1)
    # Or the client would refuse by itself.
    context.set_ciphers("ALL@SECLEVEL=0")
    with pytest.raises(ssl.SSLError) as refused:
        server.secured(context)
    # An alert is the server's word. Which one depends on what it misses first in so old a greeting.
    assert refused.value.reason in ("TLSV1_ALERT_PROTOCOL_VERSION", HANDSHAKE_FAILURE)


@pytest.mark.parametrize("ciphers", ["AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256"])
def test_no_static_key_exchange_and_no_bare_cipher(server, ciphers):
    context = server.context(ssl.TLSVersion.TLSv1_2)
    context.set_ciphers(ciphers)
    with pytest.raises(ssl.SSLError) as refused:
        server.secured(context)
    assert refused.value.reason == HANDSHAKE_FAILURE


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_advertised_names(server, name):
    server.secured(server.context(), name).close()


def test_another_name_and_another_trust(server):
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        server.secured(server.context(), "example.com")
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        server.secured(ssl.create_default_context())


def test_plain_http_gets_no_answer(server):
    answer = answer_to(server.tls_port, HEALTH)
    # At most an alert, which is 7 bytes.
    assert b"HTTP" not in answer and len(answer) <= 7
    server.assert_serves()


def test_handshakes_that_never_end(server):
    hello = client_hello(server)
    with ExitStack() as stack:
        began = time.monotonic()
        silent, halfway = (stack.enter_context(closing(connect(server.tls_port))) for _ in range(2))
        halfway.sendall(hello[: len(hello) // 2])
        others = [stack.enter_context(closing(connect(server.tls_port))) for _ in range(100)]
        server.assert_serves()
        assert time.monotonic() - began < HANDSHAKE_SECONDS / 2, "the others were waited for"
        for connection in (silent, halfway, *others):
            assert is_closed_by_peer(connection, HANDSHAKE_SECONDS + TOLERANCE_SECONDS)
            assert abs(time.monotonic() - began - HANDSHAKE_SECONDS) < TOLERANCE_SECONDS
    server.assert_serves()


def test_a_restart_keeps_the_trust_and_waits_for_no_handshake(tmp_path):
    server = SecuredServer(tmp_path).start()
    before, trusting = server.authority.read_bytes(), server.context()
    with socket.create_connection(("127.0.0.1", server.tls_port)) as halfway:
        halfway.sendall(client_hello(server)[:40])
        # Accepted after the one before it.
        server.assert_serves()
        assert server.stop(seconds=HANDSHAKE_SECONDS / 2) == 0
    server.start()
    assert server.authority.read_bytes() == before
    server.secured(trusting).close()
    assert server.stop() == 0


def test_the_authority_is_there_before_anything_listens(weir):
    assert (weir.data / "ca.pem").read_text().startswith("-----BEGIN CERTIFICATE-----")
    assert (weir.data / "ca.key").stat().st_mode & 0o777 == 0o600
