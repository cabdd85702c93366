"""Data directories as earlier formats wrote them, and what a server has to find in them.

`python -m harness.golden NAME` (in interop/, with WEIR_BIN) fills a new server and writes `golden/NAME.tar.gz`, the
directory after a clean stop, and `golden/NAME.json`, what the server told of it before. One is added whenever the
format of a file changes; none is ever made anew.
"""

import json
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, ResourceType

from harness.cloud import REGION, Cloud, instance_bought, instances, unthrottled
from harness.server import Server
from harness.signer import SignedCalls

DIRECTORY = Path(__file__).resolve().parents[1] / "golden"
GROUP = "golden-readers"
RECORDS = 60
TOPICS = {"by-api": 6, "by-client": 3, "rolled": 1}
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
# What differs from one start to the next: addresses hold ports, and what is left of a term is counted from now.
MOVING = {"EndPoint", "DomainEndpoint", "SslEndPoint", "SslDomainEndpoint", "SaslEndPoint", "SaslDomainEndpoint"}
MOVING |= {"SaslSslEndPoint", "VpcSaslEndPoint", "VpcSaslDomainEndpoint", "RequestId", "UsedDiskSize"}


def names() -> list[str]:
    return sorted(path.name.removesuffix(".tar.gz") for path in DIRECTORY.glob("*.tar.gz"))


def unpack(name: str, into: Path) -> Any:
    """The directory as `into/data`, and what is in it."""
    with tarfile.open(DIRECTORY / f"{name}.tar.gz") as archive:
        archive.extractall(into, filter="data")
    return json.loads((DIRECTORY / f"{name}.json").read_text())


def fill(server: Server) -> None:
    """A little of everything that is kept."""
    cloud = SignedCalls(server.address, server.access_key)
    instance = instance_bought(cloud)
    instance.call("ModifyInstanceName", InstanceName="golden")
    cloud.call(
        "TagResources",
        RegionId=REGION,
        ResourceType="INSTANCE",
        **{"ResourceId.1": instance.id, "Tag.1.Key": "kept", "Tag.1.Value": "yes"},
    )
    unthrottled(lambda: instance.call("CreateTopic", Topic="by-api", Remark="by-the-API", PartitionNum="6"))
    instance.call("CreateConsumerGroup", ConsumerId=GROUP, Remark="reads")
    instance.call("UpdateInstanceConfig", Config=json.dumps({"enable.acl": "true", "kafka.log.retention.hours": "96"}))
    for user, kind in [("ann", "plain"), ("scrambled", "scram")]:
        instance.call("CreateSaslUser", Username=user, Password="golden-Pa55word", Type=kind)
    rule = {"AclResourceType": "Topic", "AclResourceName": "by-", "AclResourcePatternType": "PREFIXED"}
    instance.call("CreateAcl", Username="ann", AclOperationType="Read", **rule)
    released = instance_bought(cloud)
    released.call("ReleaseInstance")

    admin = AdminClient({"bootstrap.servers": instance.endpoint})
    # What is old goes by the rule of retention, and this will be.
    kept = {"retention.ms": "-1"}
    rolled = kept | {"segment.bytes": str(1 << 20)}
    new = [NewTopic("by-client", 3, 1, config=kept), NewTopic("rolled", 1, 1, config=rolled)]
    for future in admin.create_topics(new).values():
        future.result(20)
    change = [ConfigEntry("retention.ms", "-1", incremental_operation=AlterConfigOpType.SET)]
    topic = ConfigResource(ResourceType.TOPIC, "by-api", incremental_configs=change)
    for future in admin.incremental_alter_configs([topic]).values():
        future.result(20)
    for codec in CODECS:
        producer = Producer({"bootstrap.servers": instance.endpoint, "compression.type": codec, "linger.ms": 20})
        for number in range(RECORDS):
            headers = [("codec", codec.encode())]
            producer.produce("by-api", b"%d" % number, b"key", number % 6, headers=headers)
        assert producer.flush(20) == 0
    producer = Producer({"bootstrap.servers": instance.endpoint, "batch.num.messages": 1})
    for number in range(30):
        producer.produce("rolled", b"%d" % number * 50_000)
    assert producer.flush(20) == 0
    for outcome in ("committed", "aborted"):
        producer = Producer({"bootstrap.servers": instance.endpoint, "transactional.id": "golden"})
        producer.init_transactions(20)
        producer.begin_transaction()
        for partition in range(3):
            producer.produce("by-client", outcome.encode(), partition=partition)
        assert producer.flush(20) == 0
        producer.commit_transaction(20) if outcome == "committed" else producer.abort_transaction(20)
    consumer = Consumer({"bootstrap.servers": instance.endpoint, "group.id": GROUP})
    offsets = [TopicPartition("by-api", partition, partition + 1) for partition in range(6)]
    consumer.commit(offsets=offsets, asynchronous=False)
    consumer.close()


def inventory(server: Server) -> Any:
    """What API and Kafka clients are told, in an order that does not change."""
    cloud = SignedCalls(server.address, server.access_key)
    rows = sorted(instances(cloud), key=lambda row: row["InstanceId"])
    return {"instances": rows_settled(rows), "golden": inside(cloud, next(row for row in rows if row["Name"] == "golden"))}


def rows_settled(value: Any) -> Any:
    """Without what moves from start to start."""
    if isinstance(value, dict):
        return {name: rows_settled(inner) for name, inner in value.items() if name not in MOVING}
    return [rows_settled(inner) for inner in value] if isinstance(value, list) else value


def inside(cloud: Cloud, row: dict[str, Any]) -> dict[str, Any]:
    here = {"RegionId": REGION, "InstanceId": row["InstanceId"]}
    calls = {
        "GetTopicList": {},
        "GetConsumerList": {},
        "GetConsumerProgress": {"ConsumerId": GROUP},
        "DescribeSaslUsers": {},
        "DescribeAcls": {
            "Username": "ann",
            "AclResourceType": "Topic",
            "AclResourceName": "by-",
            "AclResourcePatternType": "PREFIXED",
        },
    }
    told = {action: rows_settled(cloud.call(action, **here, **more)) for action, more in calls.items()}
    told["ListTagResources"] = rows_settled(
        cloud.call("ListTagResources", RegionId=REGION, ResourceType="INSTANCE", **{"ResourceId.1": row["InstanceId"]})
    )
    endpoint = row["EndPoint"]
    for isolation in ("read_committed", "read_uncommitted"):
        told[isolation] = records(endpoint, isolation)
    return told


def records(endpoint: str, isolation: str) -> list[list]:
    """All topics, partition by partition, from the first offset to the last."""
    consumer = Consumer(
        {
            "bootstrap.servers": endpoint,
            "group.id": "none",
            "isolation.level": isolation,
            "enable.partition.eof": True,
            "enable.auto.commit": False,
        }
    )
    left = {(topic, partition) for topic, partitions in TOPICS.items() for partition in range(partitions)}
    consumer.assign([TopicPartition(*one, 0) for one in left])
    found = []
    while left:
        message = consumer.poll(20)
        assert message is not None, f"{left} did not end"
        where = message.topic(), message.partition()
        if error := message.error():
            assert error.code() == KafkaError._PARTITION_EOF, error
            left.discard(where)
            continue
        value = message.value().decode()
        headers = [[name, text.decode()] for name, text in message.headers() or []]
        key = message.key() and message.key().decode()
        found.append([*where, message.offset(), key, value[:20], len(value), headers])
    consumer.close()
    return sorted(found, key=lambda one: one[:3])


def make(name: str) -> None:
    archive = DIRECTORY / f"{name}.tar.gz"
    assert not archive.exists(), f"{archive} stays as it was made"
    with tempfile.TemporaryDirectory() as directory:
        server = Server(Path(directory)).start()
        try:
            fill(server)
            told = inventory(server)
        finally:
            assert server.stop() == 0
        DIRECTORY.mkdir(exist_ok=True)
        with tarfile.open(archive, "w:gz") as packed:
            packed.add(server.data, "data", filter=nobodys)
    (DIRECTORY / f"{name}.json").write_text(json.dumps(told, indent=1, sort_keys=True) + "\n")


def nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


if __name__ == "__main__":
    make(sys.argv[1])
