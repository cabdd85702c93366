"""Instances whose data is encrypted with a key of KMS: nothing of it on the disk, and all of it for clients."""

import sqlite3
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from harness.cloud import (
    REGION,
    Instance,
    instance_find,
    instance_in_service,
    instance_order,
    instances,
    unthrottled,
)
from harness.kafka import Record
from harness.kafka.librdkafka import Librdkafka
from harness.server import Server, binary, environment
from harness.signer import SignedCalls
from harness.untyped import CurrentCore
from harness.waiting import wait_until

KMS = "2016-01-20"
# Of Kafka clients alone: what the API is told of an instance lies in the database.
MARKERS = {"value-marker-7c1f", "topic-marker-7c1f", "group-marker-7c1f"}
GROUP, TOPIC, VALUE = sorted(MARKERS)
clients = Librdkafka()


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    server = Server(tmp_path).start()
    yield server
    if server.is_running():
        server.kill()


class Keys:
    """KMS, as far as it goes here."""

    def __init__(self, server: Server):
        self.calls = CurrentCore(server.address, server.access_key, KMS)

    def create(self) -> str:
        return self.calls.call("CreateKey")["KeyMetadata"]["KeyId"]

    def do(self, action: str, key: str, **parameters: str) -> dict:
        return self.calls.call(action, KeyId=key, **parameters)


def bought(server: Server, key: str | None) -> Instance:
    cloud = SignedCalls(server.address, server.access_key)
    (row,) = instances(cloud, OrderId=instance_order(cloud))
    sealed = {"KMSKeyId": key} if key else {}
    names = {"RegionId": REGION, "VpcId": "vpc-interop", "VSwitchId": "vsw-interop", "DeployModule": "vpc"}
    unthrottled(lambda: cloud.call("StartInstance", InstanceId=row["InstanceId"], **names, **sealed))
    row = instance_in_service(cloud, row["InstanceId"])
    assert row["KmsKeyId"] == (key or "")
    return Instance(cloud, row["InstanceId"], row["EndPoint"])


def used(instance: Instance) -> None:
    """A topic, messages and a group, all by Kafka clients."""
    admin = AdminClient({"bootstrap.servers": instance.endpoint})
    for made in admin.create_topics([NewTopic(TOPIC, 1)]).values():
        made.result(20)
    produced(instance, 0, 50)
    assert len(clients.consume(instance.endpoint, TOPIC, GROUP, 50)) == 50


def value(number: int) -> bytes:
    return f"{VALUE}-{number}".encode() * 20


def produced(instance: Instance, first: int, count: int) -> None:
    clients.produce(instance.endpoint, TOPIC, [Record(value(first + n), partition=0) for n in range(count)])


def consumed(instance: Instance, count: int) -> None:
    found = clients.consume(instance.endpoint, TOPIC, f"look-{uuid.uuid4()}", count)
    assert [record.value for record in found] == [value(n) for n in range(count)]


def holding(folder: Path) -> set[str]:
    """The markers that are somewhere in a file below a folder. A partition's folder is named after its topic."""
    contents = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return {marker for marker in MARKERS if any(marker.encode() in content for content in contents)}


def rotated(server: Server, keys: Keys, key: str) -> None:
    """Has the key rotate, of which the API only says how often, by making its interval long over."""
    keys.do("UpdateRotationPolicy", key, EnableAutomaticRotation="true", RotationInterval="7d")
    assert server.stop() == 0
    with sqlite3.connect(server.data / "weir.db") as database:
        database.execute("UPDATE cipher_keys SET rotation_since_ms = 0 WHERE id = ?", [key])
    server.start()


def checked(server: Server) -> subprocess.CompletedProcess:
    command = [binary(), "check", f"--data-dir={server.data}"]
    return subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60)


def data_keys(server: Server, instance: Instance) -> int:
    with sqlite3.connect(f"file:{server.data / 'weir.db'}?mode=ro", uri=True) as database:
        (count,) = database.execute("SELECT COUNT(*) FROM disk_keys WHERE instance = ?", [instance.id]).fetchone()
    return count


def test_nothing_of_a_sealed_instance_is_on_the_disk_and_a_kill_loses_nothing(server):
    key = Keys(server).create()
    sealed, plain = bought(server, key), bought(server, None)
    folders = {instance.id: server.data / "kafka" / instance.id for instance in (sealed, plain)}
    for instance in (sealed, plain):
        used(instance)
    server.kill()
    assert holding(folders[plain.id]) == MARKERS
    assert holding(folders[sealed.id]) == set()
    told = checked(server)
    assert (told.returncode, told.stdout.splitlines()[-1]) == (0, "clean"), told.stdout + told.stderr
    server.start()
    for instance in (sealed, plain):
        consumed(instance, 50)
        produced(instance, 50, 10)
        consumed(instance, 60)
    assert server.stop() == 0
    assert holding(folders[sealed.id]) == set()
    # One byte that is not as it was written is found behind the seal too.
    log = folders[sealed.id] / f"{TOPIC}-0" / f"{0:020}.log"
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 1
    log.write_bytes(content)
    assert checked(server).returncode == 1


def test_a_key_rotates_and_is_taken_away_and_given_back(server):
    keys = Keys(server)
    key = keys.create()
    sealed, plain = bought(server, key), bought(server, None)
    for instance in (sealed, plain):
        used(instance)
    assert data_keys(server, sealed) == 1
    rotated(server, keys, key)
    wait_until("there is a data key for it", lambda: data_keys(server, sealed) == 2, 90, 1)
    produced(sealed, 50, 25)
    consumed(sealed, 75)
    server.kill()
    server.start()
    consumed(sealed, 75)

    keys.do("DisableKey", key)
    produced(sealed, 75, 5)
    consumed(sealed, 80)
    assert server.stop() == 0
    told = checked(server)
    assert told.returncode == 2 and sealed.id in told.stderr and "is disabled" in told.stderr
    server.start()
    produced(plain, 50, 10)
    consumed(plain, 60)
    row = instance_find(sealed.cloud, sealed.id)
    assert (row["ServiceStatus"], row["EndPoint"]) == (1, "")
    assert any(sealed.id in line and "is disabled" in line for line in server.log)
    with pytest.raises(AssertionError):
        instance_in_service(sealed.cloud, sealed.id, 2)
    keys.do("EnableKey", key)
    instance_in_service(sealed.cloud, sealed.id, 60)
    consumed(sealed, 80)
    produced(sealed, 80, 5)
    consumed(sealed, 85)
    folder = server.data / "kafka" / sealed.id
    assert server.stop() == 0
    assert holding(folder) == set()


def test_a_key_that_is_not_this_servers_seals_all_the_same(server):
    instance = bought(server, "key-of-another-place")
    used(instance)
    server.kill()
    assert holding(server.data / "kafka") == set()
    server.start()
    consumed(instance, 50)
