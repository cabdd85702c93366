"""Thousands of partitions and connections, and clients that do not behave: memory stays within its budget, and others
are served meanwhile. With WEIR_FULL=1, ten thousand connections instead of two thousand."""

import os
import resource
import socket
from contextlib import ExitStack, closing
from dataclasses import dataclass

import pytest

from harness.frames import api_versions, i16, i32, reply, request, text
from harness.target import MEBIBYTE, Target, connect
from harness.waiting import wait_until

FULL = os.environ.get("WEIR_FULL") == "1"
CONNECTIONS = 10_000 if FULL else 2_000
TOPICS, SHARE = 50, 200
ORDER = {"PartitionNum": 10_000, "DiskSize": 6000, "IoMaxSpec": "alikafka.hw.12xlarge"}

IDLE_MAX = 20 * MEBIBYTE
PARTITIONS_MAX = 60 * MEBIBYTE
CONNECTION_MAX = 4 * 1024
# Of each kind. A client that takes nothing is given up after 15 s, whatever it still has to come.
CULPRITS = 40
CULPRITS_MAX = 64 * MEBIBYTE
GIVEN_UP_SECONDS = 30
ESTABLISHED, CLOSE_WAIT = "01", "08"
METADATA = request(3, 1, i32(-1))


@dataclass(frozen=True)
class Crowd:
    target: Target
    idle: int
    with_partitions: int


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    # The server has as many descriptors as this process, and raises its own limit as far.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    target = Target(tmp_path_factory.mktemp("crowd"), **ORDER)
    idle = target.server.memory().resident
    with closing(connect(target.kafka_port)) as connection:
        names = [f"crowd-{number}" for number in range(TOPICS)]
        topics = b"".join(text(name) + i32(SHARE) + i16(1) + i32(0) + i32(0) for name in names)
        connection.settimeout(60)
        connection.sendall(request(19, 2, i32(TOPICS) + topics + i32(60_000) + b"\0"))
        # Correlation, throttle, count; each topic its name, a code, no message.
        answers = reply(connection)[12:]
        for name in names:
            assert answers.startswith(text(name) + i16(0) + text(None)), answers[:64]
            answers = answers[len(text(name)) + 4 :]
    yield Crowd(target, idle, target.server.memory().resident)
    assert target.server.stop() == 0


def test_ten_thousand_partitions_fit(crowd):
    print(f"idle {mebibytes(crowd.idle)}, with 10,000 partitions {mebibytes(crowd.with_partitions)}")
    assert crowd.idle <= IDLE_MAX
    assert crowd.with_partitions <= PARTITIONS_MAX


def test_thousands_of_idle_connections_cost_little(crowd):
    target = crowd.target
    with ExitStack() as opened:
        before = target.server.memory().resident
        for _ in range(CONNECTIONS):
            assert api_versions(opened.enter_context(closing(connect(target.kafka_port))))
        grown = target.server.memory().resident - before
        print(f"{CONNECTIONS} connections: {grown / CONNECTIONS:.0f} bytes each")
        target.serve_the_bystander()
        assert grown <= CONNECTIONS * CONNECTION_MAX


def test_clients_that_do_not_behave_are_given_up(crowd):
    """Half-sent frames, requests without end of which no reply or hardly one is taken, ends that are half closed."""
    target = crowd.target
    with ExitStack() as opened:

        def culprits(sends: bytes) -> list[socket.socket]:
            connections = []
            for _ in range(CULPRITS):
                connection = opened.enter_context(closing(connect(target.kafka_port)))
                connection.setblocking(False)
                sent_without_waiting(connection, sends)
                connections.append(connection)
            return connections

        before = target.server.memory().resident
        half_sent = culprits(i32(90 * MEBIBYTE) + i16(0) + i16(3) + bytes(1_000))
        deaf = culprits(METADATA * 1_000)
        slow = culprits(METADATA * 1_000)
        half_closed = culprits(METADATA)
        for connection in half_closed:
            connection.shutdown(socket.SHUT_WR)
        target.serve_the_bystander()
        grown = target.server.memory().resident - before
        print(f"{4 * CULPRITS} clients that do not behave: {mebibytes(grown)}")
        assert grown <= CULPRITS_MAX
        left = half_sent + deaf + slow + half_closed

        def gone() -> bool:
            for connection in slow:
                taken_without_waiting(connection, 1)
            still = open_ends(target.kafka_port)
            left[:] = [connection for connection in left if connection.getsockname()[1] in still]
            return not left

        wait_until("those who do not behave are given up", gone, GIVEN_UP_SECONDS)
        target.serve_the_bystander()
        peak = target.server.memory().resident_peak - before
        assert peak <= CULPRITS_MAX


def sent_without_waiting(connection: socket.socket, data: bytes) -> None:
    try:
        while data:
            data = data[connection.send(data) :]
    except (BlockingIOError, ConnectionError):
        pass


def taken_without_waiting(connection: socket.socket, count: int) -> None:
    try:
        connection.recv(count)
    except (BlockingIOError, ConnectionError):
        pass


def open_ends(port: int) -> set[int]:
    """Who is at the ends that the broker has open, or that the client has half closed, by port. The kernel's table
    knows, whatever is still to be read here."""
    ends = set()
    with open("/proc/net/tcp") as table:
        next(table)
        for row in table:
            _, local, remote, state, *_ = row.split()
            local, remote = (int(end.rpartition(":")[2], 16) for end in (local, remote))
            if local == port and state in (ESTABLISHED, CLOSE_WAIT):
                ends.add(remote)
    return ends


def mebibytes(count: int) -> str:
    return f"{count / MEBIBYTE:.1f} MiB"
