"""What users may do, as their Kafka clients find out: rules made by the API, in force for whoever is connected."""

import json
import uuid
from contextlib import closing

import kafka
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)
from kafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError

from harness.cloud import Instance, instance_bought, instance_find, unthrottled
from harness.kafka import Family, Record, families, login, tools
from harness.kafka.login import Login
from harness.server import Server
from harness.signer import SignedCalls
from harness.waiting import wait_until

PATIENCE = 30
NO_TOPIC = KafkaError.TOPIC_AUTHORIZATION_FAILED
NO_GROUP = KafkaError.GROUP_AUTHORIZATION_FAILED
every_family = pytest.mark.parametrize("family", families(), ids=lambda family: family.name)


@pytest.fixture(scope="module")
def guarded(weir) -> Instance:
    return guard(instance_bought(SignedCalls(weir.address, weir.access_key)))


def guard(instance: Instance) -> Instance:
    """Has an instance enforce its rules."""
    instance.call("UpdateInstanceConfig", Config=json.dumps({"enable.acl": "true"}))
    return instance


def user(instance: Instance) -> Login:
    name = f"user-{uuid.uuid4()}"
    instance.call("CreateSaslUser", Username=name, Password="secret")
    return Login(instance_find(instance.cloud, instance.id)["SaslDomainEndpoint"], name, "secret")


def topic(instance: Instance, prefix: str = "topic") -> str:
    name = f"{prefix}-{uuid.uuid4()}"
    unthrottled(lambda: instance.call("CreateTopic", Topic=name, Remark="rules", PartitionNum="1"))
    return name


def group(instance: Instance) -> str:
    name = f"group-{uuid.uuid4()}"
    instance.call("CreateConsumerGroup", ConsumerId=name)
    return name


def rule(whom: Login | None, operation: str, kind: str, name: str, **other: str) -> dict[str, str]:
    return {
        "Username": whom.user if whom else "*",
        "AclResourceType": kind,
        "AclResourceName": name,
        "AclResourcePatternType": "LITERAL",
        "AclOperationType": operation,
    } | other


def grant(instance: Instance, *rules: dict[str, str]) -> None:
    for one in rules:
        instance.call("CreateAcl", **one)


class Sender:
    """One producer, connected all the while."""

    def __init__(self, whom: str):
        self.producer = Producer(login.librdkafka(whom) | {"acks": "all", "linger.ms": 0, "message.timeout.ms": 20_000})

    def send(self, topic: str) -> int | None:
        """The code that it was refused with; none when it was stored."""
        # Otherwise it remembers a refusal for minutes, and asks nobody.
        self.producer.list_topics(topic, timeout=PATIENCE)
        outcomes: list[KafkaError | None] = []
        try:
            self.producer.produce(topic, b"x", on_delivery=lambda error, _: outcomes.append(error))
        except KafkaException as refused:
            return refused.args[0].code()
        assert self.producer.flush(PATIENCE) == 0
        (outcome,) = outcomes
        return outcome.code() if outcome else None


class Reader:
    """One consumer, connected all the while."""

    def __init__(self, whom: str, topic: str, group: str):
        settings = {"group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False}
        self.consumer = Consumer(login.librdkafka(whom) | settings)
        self.consumer.subscribe([topic])

    def next(self) -> bytes | int:
        """The next value, or the code that it was refused with."""
        message = wait_until("a record or a refusal", lambda: self.consumer.poll(0.2), PATIENCE)
        return message.error().code() if message.error() else message.value()

    def commit(self, topic: str) -> int | None:
        """The code that it was refused with; none when it was stored."""
        try:
            (one,) = self.consumer.commit(offsets=[TopicPartition(topic, 0, 1)], asynchronous=False)
        except KafkaException as refused:
            return refused.args[0].code()
        return one.error.code() if one.error else None

    def close(self) -> None:
        self.consumer.close()


@every_family
def test_a_user_with_rules_sends_and_consumes(family: Family, guarded):
    whom, name, readers = user(guarded), topic(guarded), group(guarded)
    grant(
        guarded,
        rule(whom, "Write", "Topic", name),
        rule(whom, "Read", "Topic", name),
        rule(whom, "Read", "Group", readers),
    )
    family.produce(whom, name, [Record(b"allowed", partition=0)])
    (received,) = family.consume(whom, name, readers, 1)
    assert received.value == b"allowed"
    assert family.committed(whom, readers, name) == {0: 1}


def test_a_producer_needs_write_and_a_connected_one_feels_every_change(guarded):
    whom, name = user(guarded), topic(guarded)
    write = rule(whom, "Write", "Topic", name)
    sender = Sender(whom)
    assert sender.send(name) == NO_TOPIC
    grant(guarded, rule(whom, "Read", "Topic", name))
    assert sender.send(name) == NO_TOPIC
    grant(guarded, write)
    assert sender.send(name) is None
    # A denial wins, and is no more when it is withdrawn.
    denial = rule(None, "Write", "Topic", "*", AclPermissionType="DENY")
    grant(guarded, denial)
    assert sender.send(name) == NO_TOPIC
    guarded.call("DeleteAcl", **denial)
    assert sender.send(name) is None
    guarded.call("DeleteAcl", **write)
    assert sender.send(name) == NO_TOPIC
    # The plain port knows no users.
    assert Sender(guarded.endpoint).send(name) is None


def test_a_consumer_needs_read_on_topic_and_group_and_a_connected_one_feels_every_change(guarded):
    whom, name, readers = user(guarded), topic(guarded), group(guarded)
    of_topic, of_group = rule(whom, "Read", "Topic", name), rule(whom, "Read", "Group", readers)
    plain = Sender(guarded.endpoint)
    assert plain.send(name) is None
    grant(guarded, of_topic)
    with closing(Reader(whom, name, readers)) as reader:
        assert reader.next() == NO_GROUP
    grant(guarded, of_group)
    with closing(Reader(whom, name, readers)) as reader:
        assert reader.next() == b"x"
        guarded.call("DeleteAcl", **of_topic)
        assert plain.send(name) is None
        assert reader.next() == NO_TOPIC
    grant(guarded, of_topic)
    with closing(Reader(whom, name, readers)) as reader:
        assert reader.next() == b"x"
        assert reader.commit(name) is None
        guarded.call("DeleteAcl", **of_group)
        assert reader.commit(name) == NO_GROUP


def test_kafka_python_is_refused_in_its_own_words(guarded):
    whom, name, readers = user(guarded), topic(guarded), group(guarded)
    with closing(kafka.KafkaProducer(**login.kafka_python(whom), enable_idempotence=False)) as producer:
        with pytest.raises(TopicAuthorizationFailedError):
            producer.send(name, b"x").get(PATIENCE)
        grant(guarded, rule(whom, "Write", "Topic", name))
        assert producer.send(name, b"x").get(PATIENCE).offset == 0
    grant(guarded, rule(whom, "Read", "Topic", name))
    with closing(kafka.KafkaConsumer(name, **login.kafka_python(whom), group_id=readers)) as consumer:
        with pytest.raises(GroupAuthorizationFailedError):
            consumer.poll(PATIENCE * 1000)


def test_a_prefix_is_of_names_that_begin_so(guarded):
    whom, prefix = user(guarded), f"billing-{uuid.uuid4().hex[:8]}"
    inside, outside = topic(guarded, prefix), topic(guarded, "other")
    grant(guarded, rule(whom, "Write", "Topic", prefix, AclResourcePatternType="PREFIXED"))
    sender = Sender(whom)
    assert (sender.send(inside), sender.send(outside)) == (None, NO_TOPIC)
    # One that is made later is among them.
    assert sender.send(topic(guarded, prefix)) is None


def test_what_may_not_be_described_is_not_listed(guarded):
    whom, seen, unseen = user(guarded), topic(guarded), topic(guarded)
    grant(guarded, rule(whom, "Describe", "Topic", seen))
    admin = AdminClient(login.librdkafka(whom))
    assert set(admin.list_topics(timeout=PATIENCE).topics) == {seen}
    assert admin.list_topics(unseen, timeout=PATIENCE).topics[unseen].error.code() == NO_TOPIC
    assert {seen, unseen} <= set(AdminClient(login.librdkafka(guarded.endpoint)).list_topics(timeout=PATIENCE).topics)


def test_a_rule_for_one_address_is_not_for_another(guarded):
    whom, name = user(guarded), topic(guarded)
    elsewhere, here = (rule(whom, "Write", "Topic", name, Host=host) for host in ("10.9.9.9", "127.0.0.1"))
    grant(guarded, elsewhere)
    sender = Sender(whom)
    assert sender.send(name) == NO_TOPIC
    grant(guarded, here)
    assert sender.send(name) is None


def test_rules_outlive_the_server(tmp_path):
    server = Server(tmp_path / "server").start()
    instance = guard(instance_bought(SignedCalls(server.address, server.access_key)))
    whom, name, other = user(instance), topic(instance), topic(instance)
    grant(instance, rule(whom, "Write", "Topic", name), rule(whom, "Write", "Topic", other))
    instance.call("DeleteAcl", **rule(whom, "Write", "Topic", other))
    for end in (server.kill, server.stop, server.kill):
        end()
        server.start()
        sender = Sender(whom)
        assert (sender.send(name), sender.send(other)) == (None, NO_TOPIC)
    assert server.stop() == 0


def test_rules_made_through_kafka_are_the_apis(guarded, tmp_path):
    """Whoever has no login may do everything, so also this; a user who may alter the cluster may too."""
    whom, administrator, name = user(guarded), user(guarded), topic(guarded)
    sender = Sender(whom)
    assert sender.send(name) == NO_TOPIC

    def tool(endpoint: str, *words: str) -> str:
        return tools.run(tmp_path, endpoint, "kafka-acls", *words)

    with pytest.raises(tools.Refused, match="ClusterAuthorizationException"):
        tool(administrator, "--list")
    allowed = ("--allow-principal", f"User:{administrator.user}", "--operation", "Alter", "--cluster")
    tool(guarded.endpoint, "--add", *allowed)
    sends = ("--allow-principal", f"User:{whom.user}", "--producer", "--topic", name)
    tool(administrator, "--add", *sends)
    assert sender.send(name) is None
    listed = tool(administrator, "--list", "--topic", name)
    assert all(f"operation={operation}" in listed for operation in ("WRITE", "CREATE", "DESCRIBE"))

    asked = {"Username": whom.user, "AclResourceType": "Topic", "AclResourceName": name}
    shown = guarded.call("DescribeAcls", **asked)["KafkaAclList"]["KafkaAclVO"]
    assert {one["AclOperationType"] for one in shown} == {"Write", "Create", "Describe"}
    guarded.call("DeleteAcl", **rule(whom, "Write", "Topic", name))
    assert sender.send(name) == NO_TOPIC
    # And the other way round.
    grant(guarded, rule(whom, "Write", "Topic", name))
    assert sender.send(name) is None
    tool(administrator, "--remove", "--force", *sends)
    assert sender.send(name) == NO_TOPIC
    assert guarded.call("DescribeAcls", **asked)["KafkaAclList"]["KafkaAclVO"] == []


def test_librdkafka_makes_lists_and_deletes_rules(guarded):
    name = topic(guarded)
    admin = AdminClient(login.librdkafka(guarded.endpoint))
    everything_denied = (AclOperation.ALL, AclPermissionType.DENY)
    made = AclBinding(
        ResourceType.TOPIC, name, ResourcePatternType.PREFIXED, "User:*", "10.0.0.1", *everything_denied
    )
    admin.create_acls([made])[made].result(PATIENCE)
    any_rule = (None, None, AclOperation.ANY, AclPermissionType.ANY)
    matching = AclBindingFilter(ResourceType.TOPIC, name, ResourcePatternType.MATCH, *any_rule)
    assert admin.describe_acls(matching).result(PATIENCE) == [made]
    assert admin.delete_acls([matching])[matching].result(PATIENCE) == [made]
    assert admin.describe_acls(matching).result(PATIENCE) == []


def test_rules_are_not_kept_where_they_do_not_count(instance, tmp_path):
    with pytest.raises(tools.Refused, match="SecurityDisabledException"):
        tools.run(tmp_path, instance.endpoint, "kafka-acls", "--list")
