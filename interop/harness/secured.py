"""A server that listens with TLS too, and those who dial it."""

import ssl
from pathlib import Path

from harness.server import Server
from harness.target import connect

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: weir\r\nConnection: close\r\n\r\n"


class SecuredServer(Server):
    """A server that listens with TLS too."""

    def __init__(self, directory: Path):
        super().__init__(directory)
        # Between the gateway's port and the first one of Kafka.
        self.tls_port = self.api_port + 2
        self.settings["WEIR_LISTEN_TLS"] = self.tls_address

    @property
    def tls_address(self) -> str:
        return f"127.0.0.1:{self.tls_port}"

    @property
    def authority(self) -> Path:
        return self.data / "ca.pem"

    def context(self, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
        """A client that trusts this server's authority and nothing else, as strictly as OpenSSL can."""
        context = ssl.create_default_context(cafile=self.authority)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        if version:
            context.minimum_version = context.maximum_version = version
        return context

    def secured(self, context: ssl.SSLContext, name: str = "127.0.0.1") -> ssl.SSLSocket:
        return context.wrap_socket(connect(self.tls_port), server_hostname=name)

    def assert_serves(self) -> None:
        with self.secured(self.context()) as connection:
            connection.sendall(HEALTH)
            assert connection.recv(64).startswith(b"HTTP/1.1 200")
