"""A data directory that an earlier format wrote is opened, and all that was in it is there."""

import json
import subprocess

import pytest
from confluent_kafka import Producer

from harness import golden
from harness.cloud import instances
from harness.server import Server, binary, environment
from harness.signer import SignedCalls


@pytest.fixture(params=golden.names())
def kept(request, tmp_path):
    expected = golden.unpack(request.param, tmp_path)
    server = Server(tmp_path)
    yield server, expected
    if server.is_running():
        server.kill()


def check(server: Server) -> subprocess.CompletedProcess:
    command = [binary(), "check", f"--data-dir={server.data}"]
    return subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60)


def test_everything_is_there(kept):
    server, expected = kept
    checked = check(server)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    server.start()
    assert golden.inventory(server) == expected
    goes_on(server)
    # A crash in whatever was done to open it.
    server.kill()
    server.start()
    goes_on(server)
    assert server.stop() == 0
    checked = check(server)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def goes_on(server: Server) -> None:
    """What comes next is taken, behind what was there."""
    rows = instances(SignedCalls(server.address, server.access_key))
    endpoint = next(row["EndPoint"] for row in rows if row["Name"] == "golden")
    stored = []
    producer = Producer({"bootstrap.servers": endpoint, "enable.idempotence": True})
    producer.produce("by-client", b"new", partition=0, on_delivery=lambda error, message: stored.append((error, message)))
    assert producer.flush(20) == 0
    ((error, message),) = stored
    assert error is None
    assert message.offset() >= 4, "two transactions and their markers were there"


def test_a_directory_of_a_newer_format_is_refused_unchanged(kept):
    server, _ = kept
    format_file = server.data / "format.json"
    format_file.write_text(json.dumps({"format": 99, "readable_by": 98, "written_by": "9.1.0"}))
    (server.data / "lock").touch()
    before = contents(server)
    server.spawn()
    assert server.ended() == 1
    assert "newer Weir" in server.log_tail() and "9.1.0" in server.log_tail()
    assert check(server).returncode == 2
    assert contents(server) == before


def contents(server: Server) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(server.data.rglob("*")) if path.is_file()}
