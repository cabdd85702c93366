"""A server under attack: who else is served meanwhile, and what the attack cost in memory."""

import socket
import time
from contextlib import closing, contextmanager
from pathlib import Path

from harness.cloud import instance_bought, instances
from harness.kafka import Record
from harness.kafka.librdkafka import Librdkafka
from harness.server import Server
from harness.signer import SignedCalls

MEBIBYTE = 1 << 20
# An attack may leave this much behind (caches, a thread's first stack), may need this much for a moment,
# and may never reserve address space beyond this.
RESIDENT_GROWTH = 8 * MEBIBYTE
RESIDENT_PEAK_GROWTH = 24 * MEBIBYTE
RESERVED_GROWTH = 512 * MEBIBYTE
# What an API call and a record may take beside an attack, most of it the client's own start.
BYSTANDER_SECONDS = 5


class Target:
    """A server of its own with one instance, and a bystander who uses both."""

    def __init__(self, directory: Path):
        self.server = Server(directory).start()
        self.cloud = SignedCalls(self.server.address, self.server.access_key)
        self.instance = instance_bought(self.cloud)
        self.topic = "bystander"
        self.instance.call("CreateTopic", Topic=self.topic, Remark="bystander", PartitionNum="1")
        self._stored = 0
        for _ in range(3):
            self.serve_the_bystander()

    @property
    def kafka_port(self) -> int:
        return int(self.instance.endpoint.rpartition(":")[2])

    def serve_the_bystander(self) -> None:
        """One API call and one record on new connections, both answered truly and soon."""
        began = time.monotonic()
        assert [row["InstanceId"] for row in instances(self.cloud)] == [self.instance.id]
        stored = Librdkafka().produce(
            self.instance.endpoint, self.topic, [Record(b"still here", partition=0)]
        )
        assert stored == [(0, self._stored)]
        self._stored += 1
        assert time.monotonic() - began < BYSTANDER_SECONDS

    @contextmanager
    def unharmed(self):
        """Around an attack: the server lives, serves others, and its memory stays flat."""
        before = self.server.memory()
        yield
        assert self.server.is_running(), f"the server ended:\n{self.server.log_tail()}"
        self.serve_the_bystander()
        after = self.server.memory()
        assert after.resident - before.resident < RESIDENT_GROWTH
        assert after.resident_peak - max(before.resident, before.resident_peak) < RESIDENT_PEAK_GROWTH
        assert after.reserved_peak - before.reserved_peak < RESERVED_GROWTH

    def api_connection(self) -> socket.socket:
        return connect(self.server.api_port)

    def kafka_connection(self) -> socket.socket:
        return connect(self.kafka_port)


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def is_closed_by_peer(connection: socket.socket, seconds: float = 5) -> bool:
    """Whether the peer ends the connection without a byte of answer."""
    connection.settimeout(seconds)
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def answer_to(port: int, data: bytes, seconds: float = 10) -> bytes:
    """What comes back on a new connection until the peer closes it or says no more."""
    with closing(connect(port)) as connection:
        connection.settimeout(seconds)
        received = b""
        try:
            connection.sendall(data)
            while chunk := connection.recv(65536):
                received += chunk
        except (ConnectionError, TimeoutError):
            pass
        return received
