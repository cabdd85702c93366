"""The binary at a terminal: commands, configuration, the data directory's owner, a clean end."""

import http.client
import json
import os
import re
import stat
import subprocess
import sys
import time
from contextlib import closing

import pytest

from harness.cloud import instance_bought, instances
from harness.kafka import Record
from harness.kafka.librdkafka import Librdkafka
from harness.server import REPOSITORY, Server, binary, environment, free_ports
from harness.signer import SignedCalls
from harness.target import connect

COMMANDS = ["serve", "quickstart", "call", "env", "explain", "keys", "bench", "completions"]


def run(*words: str, cwd=None, **settings: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [binary(), *words], cwd=cwd, env=environment(**settings), capture_output=True, text=True, timeout=30
    )


def at(server: Server) -> list[str]:
    """The flags that point a command at a server."""
    return [f"--data-dir={server.data}", f"--listen={server.address}"]


@pytest.fixture
def own(tmp_path):
    """A server that a test may stop."""
    server = Server(tmp_path / "server").start()
    yield server
    if server.is_running():
        server.kill()


def test_help_names_every_command():
    done = run("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert re.search(rf"^\s+{command}\s", done.stdout, re.MULTILINE), command
        assert run(command, "--help").returncode == 0


@pytest.mark.parametrize("words", [["env"], ["env", "--json"], ["completions", "bash"], ["--help"]])
def test_a_reader_may_go_early(weir, words):
    """As `head -1` does, here before the first byte."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write) as gone:
        done = subprocess.run(
            [binary(), *words, *at(weir)], env=environment(), stdout=gone, stderr=subprocess.PIPE, timeout=30
        )
    assert (done.returncode, done.stderr) == (0, b"")


def test_completions_complete():
    script = run("completions", "bash").stdout
    done = subprocess.run(
        [
            "bash",
            "-c",
            f'{script}\nCOMP_WORDS=(weir comp) COMP_CWORD=1; _weir weir comp weir; echo "${{COMPREPLY[@]}}"',
        ],
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["completions"], done.stderr


def test_call_prints_the_reply(weir):
    done = run("call", "GetInstanceList", "RegionId=cn-hangzhou", *at(weir))
    assert done.returncode == 0, done.stderr
    reply = json.loads(done.stdout)
    assert (reply["Code"], reply["Success"]) == (200, True)


def test_call_prints_an_error_and_fails(weir):
    done = run("call", "GetTopicList", "InstanceId=alikafka_post-cn-000000000000", *at(weir))
    assert done.returncode == 1
    assert json.loads(done.stdout)["Code"] == "BIZ.INSTANCE.NOT.FOUND"


def test_keys_of_the_owner_and_of_a_user(own):
    def keys(*words: str, **settings: str):
        done = run("keys", *words, *at(own), **settings)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout else None

    def status(key: dict) -> str:
        done = run(
            "call",
            "GetCallerIdentity",
            "Version=2015-04-01",
            *at(own),
            WEIR_ACCESS_KEY_ID=key["access_key_id"],
            WEIR_ACCESS_KEY_SECRET=key["access_key_secret"],
        )
        return json.loads(done.stdout).get("Code", "OK")

    made = keys("create")
    assert status(made) == "OK"
    keys("disable", made["access_key_id"])
    assert status(made) == "InvalidAccessKeyId.Inactive"
    keys("enable", made["access_key_id"])
    assert status(made) == "OK"
    after = keys("rotate", made["access_key_id"])
    assert (status(made), status(after)) == ("InvalidAccessKeyId.Inactive", "OK")
    keys("delete", made["access_key_id"])
    assert status(made) == "InvalidAccessKeyId.NotFound"

    # The key that the command itself calls with: the file follows.
    file = own.data / "credentials.json"
    first = json.loads(file.read_text())
    second = keys("rotate", first["access_key_id"])
    assert json.loads(file.read_text()) == second
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    listed = {key["AccessKeyId"]: key["Status"] for key in keys("list")}
    assert listed == {
        first["access_key_id"]: "Inactive",
        after["access_key_id"]: "Active",
        second["access_key_id"]: "Active",
    }

    assert run("call", "CreateUser", "Version=2015-05-01", "UserName=ann", *at(own)).returncode == 0
    anns = keys("create", "--user", "ann")
    assert status(anns) == "OK"
    assert [key["AccessKeyId"] for key in keys("list", "--user", "ann")] == [anns["access_key_id"]]
    refused = run("keys", "delete", anns["access_key_id"], *at(own))
    assert refused.returncode == 1 and "EntityNotExist.User.AccessKey" in refused.stderr

    other = keys("account", "create", "--name", "staging")
    assert status(other) == "OK"
    assert [account["DisplayName"] for account in keys("account", "list")] == ["", "staging"]


def test_env_is_a_shell_script_that_points_here(weir):
    script = run("env", *at(weir)).stdout
    printed = subprocess.run(
        ["sh", "-euc", f"{script}\nenv"], env=environment(), capture_output=True, text=True, check=True
    ).stdout
    variables = dict(line.split("=", 1) for line in printed.splitlines() if "=" in line)
    assert variables["ALIBABA_CLOUD_ACCESS_KEY_ID"] == weir.access_key.id
    assert variables["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] == weir.access_key.secret
    assert variables["WEIR_ENDPOINT"] == f"http://{weir.address}"
    # The Terraform provider's, which takes addresses without a scheme.
    assert variables["ALIKAFKA_ENDPOINT"] == variables["LOCATION_ENDPOINT"] == weir.address


@pytest.mark.parametrize(
    ("title", "command", "folder"),
    [("Python SDK", [sys.executable, "-c"], "."), ("Node SDK", ["node", "-e"], "node")],
    ids=["python", "node"],
)
def test_printed_snippets_run_as_they_are(weir, title, command, folder):
    text = run("env", *at(weir)).stdout
    snippet = text.split(f"# --- {title}\n")[1].split("\n# --- ")[0]
    code = "\n".join(line.removeprefix("#").removeprefix(" ") for line in snippet.splitlines())
    key = weir.access_key
    done = subprocess.run(
        [*command, code],
        cwd=REPOSITORY / "interop" / folder,
        env=environment(ALIBABA_CLOUD_ACCESS_KEY_ID=key.id, ALIBABA_CLOUD_ACCESS_KEY_SECRET=key.secret),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "RequestId" in done.stdout


def test_quickstart_does_the_main_job_and_again_on_its_own_data(tmp_path):
    ports = free_ports(8)
    words = ["--exit", "--messages=1200", f"--listen=127.0.0.1:{ports}", f"--kafka-port-base={ports + 1}"]
    for round_number in (1, 2):
        done = run("quickstart", *words, f"--data-dir={tmp_path}/data")
        assert done.returncode == 0, done.stderr
        # 1,200 messages of 12 partitions, in batches of 100: each partition has one more batch.
        rows = [line.split() for line in done.stdout.splitlines() if re.match(r"^ +\d+ +\d+ +\d+ +\d+$", line)]
        assert [[int(cell) for cell in row] for row in rows] == [
            [partition, 100 * round_number, 100 * round_number, 0] for partition in range(12)
        ]
        assert f"http://127.0.0.1:{ports}" in done.stdout
        assert f"127.0.0.1:{ports + 1}" in done.stdout


def test_quickstart_passes_over_an_instance_of_its_own_that_is_released(own):
    cloud = SignedCalls(own.address, own.access_key)
    credentials = (own.data / "credentials.json").stat().st_ino
    words = ["--exit", "--messages=1200", *at(own), f"--kafka-port-base={own.kafka_port_base}"]
    for expected in ({"quickstart": 5}, {"quickstart": 15, "quickstart-2": 5}):
        assert own.stop() == 0
        done = run("quickstart", *words)
        assert done.returncode == 0, done.stderr
        own.start()
        rows = {row["Name"]: row for row in instances(cloud)}
        assert {name: row["ServiceStatus"] for name, row in rows.items()} == expected
        cloud.call(
            "ReleaseInstance",
            RegionId="cn-hangzhou",
            InstanceId=rows["quickstart"]["InstanceId"],
            ForceDeleteInstance="true",
        )
    # Not written again at each start: a restart must not need room on the disk.
    assert (own.data / "credentials.json").stat().st_ino == credentials


def test_bench_prints_its_figures_beside_the_floor(tmp_path):
    done = run("bench", "--instances=2", f"--directory={tmp_path}", f"--json={tmp_path}/figures.json")
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["start_to_produce_ms"]["runs"] == 2
    assert figures["fdatasync_ms"]["median"] > 0
    assert figures["resident_kib"]["one"] > 0
    assert [path.name for path in tmp_path.iterdir()] == ["figures.json"]


def test_unknown_configuration_is_refused_by_name(tmp_path):
    (tmp_path / "weir.toml").write_text("kafka_port_bass = 9092\n")
    done = run("serve", cwd=tmp_path)
    assert done.returncode == 2
    assert "kafka_port_bass" in done.stderr
    assert run("serve", "--kafka-port-bass=9092", cwd=tmp_path).returncode == 2
    assert not (tmp_path / "weir-data").exists()


def test_only_the_owner_reads_the_credentials(weir):
    assert stat.S_IMODE((weir.data / "credentials.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(weir.data.stat().st_mode) == 0o700


def test_a_key_of_ones_own(tmp_path):
    server = Server(tmp_path, WEIR_ACCESS_KEY_ID="LTAImine", WEIR_ACCESS_KEY_SECRET="mine").start()
    done = run(
        "call", "GetInstanceList", *at(server), WEIR_ACCESS_KEY_ID="LTAImine", WEIR_ACCESS_KEY_SECRET="mine"
    )
    assert done.returncode == 0, done.stderr
    assert server.stop() == 0


def test_a_second_process_on_the_data_leaves_at_once(own, tmp_path):
    second = Server(tmp_path / "second")
    second.data = own.data
    started = time.monotonic()
    done = run(*second.arguments, cwd=tmp_path)
    assert time.monotonic() - started < 1
    assert done.returncode == 1
    assert str(own.data) in done.stderr
    assert instances(SignedCalls(own.address, own.access_key)) == []


def test_health_and_metrics(weir):
    for path in ("/healthz", "/readyz", "/metrics"):
        with closing(http.client.HTTPConnection(weir.address, timeout=10)) as connection:
            connection.request("GET", path)
            reply = connection.getresponse()
            assert reply.status == 200, path
            body = reply.read().decode()
    samples = [line for line in body.splitlines() if not line.startswith("#")]
    assert samples and all(re.fullmatch(r"\w+(\{.*\})? [-+.\deEInfNa]+", line) for line in samples)
    refused = ("logins_failed", "logins_missed", "sessions_expired", "addresses_refused", "requests_refused")
    kafka = [f"weir_kafka_{what}" for what in ("requests", "connections_refused", *refused)]
    for counted in (*kafka, "weir_audit_refusals_dropped"):
        assert f"# HELP {counted} " in body, counted


def test_explain_names_the_rule_that_decides(own):
    instance = instance_bought(SignedCalls(own.address, own.access_key))
    instance.call("CreateTopic", Topic="orders", Remark="explained", PartitionNum="1")

    def explain(*more: str) -> str:
        asked = ["--principal=User:billing", "--operation=write", "--resource=topic:orders"]
        done = run("explain", "acl", f"--instance={instance.id}", *asked, *more, *at(own))
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    assert explain() == 'User:billing may Write topic "orders": enable.acl is not on, so that rules do not count.'
    instance.call("UpdateInstanceConfig", Config=json.dumps({"enable.acl": "true"}))
    assert explain() == 'User:billing may not Write topic "orders": no rule speaks of it.'
    rule = {"AclResourceType": "Topic", "AclOperationType": "Write"}
    everybody = {"AclResourceName": "*", "AclResourcePatternType": "LITERAL"}
    instance.call("CreateAcl", Username="billing", **everybody, **rule)
    assert json.loads(explain("--json"))["Permitted"] is True
    prefix = {"AclResourceName": "ord", "AclResourcePatternType": "PREFIXED", "AclPermissionType": "DENY"}
    instance.call("CreateAcl", Username="*", **prefix, Host="10.0.0.1", **rule)
    assert json.loads(explain("--json"))["Permitted"] is True
    decides = 'the rule DENY Write of Topic PREFIXED "ord" for User:* from host 10.0.0.1 decides'
    assert explain("--host=10.0.0.1") == f'User:billing may not Write topic "orders": {decides}.'
    nowhere = ["--instance=nowhere", "--principal=User:a", "--operation=Read", "--resource=cluster"]
    wrong = run("explain", "acl", *nowhere, *at(own))
    assert wrong.returncode == 1 and "BIZ.INSTANCE.NOT.FOUND" in wrong.stderr


def test_dashboards_find_topics_and_groups_by_the_names_they_know(own):
    cloud = SignedCalls(own.address, own.access_key)
    instance = instance_bought(cloud)
    instance.call("CreateTopic", Topic="read", Remark="read", PartitionNum="2")
    instance.call("CreateConsumerGroup", ConsumerId="readers")
    client = Librdkafka()
    client.produce(instance.endpoint, "read", [Record(b"%d" % number, partition=1) for number in range(10)])
    client.consume(instance.endpoint, "read", "readers", 4)
    shown = own.metrics()
    topic = f'instance="{instance.id}",topic="read"'
    group = f'instance="{instance.id}",consumergroup="readers"'
    assert shown[f"kafka_topic_partitions{{{topic}}}"] == 2
    for partition, end in (("0", 0), ("1", 10)):
        labels = f'{topic},partition="{partition}"'
        assert shown[f"kafka_topic_partition_current_offset{{{labels}}}"] == end
        assert shown[f"kafka_topic_partition_oldest_offset{{{labels}}}"] == 0
    assert shown[f"kafka_consumergroup_members{{{group}}}"] == 0
    place = f'{group},topic="read",partition="1"'
    assert shown[f"kafka_consumergroup_current_offset{{{place}}}"] == 4
    assert shown[f"kafka_consumergroup_lag{{{place}}}"] == 6
    assert shown[f'kafka_consumergroup_lag_sum{{{group},topic="read"}}'] == 6
    assert shown[f'weir_kafka_figures_omitted{{instance="{instance.id}"}}'] == 0


def test_sigterm_drains_and_a_restart_keeps_everything(own):
    cloud = SignedCalls(own.address, own.access_key)
    instance = instance_bought(cloud)
    instance.call("CreateTopic", Topic="kept", Remark="kept", PartitionNum="1")
    instance.call("CreateConsumerGroup", ConsumerId="kept")
    client = Librdkafka()
    client.produce(instance.endpoint, "kept", [Record(b"%d" % number, partition=0) for number in range(10)])
    client.consume(instance.endpoint, "kept", "kept", 4)
    key = own.access_key

    port = int(instance.endpoint.rpartition(":")[2])
    with closing(connect(own.api_port)), closing(connect(port)):
        # Idle connections do not hold up the end.
        assert own.stop(seconds=12) == 0
    own.start()

    assert own.access_key == key
    (row,) = instances(cloud)
    assert (row["InstanceId"], row["ServiceStatus"], row["EndPoint"]) == (instance.id, 5, instance.endpoint)
    assert client.committed(instance.endpoint, "kept", "kept") == {0: 4}
    assert [one.value for one in client.consume(instance.endpoint, "kept", "kept", 6)] == [
        b"%d" % number for number in range(4, 10)
    ]
