"""Garbage, forged lengths and counts on the Kafka port: closed, at no cost, while others are served."""

import random
import socket
import time
from contextlib import ExitStack, closing, suppress

import crc32c
import pytest

from harness.cloud import unthrottled
from harness.frames import api_versions, frame, i16, i32, i64, reply, request, text, varint
from harness.target import Target, connect, is_closed_by_peer

HUGE = 0x7FFF_FFFF
REPEATS = 50
FORGED = "forged"


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    target = Target(tmp_path_factory.mktemp("hostile-kafka"))
    unthrottled(lambda: target.instance.call("CreateTopic", Topic=FORGED, Remark="forged", PartitionNum="1"))
    yield target
    assert target.server.stop() == 0


GARBAGE = {
    "random bytes": b"\x7f" + random.Random(1).randbytes(65_535),
    "an HTTP request": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a TLS hello": bytes.fromhex("16030100c8010000c40303") + bytes(200),
    "a frame of 2 GiB": i32(HUGE),
    "a frame just above the limit": i32(100 * 1024 * 1024 + 1),
    "a negative length": i32(-1),
    "the most negative length": i32(-(2**31)),
    "an empty frame": frame(b""),
    "a frame of one byte": frame(b"\0"),
    "a frame of three bytes": frame(b"\0\3\0"),
    "a header without client id": frame(i16(3) + i16(1) + i32(7)),
    "a client id that is not there": frame(i16(3) + i16(1) + i32(7) + i16(0x7FFF)),
    "an unknown API": request(9999, 0, b""),
    "an unknown version": request(3, 999, b""),
    "a flexible header with 2^32 tags": frame(i16(3) + i16(12) + i32(7) + text("x") + varint(0xFFFF_FFFF)),
    "a varint without end": frame(i16(3) + i16(12) + i32(7) + text("x") + b"\xff" * 64),
}


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE)
def test_garbage_closes_the_connection(target, data):
    with target.unharmed():
        for _ in range(REPEATS):
            with closing(target.kafka_connection()) as connection:
                send_what_is_taken(connection, data)
                assert is_closed_by_peer(connection)


# Requests that end in the count of an array: API key, version, what stands before and after the count.
COUNTED = {
    "Produce": (0, 3, text(None) + i16(-1) + i32(1000), b""),
    "Fetch": (1, 4, i32(-1) + i32(0) + i32(0) + i32(1024) + b"\0", b""),
    "ListOffsets": (2, 1, i32(-1), b""),
    "Metadata": (3, 1, b"", b""),
    "OffsetCommit": (8, 2, text("group") + i32(-1) + text("") + i64(-1), b""),
    "OffsetFetch": (9, 1, text("group"), b""),
    "JoinGroup": (11, 2, text("group") + i32(6000) + i32(6000) + text("") + text("consumer"), b""),
    "SyncGroup": (14, 0, text("group") + i32(1) + text("member"), b""),
    "CreateTopics": (19, 2, b"", i32(1000) + b"\0"),
    "DeleteTopics": (20, 1, b"", i32(1000)),
}


@pytest.mark.parametrize("name", COUNTED)
def test_a_forged_count_closes_the_connection(target, name):
    key, version, before, after = COUNTED[name]
    with closing(target.kafka_connection()) as connection:
        # The same request with a true count is served, so it is the count that is refused below.
        lowest, highest = api_versions(connection)[key]
        assert lowest <= version <= highest
        connection.sendall(request(key, version, before + i32(0) + after))
        assert reply(connection)[:4] == i32(7)
    with target.unharmed():
        # Kafka reads any negative count as null where null is allowed, which is only in Metadata.
        negative = [] if name == "Metadata" else [-2, -(2**31)]
        for count in [HUGE, HUGE // 100, 100_000, *negative] * 10:
            with closing(target.kafka_connection()) as connection:
                connection.sendall(request(key, version, before + i32(count) + after))
                assert is_closed_by_peer(connection), f"count {count}"


def test_a_forged_count_in_flexible_encoding_closes_the_connection(target):
    after = b"\1\0\0\0"  # allow_auto_topic_creation, two flags, no tags
    with closing(target.kafka_connection()) as connection:
        connection.sendall(request(3, 9, varint(1) + after, flexible=True))
        assert reply(connection)[:4] == i32(7)
    with target.unharmed():
        for count in [HUGE, HUGE // 100, 100_000] * 10:
            with closing(target.kafka_connection()) as connection:
                connection.sendall(request(3, 9, varint(count) + after, flexible=True))
                assert is_closed_by_peer(connection), f"count {count}"


@pytest.mark.parametrize(
    ("count", "delta", "error"),
    [(HUGE, HUGE - 1, 87), (HUGE, 0, 87), (-1, -2, 87), (0, -1, 87)],
    ids=["2^31 records", "2^31 records in one offset", "negative", "none"],
)
def test_a_forged_record_count_is_refused_and_the_connection_kept(target, count, delta, error):
    with target.unharmed(), closing(target.kafka_connection()) as connection:
        for _ in range(REPEATS):
            assert produced(connection, batch(count, delta)) == error


def test_a_wrong_checksum_is_refused_and_the_connection_kept(target):
    with target.unharmed(), closing(target.kafka_connection()) as connection:
        assert produced(connection, batch(1, 0, spoil=1)) == 2
        assert produced(connection, batch(1, 0)) == 0


def batch(count: int, last_offset_delta: int, spoil: int = 0) -> bytes:
    """A record batch that holds one record and claims to hold `count`."""
    checked = i16(0) + i32(last_offset_delta) + i64(0) + i64(0) + i64(-1) + i16(-1) + i32(-1) + i32(count)
    checked += bytes.fromhex("0c000000010100")  # No key, no value, no headers.
    checksum = crc32c.crc32c(checked) ^ spoil
    return i64(0) + i32(9 + len(checked)) + i32(-1) + b"\2" + checksum.to_bytes(4, "big") + checked


def produced(connection: socket.socket, records: bytes) -> int:
    """The error code for a batch sent to partition 0 of a topic of its own."""
    partition = i32(1) + i32(0) + i32(len(records)) + records
    connection.sendall(request(0, 3, text(None) + i16(-1) + i32(1000) + i32(1) + text(FORGED) + partition))
    # Correlation, one topic, its name, one partition, its number: then the error code.
    return int.from_bytes(reply(connection)[4 + 4 + 2 + len(FORGED) + 4 + 4 :][:2], "big")


def test_hundreds_of_silent_and_half_sent_connections(target):
    with target.unharmed(), ExitStack() as opened:
        silent = [opened.enter_context(closing(target.kafka_connection())) for _ in range(300)]
        half_sent = [opened.enter_context(closing(target.kafka_connection())) for _ in range(300)]
        for connection in half_sent:
            # Each claims most of what one frame may have, and sends a little of it.
            connection.sendall(i32(90 * 1024 * 1024) + i16(0) + i16(3) + bytes(1000))
        target.serve_the_bystander()
        for connection in silent[::50]:
            assert api_versions(connection)


def test_one_byte_at_a_time_is_still_a_request(target):
    with target.unharmed(), closing(target.kafka_connection()) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request(18, 0, b""):
            connection.sendall(bytes([byte]))
            time.sleep(0.01)  # The slowness is the attack.
        assert reply(connection)[:4] == i32(7)


def test_a_client_that_never_reads_its_replies(target):
    """Pipelines requests with large replies and takes none of them: the broker stops reading, not growing."""
    with target.unharmed(), closing(connect(target.kafka_port)) as connection:
        connection.settimeout(2)
        metadata = request(3, 1, i32(-1)) * 1000
        sent = 0
        try:
            while sent < 256 * 1024 * 1024:
                sent += connection.send(metadata)
        except TimeoutError:
            pass
        assert sent < 256 * 1024 * 1024, "the broker took everything and must hold the replies"
        target.serve_the_bystander()


def send_what_is_taken(connection: socket.socket, data: bytes) -> None:
    """The peer may close before it has read everything."""
    with suppress(ConnectionError):
        connection.sendall(data)
