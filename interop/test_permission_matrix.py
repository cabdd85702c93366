"""Who may do what through which port, as three client libraries find out: one table, every cell.

Rules are made with the vendor's SDK on a running instance. The second half kills the server, and finds everything as it
was.
"""

import json
import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from harness.audit import records
from harness.cloud import REGION, CloudError, Instance, instance_bought, instance_find, unthrottled
from harness.matrix.families import FAMILIES
from harness.matrix.program import Program, Refused
from harness.python_sdk import CurrentSdk
from harness.server import AccessKey, Server, binary, environment
from harness.waiting import wait_until

DONE, TOPIC, GROUP, TRANSACTIONAL_ID, LOGIN = "done", 29, 30, 53, 58
# Nobody says why: a connection is closed, and the client tries again until its time is over.
SILENCE = "silence"
# There is no login where one is tried. Kafka's word is 34; librdkafka calls it a refused login, and kafka-python goes on trying.
NO_LOGIN, WORDS_FOR_NO_LOGIN = "no login", (34, LOGIN, SILENCE)
CLIENTS = ("confluent-kafka", "Java, 4.x", "kafka-python")
PORTS = ("plain", "SASL", "SASL_SSL internet", "SASL_SSL VPC")
PASSWORD = "pencil"

# What each attempt comes to when the rules do not allow it.
REFUSED = {"produce": TOPIC, "consume": TOPIC, "join": GROUP, "transact": TRANSACTIONAL_ID, "administer": TOPIC}
ALLOWED = dict.fromkeys(REFUSED, DONE)


def always(outcome: object) -> dict:
    return dict.fromkeys(REFUSED, outcome)


# Who, and what comes of each attempt on the three ports on which clients log in.
CASES = {
    "no user": always(SILENCE),
    "wrong password": always(LOGIN),
    "user without rule": REFUSED,
    "user with rule": ALLOWED,
    "prefixed rule": ALLOWED,
    "wildcard": ALLOWED,
    "denied": REFUSED,
}
# The plain port knows no users: whoever comes without one may do everything, and there is nothing to log in to.
ON_PLAIN = {case: always(DONE if case == "no user" else NO_LOGIN) for case in CASES}
# kafka-python logs that a login is refused, goes on trying, and tells its caller that there is no broker.
TOLD_OTHERWISE = {("kafka-python", LOGIN): SILENCE}
# Longer than anything takes that is answered, and as long as it takes to see that something is not.
PATIENCE, SILENT_AFTER = 30.0, 1.0


def expected(cell: tuple[str, str], case: str) -> dict:
    port, client = cell
    outcomes = ON_PLAIN[case] if port == "plain" else CASES[case]
    return {what: TOLD_OTHERWISE.get((client, outcome), outcome) for what, outcome in outcomes.items()}


def user_of(case: str) -> str:
    return case.replace(" ", "-")


@dataclass
class Stage:
    """An instance with all four ports, and the users of the table."""

    server: Server
    instance: Instance
    topic: str
    # One of each port and client, which are also their transactional ids: they must not disturb each other.
    groups: dict[tuple[str, str], str]

    def at(self, port: str, case: str) -> dict[str, str]:
        """Where and as whom, in the words of `contract/README.md`."""
        row = instance_find(self.instance.cloud, self.instance.id)
        names = {"plain": "EndPoint", "SASL": "SaslDomainEndpoint", "SASL_SSL internet": "SslEndPoint"}
        at = {"endpoint": row[names.get(port, "VpcSaslEndPoint")]}
        if port.startswith("SASL_SSL"):
            at["authority"] = str(self.server.data / "ca.pem")
        if case != "no user":
            # The one with the wrong password has the others' rights.
            name = user_of("wildcard" if case == "wrong password" else case)
            password = "pen" if case == "wrong password" else PASSWORD
            at |= {"user": name, "password": password, "mechanism": "PLAIN"}
        return at

    def grant(self, case: str, pattern: str, topic: str, groups: list[str], permission: str = "ALLOW") -> None:
        topics = [("Topic", topic, "Write,Read,DescribeConfigs")]
        others = [(kind, name, do) for name in groups for kind, do in (("Group", "Read"), ("TransactionalId", "Write"))]
        for kind, name, operations in topics + others:
            self.instance.call(
                "CreateAcl",
                Username=user_of(case),
                AclResourceType=kind,
                AclResourceName=name,
                AclResourcePatternType=pattern,
                AclOperationType=operations.partition(",")[0],
                AclOperationTypes=operations,
                AclPermissionType=permission,
            )


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("permissions")).start()
    instance = instance_bought(CurrentSdk(server.address, server.access_key), public=True)
    settings = {"enable.acl": "true", "enable.vpc_sasl_ssl": "true"}
    instance.call("UpdateInstanceConfig", Config=json.dumps(settings))
    ending = uuid.uuid4().hex
    cells = [(port, client) for port in PORTS for client in CLIENTS]
    groups = {cell: f"readers-{number}-{ending}" for number, cell in enumerate(cells)}
    stage = Stage(server, instance, f"orders-{ending}", groups)
    unthrottled(lambda: instance.call("CreateTopic", Topic=stage.topic, Remark="matrix", PartitionNum="1"))
    for group in groups.values():
        instance.call("CreateConsumerGroup", ConsumerId=group)
    for case in CASES:
        if case not in ("no user", "wrong password"):
            instance.call("CreateSaslUser", Username=user_of(case), Password=PASSWORD)
    names = stage.topic, list(groups.values())
    stage.grant("user with rule", "LITERAL", *names)
    stage.grant("prefixed rule", "PREFIXED", "orders-", ["readers-"])
    stage.grant("wildcard", "LITERAL", "*", ["*"])
    stage.grant("denied", "LITERAL", "*", ["*"])
    stage.grant("denied", "PREFIXED", "ord", ["read"], permission="DENY")
    yield stage
    assert server.stop() == 0


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """One process for each port and client."""
    families = {family.name: family for family in FAMILIES}
    running = {}
    for port in PORTS:
        for name in CLIENTS:
            family, directory = families[name], tmp_path_factory.mktemp("client")
            running[port, name] = Program(family.command, directory, family.environment)
    yield running
    for program in running.values():
        program.close()


def about(stage: Stage, cell: tuple[str, str], patience: float = PATIENCE) -> dict:
    name = stage.groups[cell]
    return {"topic": stage.topic, "group": name, "id": name, "patience": patience}


def outcome(program: Program, stage: Stage, cell: tuple[str, str], at: dict, what: str, wanted: object) -> object:
    patience = SILENT_AFTER if wanted in (SILENCE, NO_LOGIN) else PATIENCE
    try:
        program.ask("attempt", at=at, what=what, **about(stage, cell, patience))
    except Refused as refused:
        # A client of Java's calls it a request that timed out.
        told = SILENCE if refused.code in (None, 7) else refused.code
        return NO_LOGIN if wanted == NO_LOGIN and told in WORDS_FOR_NO_LOGIN else told
    return DONE


def seen(program: Program, stage: Stage, cell: tuple[str, str]) -> dict:
    """Everything through one port with one client."""
    found = {}
    for case in CASES:
        at = stage.at(cell[0], case)
        for what, wanted in expected(cell, case).items():
            found[case, what] = outcome(program, stage, cell, at, what, wanted)
    return found


def matrix(stage: Stage, programs: dict, clients: tuple[str, ...]) -> dict:
    """What differs from the table, of every port and these clients."""
    cells = [(port, client) for port in PORTS for client in clients]
    with ThreadPoolExecutor(len(cells)) as pool:
        columns = list(pool.map(lambda cell: seen(programs[cell], stage, cell), cells))
    return {
        (*cell, case, what): (came, expected(cell, case)[what])
        for cell, column in zip(cells, columns, strict=True)
        for (case, what), came in column.items()
        if came != expected(cell, case)[what]
    }


# 420 clients; a busy machine takes several times as long as an idle one.
@pytest.mark.timeout(420)
def test_every_cell_is_as_the_table_says(stage, programs):
    # There is something to read.
    first = "plain", "confluent-kafka"
    assert outcome(programs[first], stage, first, stage.at("plain", "no user"), "produce", DONE) == DONE
    assert matrix(stage, programs, CLIENTS) == {}


def test_a_change_through_the_sdk_is_there_for_the_next_request(stage, programs):
    cell, case = ("SASL", "confluent-kafka"), "user without rule"
    program, at = programs[cell], stage.at("SASL", case)
    rule = {
        "Username": user_of(case),
        "AclResourceType": "Topic",
        "AclResourceName": stage.topic,
        "AclResourcePatternType": "LITERAL",
        "AclOperationType": "Write",
    }
    for _ in range(3):
        stage.instance.call("CreateAcl", **rule)
        assert outcome(program, stage, cell, at, "produce", DONE) == DONE
        stage.instance.call("DeleteAcl", **rule)
        assert outcome(program, stage, cell, at, "produce", TOPIC) == TOPIC


def test_another_account_reaches_neither_the_rules_nor_the_port(stage, programs):
    server = stage.server
    made = subprocess.run(
        [binary(), "keys", "account", "create", f"--data-dir={server.data}", f"--listen={server.address}"],
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    )
    key = json.loads(made.stdout)
    other = CurrentSdk(server.address, AccessKey(key["access_key_id"], key["access_key_secret"]))
    theirs = instance_bought(other)
    theirs.call("UpdateInstanceConfig", Config=json.dumps({"enable.acl": "true"}))
    theirs.call("CreateSaslUser", Username="stranger", Password=PASSWORD)
    theirs.call("CreateTopic", Topic=stage.topic, Remark="matrix", PartitionNum="1")
    rule = {
        "Username": "stranger",
        "AclResourceType": "Topic",
        "AclResourceName": "*",
        "AclResourcePatternType": "LITERAL",
        "AclOperationType": "Write",
    }
    # On their own instance it is theirs to say; on this one there is nothing to them.
    theirs.call("CreateAcl", **rule)
    for action, parameters in [
        ("CreateAcl", rule),
        ("CreateSaslUser", {"Username": "stranger", "Password": PASSWORD}),
        ("DescribeSaslUsers", {}),
    ]:
        with pytest.raises(CloudError, match="BIZ.INSTANCE.NOT.FOUND"):
            other.call(action, RegionId=REGION, InstanceId=stage.instance.id, **parameters)
    cell = "SASL", "confluent-kafka"
    here = stage.at("SASL", "wildcard") | {"user": "stranger"}
    assert outcome(programs[cell], stage, cell, here, "produce", LOGIN) == LOGIN
    there = here | {"endpoint": instance_find(other, theirs.id)["SaslDomainEndpoint"]}
    assert outcome(programs[cell], stage, cell, there, "produce", DONE) == DONE
    # What was refused there is in their instance's record, kind by kind.
    with pytest.raises(Refused):
        programs[cell].ask("attempt", at=there | {"password": "pen"}, what="produce", **about(stage, cell))
    assert outcome(programs[cell], stage, cell, there, "administer", TOPIC) == TOPIC
    topic = f"{theirs.id}/topic/{stage.topic}"

    def recorded() -> set[tuple[str, str, str]]:
        told = [one for one in records(server) if one.subject.startswith(theirs.id) and one.outcome == "refused"]
        assert all(one.address == "127.0.0.1" for one in told)
        return {(one.action, one.details["user"], one.subject) for one in told}

    wanted = {("client_login", "stranger", theirs.id), ("client_request", "stranger", topic)}
    wait_until("both are recorded", lambda: wanted <= recorded(), 20)


def test_the_audit_record_is_short_and_has_no_secrets(stage):
    """After all that was refused, 127.0.0.1 has its 16 kinds of this instance and numbers."""
    told = [one for one in records(stage.server) if one.action.startswith("client_")]
    assert any(one.details.get("more", 0) or one.details.get("user") for one in told)
    assert len(told) < 300
    assert not any(PASSWORD in str(one) or '"pen"' in str(one) for one in told)


def test_all_of_it_holds_after_a_kill(stage, programs):
    stage.server.kill()
    stage.server.start()
    assert matrix(stage, programs, CLIENTS[:1]) == {}
