"""HAProxy before a server's Kafka ports, as its documentation has it: mode tcp, and for whom it connects said first."""

import os
import shutil
import subprocess
from pathlib import Path

from harness.server import free_ports
from harness.target import connect
from harness.waiting import wait_until

# Where it connects from, which tells it from the clients on this machine.
ADDRESS = "127.0.0.9"


def binary() -> str:
    """Debian has it where only root looks."""
    found = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
    assert found, "haproxy is not installed (Debian package haproxy)"
    return found


class HAProxy:
    """Runs while it is entered: one port for each of the server's, handed on with the PROXY protocol."""

    def __init__(self, directory: Path, servers: list[str], version: str):
        """`version` is how its configuration calls the header: `send-proxy` or `send-proxy-v2`."""
        self._first = free_ports(len(servers))
        self._directory = directory
        self.endpoints = [f"127.0.0.1:{self._first + number}" for number in range(len(servers))]
        self._configuration = directory / f"{version}.cfg"
        self._configuration.write_text(
            "defaults\n  mode tcp\n  timeout connect 10s\n  timeout client 10m\n  timeout server 10m\n"
            + "".join(
                f"listen port{number}\n  bind {endpoint}\n"
                f"  server weir {server} {version} source {ADDRESS}\n"
                for number, (endpoint, server) in enumerate(zip(self.endpoints, servers, strict=True))
            )
        )

    def __enter__(self) -> "HAProxy":
        log = self._directory / "haproxy.log"
        with log.open("wb") as output:
            command = [binary(), "-db", "-f", self._configuration]
            self._process = subprocess.Popen(command, stdout=output, stderr=output)
        wait_until(f"HAProxy listens ({log})", self._listens)
        return self

    def __exit__(self, *_) -> None:
        self._process.kill()
        self._process.wait()

    def _listens(self) -> bool:
        assert self._process.poll() is None, "HAProxy ended"
        try:
            connect(self._first).close()
        except ConnectionRefusedError:
            return False
        return True
