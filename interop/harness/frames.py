"""Kafka frames by hand: only what an attacker needs."""

import socket
import struct

CLASSIC_COUNT = struct.Struct(">i")


def i16(number: int) -> bytes:
    return struct.pack(">h", number)


def i32(number: int) -> bytes:
    return struct.pack(">i", number)


def i64(number: int) -> bytes:
    return struct.pack(">q", number)


def varint(number: int) -> bytes:
    """Unsigned, seven bits a byte."""
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def text(value: str | None) -> bytes:
    return i16(-1) if value is None else i16(len(value)) + value.encode()


def frame(payload: bytes) -> bytes:
    return i32(len(payload)) + payload


def request(key: int, version: int, body: bytes, correlation: int = 7, flexible: bool = False) -> bytes:
    """A whole request; the flexible header has an empty tag section after the client id."""
    header = i16(key) + i16(version) + i32(correlation) + text("hostile")
    return frame(header + (b"\0" if flexible else b"") + body)


def reply(connection: socket.socket) -> bytes:
    """The next reply without its length: correlation id, then the body."""
    (length,) = CLASSIC_COUNT.unpack(exactly(connection, 4))
    return exactly(connection, length)


def exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        chunk = connection.recv(count - len(data))
        if not chunk:
            raise ConnectionError(f"closed after {len(data)} of {count} bytes")
        data += chunk
    return data


def api_versions(connection: socket.socket) -> dict[int, tuple[int, int]]:
    """What the broker advertises: lowest and highest version by API key."""
    connection.sendall(request(18, 0, b""))
    body = reply(connection)[4:]
    error, count = struct.unpack_from(">hi", body)
    assert error == 0
    entries = struct.iter_unpack(">hhh", body[6 : 6 + 6 * count])
    return {key: (lowest, highest) for key, lowest, highest in entries}
