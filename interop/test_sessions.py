"""Logins that have an end: clients log in again on the connections that they have (KIP-368), and notice nothing."""

import json
import uuid

import pytest

from harness.cloud import Instance, instance_bought, instance_find
from harness.figures import figures
from harness.kafka import Record
from harness.kafka.librdkafka import Librdkafka
from harness.kafka.login import SCRAM, Login
from harness.matrix.families import FAMILIES, Family
from harness.matrix.program import Program
from harness.server import Server
from harness.signer import SignedCalls
from harness.waiting import wait_until

# Clients log in again when nine tenths of it are over.
LASTS_MS = 2_000
LOGINS_MORE = 3
able = pytest.mark.parametrize(
    "family",
    [family for family in FAMILIES if family.name in ("confluent-kafka", "Java, 4.x")],
    ids=lambda family: family.name,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("sessions")
    (directory / "weir.toml").write_text(f"[kafka]\nconnections_max_reauth_ms = {LASTS_MS}\n")
    server = Server(directory).start()
    yield server
    assert server.stop() == 0


@pytest.fixture(scope="module")
def guarded(server) -> Instance:
    instance = instance_bought(SignedCalls(server.address, server.access_key))
    instance.call("UpdateInstanceConfig", Config=json.dumps({"enable.acl": "true"}))
    instance.call("CreateTopic", Topic="orders", Remark="sessions", PartitionNum="1")
    everybody = {"Username": "*", "AclResourceName": "*", "AclResourcePatternType": "LITERAL"}
    for kind in ("Topic", "Group"):
        instance.call("CreateAcl", **everybody, AclResourceType=kind, AclOperationType="Read")
    return instance


@able
def test_a_member_logs_in_again_and_loses_nothing(family: Family, server, guarded, tmp_path):
    name, group = f"user-{uuid.uuid4()}", f"group-{uuid.uuid4()}"
    guarded.call("CreateSaslUser", Username=name, Password="pencil", Type="scram", Mechanism=SCRAM[0])
    endpoint = instance_find(guarded.cloud, guarded.id)["SaslDomainEndpoint"]
    whom = Login(endpoint, name, "pencil", SCRAM[0])

    def counted(metric: str, **labels: str) -> float:
        wanted = {"instance": guarded.id} | labels
        return sum(value for found, value in figures(server, metric) if wanted.items() <= found.items())

    program = Program(family.command, tmp_path, family.environment)
    try:
        program.ask("join", whom, member="one", topic="orders", group=group, newer=False)
        wait_until("it is assigned", lambda: program.ask("seen", member="one")["assigned"], 30)
        logins = counted("weir_kafka_requests_total", api="SaslHandshake")
        enough = logins + LOGINS_MORE
        wait_until(
            "it logs in again and again",
            lambda: counted("weir_kafka_requests_total", api="SaslHandshake") >= enough,
            30,
        )
        ((_, offset),) = Librdkafka().produce(guarded.endpoint, "orders", [Record(b"still there", partition=0)])
        wait_until("it still reads", lambda: [0, offset] in program.ask("seen", member="one")["records"], 30)
        program.ask("leave", member="one")
    finally:
        program.close()
    # On the connections it had: none came to its end, and no login was refused.
    assert counted("weir_kafka_sessions_expired_total") == 0
    assert counted("weir_kafka_logins_failed_total") == 0
