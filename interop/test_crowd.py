"""Thousands of partitions and connections, and clients that do not behave: memory stays within its budget, and an
ordinary producer and its consumer are served all the while. With WEIR_FULL=1 there are ten thousand of each.

What it prints are the figures of `docs/performance.md`.
"""

import os
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from harness.cloud import Instance, instance_bought, instances
from harness.frames import api_versions, exactly, i16, i32, i64, request, text
from harness.programs import Programs
from harness.server import Server
from harness.signer import SignedCalls
from harness.sockets import open_ends, silent_for_at_most
from harness.steady import sender
from harness.steady.load import Load
from harness.steady.members import Group
from harness.target import connect
from harness.waiting import wait_until

MANY = 10_000 if os.environ.get("WEIR_FULL") else 2_000
SHARE = 200
ORDER = {"PartitionNum": 10_000, "DiskSize": 6_000, "IoMaxSpec": "alikafka.hw.12xlarge"}

MEBIBYTE = 1 << 20
# Without the pages of the program, of which the kernel keeps as many as it likes.
IDLE_MAX = 8 * MEBIBYTE
PARTITIONS_MAX = 60 * MEBIBYTE
PARTITION_MAX = 2 * 1024
CONNECTION_MAX = 4 * 1024
# Clients of each kind that does not behave, and what they may cost together.
CULPRITS = 40
CULPRITS_MAX = 64 * MEBIBYTE
# Nobody is waited for longer than 15 s who is to go on; one who takes a little has that time again.
GIVEN_UP_SECONDS = 60
DESCRIPTORS = 300
PLACES = DESCRIPTORS // 100 * 60
METADATA = request(3, 1, i32(-1))


@pytest.fixture(scope="module", autouse=True)
def descriptors():
    """This process needs as many as it may have; servers raise their own limit."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@dataclass(frozen=True)
class Crowd:
    server: Server
    instance: Instance
    load: Load

    @property
    def port(self) -> int:
        return self.load.port

    def resident(self) -> int:
        return self.server.memory().resident

    def connections(self, stack: ExitStack, count: int) -> Iterator[socket.socket]:
        for _ in range(count):
            yield stack.enter_context(closing(connect(self.port)))

    def serves_others(self) -> None:
        """Those who were connected before, and those who come."""
        self.load.goes_on()
        assert [row["InstanceId"] for row in instances(self.instance.cloud)] == [self.instance.id]
        with closing(connect(self.port)) as connection:
            assert api_versions(connection)


@contextmanager
def crowd_at(server: Server, directory) -> Iterator[Crowd]:
    server.start()
    instance = instance_bought(SignedCalls(server.address, server.access_key), **ORDER)
    instance.call("CreateTopic", Topic="ordinary", Remark="crowd", PartitionNum="2")
    with Programs() as programs:
        producer = sender.Librdkafka(instance.endpoint, "ordinary", 0)
        group = Group(programs, instance.endpoint, "ordinary", "all", "classic", ["librdkafka"], directory)
        crowd = Crowd(server, instance, Load(instance.endpoint, "ordinary", [producer], [group]))
        crowd.serves_others()
        yield crowd
        crowd.load.conclude()
    assert server.stop() == 0


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    directory = tmp_path_factory.mktemp("crowd")
    with crowd_at(Server(directory), directory) as crowd:
        yield crowd


def test_partitions_cost_little(crowd):
    idle = crowd.server.memory()
    admin = AdminClient({"bootstrap.servers": crowd.instance.endpoint})
    topics = [NewTopic(f"many-{number}", SHARE, 1) for number in range(MANY // SHARE)]
    for made in admin.create_topics(topics, request_timeout=60).values():
        made.result(60)
    crowd.serves_others()
    now = crowd.resident()
    grown = now - idle.resident
    print(f"before {mebibytes(idle.resident)}, without the program {mebibytes(idle.anonymous)}")
    print(f"{MANY:,} partitions {mebibytes(grown)} more, {grown / MANY:,.0f} bytes each")
    assert idle.anonymous <= IDLE_MAX
    assert grown <= MANY * PARTITION_MAX
    assert now <= PARTITIONS_MAX


def test_connections_cost_little_and_are_looked_after(crowd):
    with ExitStack() as opened:
        before = crowd.resident()
        ends = set()
        for connection in crowd.connections(opened, MANY):
            assert api_versions(connection)
            ends.add(connection.getsockname()[1])
        crowd.serves_others()
        grown = crowd.resident() - before
        print(f"{MANY:,} connections {mebibytes(grown)} more, {grown / MANY:,.0f} bytes each")
        # A client whose network is gone says nothing, and would have its place for ever.
        asked = {end: seconds for (_, end), seconds in silent_for_at_most(crowd.port).items() if end in ends}
        assert asked.keys() == ends and max(asked.values()) <= 60
        assert grown <= MANY * CONNECTION_MAX
    wait_until("they are gone", lambda: not ends & {end for _, end in open_ends(crowd.port)})
    print(f"when they are gone {mebibytes(crowd.resident() - before)} more")


def test_clients_that_do_not_behave_are_given_up(crowd):
    """Frames of which the rest does not come; requests without end of which no reply is taken, or a byte at times;
    records that are asked for and not read; ends that are half closed."""
    large = sender.Single(crowd.instance.endpoint, "ordinary", 1)
    crowd.load.others.append(large)
    for _ in range(16):
        assert large.send(1_000_000) is None
    before, peak_before = crowd.resident(), crowd.server.memory().resident_peak
    with ExitStack() as opened:

        def culprits(sends: bytes) -> list[socket.socket]:
            connections = list(crowd.connections(opened, CULPRITS))
            for connection in connections:
                connection.setblocking(False)
                send_what_is_taken(connection, sends)
            return connections

        half_sent = culprits(i32(90 * MEBIBYTE) + i16(0) + i16(3) + bytes(1_000))
        deaf = culprits(METADATA * 1_000)
        slow = culprits(METADATA * 1_000)
        readers = culprits(fetch("ordinary", [0, 1]) * 50)
        half_closed = culprits(METADATA)
        for connection in half_closed:
            connection.shutdown(socket.SHUT_WR)
        crowd.serves_others()
        print(f"{5 * CULPRITS} clients that do not behave {mebibytes(crowd.resident() - before)} more")
        left = {connection.getsockname()[1] for connection in half_sent + deaf + slow + readers + half_closed}

        def are_gone() -> bool:
            for connection in slow:
                take_what_comes(connection, 1)
            left.intersection_update(end for _, end in open_ends(crowd.port))
            return not left

        wait_until("those who do not behave are given up", are_gone, GIVEN_UP_SECONDS)
        crowd.serves_others()
    peak = crowd.server.memory().resident_peak - max(before, peak_before)
    print(f"at most {mebibytes(peak)}, and when they are gone {mebibytes(crowd.resident() - before)} more")
    assert peak <= CULPRITS_MAX


def test_those_beyond_the_descriptors_wait_and_nobody_else(tmp_path):
    server = Server(tmp_path)
    server.descriptors_max = DESCRIPTORS
    with crowd_at(server, tmp_path) as crowd, ExitStack() as opened:
        assert any(f'"most":{DESCRIPTORS}' in line for line in server.log)
        served, waiting = [], []
        for connection in crowd.connections(opened, DESCRIPTORS):
            connection.sendall(request(18, 0, b""))
            connection.settimeout(20 if len(served) < PLACES - 20 else 0.5)
            try:
                exactly(connection, 4)
                served.append(connection)
            except TimeoutError:
                waiting.append(connection)
                if len(waiting) == 3:
                    break
        assert PLACES - 20 <= len(served) <= PLACES and len(waiting) == 3
        crowd.load.goes_on()
        assert instances(crowd.instance.cloud)
        for connection in served[:10]:
            connection.close()
        for connection in waiting:
            connection.settimeout(20)
            exactly(connection, 4)
        assert not any("cannot accept" in line for line in server.log)

        # Files, or others in the process, may take more than was thought of.
        used = set(map(int, os.listdir(f"/proc/{server.pid}/fd")))
        first_free = min(set(range(DESCRIPTORS)) - used)
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (first_free, DESCRIPTORS))
        began, cpu = time.monotonic(), cpu_seconds(server.pid)
        late = [opened.enter_context(closing(connect(port))) for port in (crowd.port, server.api_port)]
        wait_until("both have found out", lambda: len({refused(line) for line in server.log} - {None}) == 2)
        crowd.load.goes_on()
        rounds = (time.monotonic() - began) / 0.1 + 1
        assert sum(refused(line) is not None for line in server.log) <= 2 * rounds, "it does not rest"
        print(f"{cpu_seconds(server.pid) - cpu:.2f} s of the processor in {time.monotonic() - began:.2f} s")
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
        assert api_versions(late[0])
        late[1].sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert exactly(late[1], 12) == b"HTTP/1.1 200"
        crowd.serves_others()


def refused(line: str) -> str | None:
    """What the log says of a connection that could not be accepted."""
    return next((words for words in ("cannot accept connections", "cannot accept a connection") if words in line), None)


def cpu_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as stat:
        user, system = stat.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def fetch(topic: str, partitions: list[int]) -> bytes:
    """All that there is, as much as may be given at once."""
    wanted = b"".join(i32(partition) + i64(0) + i32(50 * MEBIBYTE) for partition in partitions)
    body = i32(-1) + i32(0) + i32(1) + i32(50 * MEBIBYTE) + b"\0"
    return request(1, 4, body + i32(1) + text(topic) + i32(len(partitions)) + wanted)


def send_what_is_taken(connection: socket.socket, data: bytes) -> None:
    try:
        while data:
            data = data[connection.send(data) :]
    except (BlockingIOError, ConnectionError):
        pass


def take_what_comes(connection: socket.socket, count: int) -> None:
    try:
        connection.recv(count)
    except (BlockingIOError, ConnectionError):
        pass


def mebibytes(count: int) -> str:
    return f"{count / MEBIBYTE:.1f} MiB"
