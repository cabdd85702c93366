"""What an owner changes, through Alibaba's SDK, while clients go on: none of them is disturbed, and nothing that was
acknowledged is lost but by the rule that was changed.

Producers and groups run from the first test to the last, and each test looks at what they had so far; the end compares
all that was sent, kept and given. WEIR_KILL_SEED repeats the moments of an earlier run's kills.
"""

import http.client
import json
import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

from harness.administration.access import connect_from, is_cut_off
from harness.cloud import Instance, instance_bought, instance_find
from harness.kafka.login import Login
from harness.programs import Programs
from harness.python_sdk import CurrentSdk
from harness.server import Server
from harness.signer import SignedCalls
from harness.steady import sender
from harness.steady.load import Load
from harness.steady.members import Group
from harness.waiting import wait_until

SEED = int(os.environ.get("WEIR_KILL_SEED", random.SystemRandom().randrange(2**32)))
PARTITIONS = 4
MEBIBYTE = 1 << 20
HOUR_MS = 3_600_000
DISK_MIB = 16
TOO_LARGE = KafkaError.MSG_SIZE_TOO_LARGE


def started(directory, kafka: str) -> Server:
    directory.joinpath("weir.toml").write_text(f"[kafka]\n{kafka}\n")
    return Server(directory).start()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = started(tmp_path_factory.mktemp("changes"), 'traffic_limits = "on"')
    yield server
    assert server.stop() == 0


def bought(server: Server, **order) -> Instance:
    """Through the SDK, as all that is done to it."""
    return instance_bought(CurrentSdk(server.address, server.access_key), **order)


@pytest.fixture(scope="module")
def instance(server) -> Instance:
    return bought(server)


@pytest.fixture(scope="module")
def load(instance, tmp_path_factory):
    """Both families on one topic, in groups of both protocols."""
    topic, at = "load", tmp_path_factory.mktemp("load")
    instance.call("CreateTopic", Topic=topic, Remark="load", PartitionNum=str(PARTITIONS), LocalTopic=True)
    with Programs() as programs:
        endpoint = instance.endpoint
        senders = [sender.Librdkafka(endpoint, topic, 0), sender.Java(programs, endpoint, topic, 1, at)]
        groups = [
            Group(programs, endpoint, topic, "classic", "classic", ["librdkafka", "java"], at),
            Group(programs, endpoint, topic, "newer", "consumer", ["librdkafka"], at),
        ]
        load = Load(endpoint, topic, senders, groups)
        load.goes_on()
        yield load
        _, logs = load.conclude()
        assert all(log.start == 0 for log in logs.values()), "nothing was to be deleted"


def configure(instance: Instance, settings: dict[str, str]) -> None:
    instance.call("UpdateInstanceConfig", Config=json.dumps(settings))


def setting(instance: Instance, topic: str, name: str) -> str:
    """As Kafka has it."""
    admin = AdminClient({"bootstrap.servers": instance.endpoint})
    (described,) = admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]).values()
    return described.result(20)[name].value


def shown(server: Server, name: str, instance: Instance, **labels: str) -> float:
    """One figure of `/metrics`."""
    named = ",".join(f'{label}="{value}"' for label, value in {"instance": instance.id, **labels}.items())
    return server.metrics()[f"{name}{{{named}}}"]


def test_the_largest_message_grows_and_shrinks(instance, load):
    """By the settings of the instance, and by those of the topic. Only what is too large is refused."""
    large = sender.Single(instance.endpoint, load.topic, 2)
    load.others.append(large)
    of_instance, of_topic = "kafka.message.max.bytes", {"Topic": load.topic, "Config": "max.message.bytes"}
    with load.undisturbed():
        assert large.send(2 * MEBIBYTE) == TOO_LARGE
        configure(instance, {of_instance: f"{4 * MEBIBYTE}"})
        assert large.send(2 * MEBIBYTE) is None
        configure(instance, {of_instance: f"{MEBIBYTE}"})
        assert large.send(2 * MEBIBYTE) == TOO_LARGE
        assert large.send(1_000) is None
        instance.call("UpdateTopicConfig", **of_topic, Value=f"{3 * MEBIBYTE}")
        assert large.send(2 * MEBIBYTE) is None
        instance.call("UpdateTopicConfig", **of_topic, Value=f"{MEBIBYTE}")
        assert large.send(2 * MEBIBYTE) == TOO_LARGE
        assert large.send(1_000) is None
    load.check()


def test_partitions_are_used_when_they_are_there(instance, load):
    with load.undisturbed():
        instance.call("ModifyPartitionNum", Topic=load.topic, AddPartitionNum=4)
        load.goes_on(range(PARTITIONS, PARTITIONS + 4))
    load.check()


def test_retention_takes_what_is_old_and_nothing_else(instance, load, tmp_path):
    """A topic with records of 30 hours ago, and those of now in segments of their own."""
    topic, settings = "aged", {"segment.ms": f"{HOUR_MS}"}
    admin = AdminClient({"bootstrap.servers": instance.endpoint})
    admin.create_topics([NewTopic(topic, 2, 1, config=settings)])[topic].result(20)
    with Programs() as programs, load.undisturbed():
        old = sender.Librdkafka(instance.endpoint, topic, 0, age_ms=30 * HOUR_MS)
        groups = [Group(programs, instance.endpoint, topic, "aged", "classic", ["librdkafka"], tmp_path)]
        aged = Load(instance.endpoint, topic, [old], groups)
        aged.goes_on()
        old.renew()
        aged.goes_on()
        configure(instance, {"kafka.log.retention.hours": "72"})
        aged.check()
        assert all(log.start == 0 for log in aged.read_on().values()), "it was not old enough"

        configure(instance, {"kafka.log.retention.hours": "24"})
        wait_until("what is old goes", lambda: all(log.start for log in aged.read_on().values()))
        acknowledged, logs = aged.conclude()
        gone = {sequence for partition, _, sequence, offset in acknowledged if offset < logs[partition].start}
        assert gone == old.aged and len(gone) < len(acknowledged)
    load.check()


def test_another_address_is_shut_out(instance, load):
    at = {"AllowedListType": "vpc", "PortRange": "9092/9092"}

    def change(update: str, address: str) -> None:
        instance.call("UpdateAllowedIp", **at, UpdateType=update, AllowedListIp=address)

    with load.undisturbed():
        stranger = connect_from("127.0.0.2", instance.endpoint)
        change("add", "127.0.0.1,127.0.0.2")
        change("delete", "0.0.0.0/0")
        other = connect_from("127.0.0.2", instance.endpoint)
        assert not is_cut_off(other)
        change("delete", "127.0.0.2")
        assert is_cut_off(stranger)
        assert is_cut_off(connect_from("127.0.0.2", instance.endpoint))
        change("add", "0.0.0.0/0")
        assert not is_cut_off(connect_from("127.0.0.2", instance.endpoint))
    load.check()


def test_access_rules_come_and_go(instance, load):
    """Clients of the plain access point do not log in, and go on. Where users log in, they may do what a rule allows;
    while nobody can, those who are connected wait, and go on by themselves."""
    with load.undisturbed():
        configure(instance, {"enable.acl": "true"})
        endpoint = instance_find(instance.cloud, instance.id)["SaslDomainEndpoint"]
        users = [Login(endpoint, name, "secret") for name in ("writer", "stranger")]
        for user in users:
            instance.call("CreateSaslUser", Username=user.user, Password=user.password)
        rule = {"AclResourceType": "Topic", "AclResourceName": load.topic, "AclOperationType": "Write"}
        instance.call("CreateAcl", Username="writer", AclResourcePatternType="LITERAL", **rule)
        writer = sender.Single(users[0], load.topic, 3)
        stranger = sender.Single(users[1], load.topic, 4, is_idempotent=False)
        load.others += [writer, stranger]
        assert writer.send(100) is None
        assert stranger.send(100) == KafkaError.TOPIC_AUTHORIZATION_FAILED

        configure(instance, {"enable.acl": "false"})
        assert instance_find(instance.cloud, instance.id)["SaslDomainEndpoint"] == ""
        with pytest.raises(ConnectionRefusedError):
            connect_from("127.0.0.1", endpoint)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(writer.send, 100)
            load.goes_on()
            assert not waiting.done()
            configure(instance, {"enable.acl": "true"})
            assert waiting.result(30) is None
        assert stranger.send(100) == KafkaError.TOPIC_AUTHORIZATION_FAILED
        configure(instance, {"enable.acl": "false"})
    load.check()


def test_more_is_bought_for_those_who_are_connected(server, load, tmp_path):
    """The smallest instance, on which a producer sends twice of what may go through it, and falls behind."""
    small = bought(server, IoMaxSpec="alikafka.hw.test", SpecType="normal", TopicQuota=3)
    small.call("CreateTopic", Topic="fast", Remark="load", PartitionNum="1")
    fast = sender.Librdkafka(small.endpoint, "fast", 0, size=4_000, per_second=1_000)
    narrow = Load(small.endpoint, "fast", [fast], [])

    def is_throttled() -> bool:
        return shown(server, "weir_kafka_throttled_requests_total", small, kind="produce") > 0

    wait_until("it is too fast", lambda: is_throttled() and fast.behind() > 1_000)
    with load.undisturbed(), narrow.undisturbed():
        more = {"DiskSize": 600, "IoMaxSpec": "alikafka.hw.2xlarge", "SpecType": "professional"}
        small.call("UpgradePostPayOrder", **more)
        wait_until("it has caught up", lambda: fast.behind() < 100, 30)
    row = instance_find(small.cloud, small.id)
    assert (row["DiskSize"], row["SpecType"]) == (600, "professional")
    narrow.conclude()


def test_the_version_goes_up(instance, load):
    with load.undisturbed():
        instance.call("UpgradeInstanceVersion", TargetVersion="2.6.2")
    row = instance_find(instance.cloud, instance.id)
    assert row["UpgradeServiceDetailInfo"]["Current2OpenSourceVersion"] == "2.6.2"
    load.check()


def test_changes_happen_or_not_when_the_server_dies(server, instance, load):
    """Killed within each call. What was answered is in force after the restart; what was not is there or is not."""
    print(f"repeat with: WEIR_KILL_SEED={SEED}")
    chance = random.Random(SEED)
    instance = Instance(SignedCalls(server.address, server.access_key), instance.id, instance.endpoint)

    def partitions() -> int:
        found = AdminClient({"bootstrap.servers": instance.endpoint}).list_topics(load.topic, 20)
        return len(found.topics[load.topic].partitions)

    instance.call("CreateTopic", Topic="unset", Remark="load", PartitionNum="1")
    before = partitions()
    at = {"AllowedListType": "vpc", "PortRange": "9092/9092"}
    changes: list[tuple[Callable[[], object], Callable[[], bool]]] = [
        (
            lambda: configure(instance, {"kafka.log.retention.hours": "48"}),
            lambda: setting(instance, "unset", "retention.ms") == f"{48 * HOUR_MS}",
        ),
        (
            lambda: configure(instance, {"kafka.message.max.bytes": f"{2 * MEBIBYTE}"}),
            lambda: setting(instance, "unset", "max.message.bytes") == f"{2 * MEBIBYTE}",
        ),
        (
            lambda: instance.call("ModifyPartitionNum", Topic=load.topic, AddPartitionNum=2),
            lambda: partitions() == before + 2,
        ),
        (
            lambda: instance.call("UpgradePostPayOrder", DiskSize=800, IoMaxSpec="alikafka.hw.6xlarge"),
            lambda: shown(server, "weir_kafka_traffic_limit_bytes", instance, traffic="sent") == 60 * MEBIBYTE,
        ),
        (
            lambda: instance.call("UpdateAllowedIp", **at, UpdateType="add", AllowedListIp="10.1.2.3"),
            lambda: "10.1.2.3" in str(instance.call("GetAllowedIpList")["AllowedList"]["VpcList"]),
        ),
    ]
    for change, is_in_force in changes:
        load.goes_on()
        assert not is_in_force()
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(change)
            # The moment is the experiment; this is not waiting for anything.
            time.sleep(chance.uniform(0, 0.01))
            server.kill()
            try:
                answer.result(20)
                is_answered = True
            except (OSError, http.client.HTTPException):
                is_answered = False
        server.start()
        if is_answered:
            assert is_in_force(), "it was answered"
        wait_until("nothing is under way", lambda: instance_find(instance.cloud, instance.id)["ServiceStatus"] == 5)
        print("answered" if is_answered else "not answered", "in force" if is_in_force() else "not in force")
        if not is_in_force():
            change()
            assert is_in_force()
        load.goes_on()
        load.check()


def test_the_oldest_goes_when_the_disk_is_nearly_full(tmp_path):
    server = started(tmp_path, f"instance_disk_mib = {DISK_MIB}")
    instance = bought(server)
    instance.call("CreateTopic", Topic="much", Remark="load", PartitionNum="2")
    size = 4_000
    with Programs() as programs:
        fast = sender.Librdkafka(instance.endpoint, "much", 0, size=size, per_second=2_000)
        groups = [Group(programs, instance.endpoint, "much", "all", "classic", ["librdkafka"], tmp_path)]
        load = Load(instance.endpoint, "much", [fast], groups)
        evicted = "weir_kafka_evicted_bytes_total"
        with load.undisturbed():
            wait_until("much is gone", lambda: shown(server, evicted, instance) > DISK_MIB * MEBIBYTE)
            instance.call("UpgradePostPayOrder", DiskSize=600)
        acknowledged, logs = load.conclude()
        gone, kept = [], []
        for partition, _, sequence, offset in acknowledged:
            (gone if offset < logs[partition].start else kept).append(sequence)
        # By whole segments, which are no smaller than a mebibyte.
        assert 0.85 * DISK_MIB - 2 < len(kept) * size / MEBIBYTE < DISK_MIB
        assert max(gone) - min(kept) < 2 * 2 * MEBIBYTE / size, "something newer went first"
    assert server.stop() == 0
