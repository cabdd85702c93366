"""Every Kafka client, unmodified, against the embedded broker: the commands of `contract/README.md`, for each
of the families in `harness/matrix/families.py`.

What was seen is the table of `docs/kafka.md`; WEIR_PAGES=write writes it.
"""

import json
import os
import uuid

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from harness.cloud import instance_bought, instance_find, unthrottled
from harness.kafka.login import Login
from harness.matrix.families import (
    ADMINISTRATION,
    CODECS,
    FAMILIES,
    MECHANISMS,
    NEWER_GROUPS,
    TRANSACTIONS,
    Family,
)
from harness.matrix import page
from harness.matrix.program import Program, Record, Refused
from harness.signer import SignedCalls
from harness.waiting import wait_until

PATIENCE = 60
PARTITIONS = 4
TOPIC_ALREADY_EXISTS = 36
GROUP_ID_NOT_FOUND = 69
PASSWORD = "p!n,c=il"

RECORDS = [
    Record(1, b"key", b"plain"),
    Record(1, None, b"without a key"),
    Record(1, b"", b""),
    Record(1, b"tombstone", None),
    Record(1, b"key", b"headers", (("a", b"1"), ("a", b"2"), ("b", b"\xff"), ("empty", b""))),
    Record(1, b"large", bytes(range(256)) * 400),
]


def able(ability: str):
    """One test for each family that has what it takes."""
    return pytest.mark.parametrize(
        "family", [one for one in FAMILIES if one.can(ability)], ids=lambda family: family.name
    )


def each_able(what: str, abilities: tuple[str, ...]):
    """One test for each of these abilities and each family that has it."""
    both = [(family, ability) for family in FAMILIES for ability in abilities if family.can(ability)]
    return pytest.mark.parametrize(("family", what), [pytest.param(*one, id=f"{one[0].name}-{one[1]}") for one in both])


every_family = able("records")


class Programs:
    """One program of each family, started when it is first needed."""

    def __init__(self, directory):
        self._directory = directory
        self._running: dict[str, Program] = {}

    def __getitem__(self, family: Family) -> Program:
        if family.name not in self._running:
            directory = self._directory / family.name
            directory.mkdir()
            self._running[family.name] = Program(family.command, directory, family.environment)
        return self._running[family.name]

    def close(self) -> None:
        for program in self._running.values():
            program.close()


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    programs = Programs(tmp_path_factory.mktemp("programs"))
    yield programs
    programs.close()


@pytest.fixture(scope="module")
def guarded(weir):
    """An instance where clients log in, and those who did may do everything."""
    instance = instance_bought(SignedCalls(weir.address, weir.access_key))
    instance.call("UpdateInstanceConfig", Config=json.dumps({"enable.acl": "true"}))
    everything = {"Username": "*", "AclResourceName": "*", "AclResourcePatternType": "LITERAL"}
    for kind, operations in [("Topic", "Read,Write"), ("Group", "Read")]:
        one = {"AclResourceType": kind, "AclOperationType": "Read", "AclOperationTypes": operations}
        instance.call("CreateAcl", **everything, **one)
    unthrottled(lambda: instance.call("CreateTopic", Topic="guarded", Remark="matrix", PartitionNum="3"))
    return instance


@pytest.fixture
def made(endpoint):
    """Makes topics that go with the test: an instance has room for 100."""
    admin = AdminClient({"bootstrap.servers": endpoint})
    names: list[str] = []

    def make() -> str:
        name = f"matrix-{uuid.uuid4()}"
        admin.create_topics([NewTopic(name, PARTITIONS, 1)])[name].result(20)
        names.append(name)
        return name

    yield make
    for deletion in admin.delete_topics(names).values() if names else []:
        deletion.result(20)


def numbered(first: int, count: int) -> list[Record]:
    """Spread evenly over the partitions."""
    return [Record(number % PARTITIONS, b"%d" % number, b"value") for number in range(first, first + count)]


@every_family
def test_which_version_it_is(family, programs):
    version = programs[family].ask("hello")["version"]
    page.saw(family, page.VERSION, version)


@each_able("codec", CODECS)
def test_records_come_back_as_they_were_sent(family, codec, programs, endpoint, made):
    topic = made()
    program = programs[family]
    assert program.produce(endpoint, topic, codec, RECORDS) == list(range(len(RECORDS)))
    received = program.read(endpoint, topic, 1, 0, len(RECORDS))
    assert received == RECORDS
    assert [one.offset for one in received] == list(range(len(RECORDS)))
    (last,) = program.read(endpoint, topic, 1, len(RECORDS) - 1, 1)
    assert last == RECORDS[-1]
    page.saw(family, page.CODECS, codec)


@pytest.mark.parametrize("codec", CODECS)
def test_every_family_reads_what_every_family_compressed(codec, programs, endpoint, made):
    topic = made()
    sent = []
    able = [family for family in FAMILIES if family.can(codec)]
    for family in able:
        mine = [Record(0, family.name.encode(), b"%d" % number * 100, (("n", b"%d" % number),)) for number in range(10)]
        programs[family].produce(endpoint, topic, codec, mine)
        sent += mine
    for family in able:
        assert programs[family].read(endpoint, topic, 0, 0, len(sent)) == sent, family.name


def test_every_family_reads_what_the_broker_compressed(programs, endpoint, made):
    """The topic wants another compression for each of the batches, which come in none."""
    topic = made()
    sent = []
    for codec in ("zstd", "lz4", "snappy", "gzip"):
        programs[FAMILIES[0]].ask("alter", endpoint, topic=topic, settings={"compression.type": codec})
        mine = [Record(0, codec.encode(), b"%d" % number * 100, (("n", b"%d" % number),)) for number in range(50)]
        programs[FAMILIES[0]].produce(endpoint, topic, "none", mine)
        sent += mine
    for family in FAMILIES:
        assert programs[family].read(endpoint, topic, 0, 0, len(sent)) == sent, family.name


@every_family
def test_a_group_goes_on_where_it_committed(family, programs, endpoint, group, made):
    topic = made()
    program = programs[family]
    program.produce(endpoint, topic, "gzip", numbered(0, 40))
    first = program.consume(endpoint, topic, group, 15)
    assert sum(program.committed(endpoint, group, topic).values()) == 15
    second = program.consume(endpoint, topic, group, 25)
    assert sorted(int(one.key) for one in first + second) == list(range(40))
    assert program.committed(endpoint, group, topic) == dict.fromkeys(range(PARTITIONS), 10)
    page.saw(family, page.GROUPS, "resumes")


@every_family
def test_members_share_and_hand_over(family, programs, endpoint, group, made):
    rebalance(programs[family], endpoint, made(), group, newer=False)
    page.saw(family, page.GROUPS, "rebalances")


@able(NEWER_GROUPS)
def test_members_of_the_newer_protocol_share_and_hand_over(family, programs, endpoint, group, made):
    rebalance(programs[family], endpoint, made(), group, newer=True)
    page.saw(family, page.NEWER, "yes")


def rebalance(program: Program, endpoint: str, topic: str, group: str, newer: bool) -> None:
    """One member, then two, then one: at each stage the partitions are dealt out, and nothing is lost."""
    where = {"topic": topic, "group": group, "newer": newer}
    names = [f"{group}-{number}" for number in (1, 2)]
    records: dict[str, set] = {name: set() for name in names}

    def seen(*members: str) -> list[list[int]]:
        dealt = []
        for member in members:
            told = program.ask("seen", member=member)
            dealt.append(sorted(told["assigned"]))
            records[member] |= {tuple(one) for one in told["records"]}
        return dealt

    def dealt_out(*members: str) -> bool:
        dealt = seen(*members)
        return all(dealt) and sorted(sum(dealt, [])) == list(range(PARTITIONS))

    def all_came(count: int, *members: str) -> bool:
        seen(*members)
        expected = {(partition, offset) for partition in range(PARTITIONS) for offset in range(count // PARTITIONS)}
        return records[names[0]] | records[names[1]] == expected

    program.ask("join", endpoint, member=names[0], **where)
    wait_until("one has all", lambda: dealt_out(names[0]), PATIENCE)
    program.produce(endpoint, topic, "none", numbered(0, 20))
    wait_until("one received all", lambda: all_came(20, names[0]), PATIENCE)
    program.ask("join", endpoint, member=names[1], **where)
    wait_until("two share", lambda: dealt_out(*names), PATIENCE)
    program.produce(endpoint, topic, "none", numbered(20, 20))
    wait_until("two received all", lambda: all_came(40, *names), PATIENCE)
    assert records[names[1]], "the second had its share"
    program.ask("leave", member=names[0])
    wait_until("the other has all", lambda: dealt_out(names[1]), PATIENCE)
    program.produce(endpoint, topic, "none", numbered(40, 20))
    wait_until("the other received all", lambda: all_came(60, names[1]), PATIENCE)
    program.ask("leave", member=names[1])
    assert program.committed(endpoint, group, topic) == dict.fromkeys(range(PARTITIONS), 15)


@able(TRANSACTIONS)
def test_records_are_copied_once_in_transactions(family, programs, endpoint, group, made):
    source, target = made(), made()
    program = programs[family]
    program.produce(endpoint, source, "none", numbered(0, 20))
    copy = {"from": source, "to": target, "group": group, "id": f"copier-{group}", "count": 20}
    program.ask("copy", endpoint, **copy, commit=False)
    assert not any(offset > 0 for offset in program.committed(endpoint, group, source).values())
    program.ask("copy", endpoint, **copy, commit=True)
    assert program.committed(endpoint, group, source) == dict.fromkeys(range(PARTITIONS), 5)
    for partition in range(PARTITIONS):
        expected = [record for record in numbered(0, 20) if record.partition == partition]
        # Five that were aborted and their marker, five that were committed.
        everything = program.read(endpoint, target, partition, 0, 10)
        assert [one.offset for one in everything] == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10]
        assert program.read(endpoint, target, partition, 0, 5, committed=True) == expected
    for reader in [one for one in FAMILIES if one.can(TRANSACTIONS)]:
        # Of the last partition, which stands for all.
        received = programs[reader].read(endpoint, target, partition, 0, 5, committed=True)
        assert received == expected, reader.name
    page.saw(family, page.TRANSACTIONS, "yes")


@able(ADMINISTRATION)
def test_topics_are_made_described_altered_grown_and_deleted(family, programs, endpoint):
    program = programs[family]
    topic = f"matrix-{uuid.uuid4()}"
    new = {"topic": topic, "partitions": 2, "settings": {"retention.ms": "7200000"}}
    program.ask("create", endpoint, **new)
    found = wait_until("described", lambda: program.ask("describe", endpoint, topic=topic))
    assert (found["partitions"], found["settings"]["retention.ms"]) == (2, "7200000")
    assert found["settings"]["cleanup.policy"] == "delete"
    with pytest.raises(Refused) as again:
        program.ask("create", endpoint, **new)
    assert again.value.code == TOPIC_ALREADY_EXISTS, again.value
    program.ask("alter", endpoint, topic=topic, settings={"retention.ms": "86400000"})
    program.ask("grow", endpoint, topic=topic, partitions=5)
    found = program.ask("describe", endpoint, topic=topic)
    assert (found["partitions"], found["settings"]["retention.ms"]) == (5, "86400000")
    program.ask("delete", endpoint, topic=topic)
    assert topic not in AdminClient({"bootstrap.servers": endpoint}).list_topics(timeout=20).topics
    page.saw(family, page.ADMINISTRATION, "topics")


@able(ADMINISTRATION)
def test_groups_are_listed_and_described(family, programs, endpoint, group, made):
    topic = made()
    program = programs[family]
    program.produce(endpoint, topic, "none", numbered(0, 4))
    program.ask("join", endpoint, member=group, topic=topic, group=group, newer=False)

    def stands() -> tuple[str, int]:
        try:
            told = program.ask("group", endpoint, group=group)
        except Refused as refused:
            # The member may not have come yet.
            assert refused.code == GROUP_ID_NOT_FOUND, refused
            return "", 0
        return told["state"], told["members"]

    wait_until("it is stable", lambda: stands() == ("Stable", 1), PATIENCE)
    assert group in program.ask("groups", endpoint)["groups"]
    came = dict.fromkeys(range(PARTITIONS), 1)
    wait_until("it has committed", lambda: program.committed(endpoint, group, topic) == came, PATIENCE)
    program.ask("leave", member=group)
    wait_until("it is empty", lambda: stands() == ("Empty", 0), PATIENCE)
    page.saw(family, page.ADMINISTRATION, "groups")


@each_able("mechanism", MECHANISMS)
def test_users_log_in(family, mechanism, programs, guarded):
    name = f"user-{uuid.uuid4()}"
    kind = {"Type": "plain"} if mechanism == "PLAIN" else {"Type": "scram", "Mechanism": mechanism}
    guarded.call("CreateSaslUser", Username=name, Password=PASSWORD, **kind)
    at = Login(instance_find(guarded.cloud, guarded.id)["SaslDomainEndpoint"], name, PASSWORD, mechanism)
    sent = [Record(2, family.name.encode(), mechanism.encode())]
    (offset,) = programs[family].produce(at, "guarded", "none", sent)
    assert programs[family].read(at, "guarded", 2, offset, 1) == sent
    page.saw(family, page.LOGINS, mechanism)


def test_the_page_is_of_what_was_seen():
    if os.environ.get("WEIR_PAGES") == "write":
        page.write()
    assert page.rows() == page.written(), "run this file with WEIR_PAGES=write, and read what changed"
