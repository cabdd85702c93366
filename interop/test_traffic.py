"""Instances have the traffic that was bought, and no more: what clients see is within a tenth of it.

The one place where a rate is asserted: it is what is promised. Three instances are measured at the same time, so that
none of them has what another leaves.
"""

import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from harness.cloud import (
    REGION,
    Instance,
    instance_find,
    instance_in_service,
    instance_start,
    instances,
    unthrottled,
)
from harness.kafka import tools
from harness.kafka.login import Login
from harness.server import Server
from harness.signer import SignedCalls
from harness.traffic import MB, MBIT, WARM_UP, consumed, produced

PEAK = 2
LINE = 8
RECORD = 4_000
JAVA_SECONDS = 8
BUFFER = 1 << 20
# Java's tools say how fast so many records were. They take a second or more to begin, and that does not count.
WARM_UP_RECORDS = int(PEAK * MB * WARM_UP / RECORD)
RECORDS = int(PEAK * MB * (WARM_UP + JAVA_SECONDS) / RECORD)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("traffic")).start()
    yield server
    assert server.stop() == 0


def bought(cloud: SignedCalls, **network: int) -> Instance:
    """The smallest there is: 2 MB/s each way."""
    order = cloud.call(
        "CreatePostPayOrder",
        RegionId=REGION,
        TopicQuota=3,
        DiskType="0",
        DiskSize=500,
        IoMaxSpec="alikafka.hw.test",
        SpecType="normal",
        **network,
    )
    (row,) = instances(cloud, OrderId=order["OrderId"])
    instance_start(cloud, row["InstanceId"], "EipMax" in network)
    row = instance_in_service(cloud, row["InstanceId"])
    return Instance(cloud, row["InstanceId"], row["EndPoint"])


@pytest.fixture(scope="module")
def three(server) -> list[Instance]:
    cloud = SignedCalls(server.address, server.access_key)
    return [bought(cloud, DeployType=5), bought(cloud, DeployType=5), bought(cloud, DeployType=4, EipMax=LINE)]


@pytest.fixture(scope="module")
def public(server, three) -> Login:
    """The third, over the internet."""
    (user,) = three[2].call("DescribeSaslUsers")["SaslUserList"]["SaslUserVO"]
    endpoint = instance_find(three[2].cloud, three[2].id)["SslEndPoint"]
    return Login(endpoint, user["Username"], user["Password"], authority=str(server.data / "ca.pem"))


@pytest.fixture(scope="module")
def topics(three) -> list[str]:
    """One on each, of a single partition."""
    name = f"topic-{uuid.uuid4()}"
    for instance in three:
        admin = AdminClient({"bootstrap.servers": instance.endpoint})
        admin.create_topics([NewTopic(name, 1, 1)])[name].result(20)
    return [name] * len(three)


def java_produced(directory, endpoint: str, topic: str) -> float:
    sent = ["--topic", topic, "--num-records", f"{RECORDS}", "--record-size", f"{RECORD}", "--throughput", "-1"]
    sent += ["--warmup-records", f"{WARM_UP_RECORDS}"]
    # What a busy machine needs for a request does not decide the rate when several are under way and the disk is not
    # waited for.
    given = ["acks=1", "enable.idempotence=false", "batch.size=131072", f"buffer.memory={BUFFER}"]
    settings = [word for one in given for word in ("--command-property", one)]
    text = tools.run(directory, endpoint, "kafka-producer-perf-test", *sent, *settings)
    assert f"{RECORDS} records sent" in text
    counted = RECORDS - WARM_UP_RECORDS
    rate = float(re.search(rf"{counted} steady state records sent.* \(([\d.]+) MB/sec\)", text)[1]) * MB
    # The warm-up is over for the tool when its last record is in the producer's memory, which is full.
    return rate * (counted + BUFFER / RECORD) / counted


def java_consumed(directory, endpoint: str, topic: str) -> float:
    text = tools.run(
        directory, endpoint, "kafka-consumer-perf-test", "--topic", topic, "--num-records", str(RECORDS)
    )
    names, values = (line.split(", ") for line in text.splitlines()[-2:])
    assert names[0] == "start.time", text
    return float(values[names.index("fetch.MB.sec")]) * MB


def shown(server: Server, name: str, instance: Instance, **labels: str) -> float:
    """One figure of `/metrics`."""
    wanted = ",".join(f'{label}="{value}"' for label, value in {"instance": instance.id, **labels}.items())
    return server.metrics()[f"{name}{{{wanted}}}"]


def assert_bought(measure: Callable[[], dict[str, float]], **wanted: float) -> None:
    """A machine that is busy makes clients slower and never faster: nobody is ever above, and of three tries one is not
    below."""
    parts = {}
    for _ in range(3):
        seen = measure()
        parts = {who: round(seen[who] / rate, 3) for who, rate in wanted.items()}
        print("of the rate that was bought:", parts)
        assert all(part <= 1.1 for part in parts.values()), parts
        if all(part >= 0.9 for part in parts.values()):
            return
    raise AssertionError(parts)


def together(**measured) -> dict[str, float]:
    with ThreadPoolExecutor(len(measured)) as pool:
        futures = {who: pool.submit(*call) for who, call in measured.items()}
        return {who: future.result() for who, future in futures.items()}


def test_clients_send_as_fast_as_was_bought(server, three, topics, public, tmp_path):
    first, second, third = three
    assert_bought(
        lambda: together(
            librdkafka=(produced, first.endpoint, topics[0], RECORD),
            java=(java_produced, tmp_path, second.endpoint, topics[1]),
            internet=(produced, public, topics[2], RECORD),
        ),
        librdkafka=PEAK * MB,
        java=PEAK * MB,
        internet=LINE * MBIT,
    )
    for instance in three:
        assert shown(server, "weir_kafka_throttled_requests_total", instance, kind="produce") > 0
        assert shown(server, "weir_kafka_throttled_requests_total", instance, kind="fetch") == 0
    assert shown(server, "weir_kafka_traffic_limit_bytes", third, traffic="public") == LINE * MBIT


def test_clients_read_as_fast_as_was_bought(server, three, topics, public, tmp_path):
    first, second, _ = three
    assert_bought(
        lambda: together(
            librdkafka=(consumed, first.endpoint, topics[0]),
            java=(java_consumed, tmp_path, second.endpoint, topics[1]),
            internet=(consumed, public, topics[2]),
        ),
        librdkafka=PEAK * MB,
        java=PEAK * MB,
        internet=LINE * MBIT,
    )
    assert shown(server, "weir_kafka_throttle_seconds_total", first, kind="fetch") > 1


def test_more_is_bought_for_clients_that_go_on_and_outlives_a_kill(server, three, topics, public):
    _, other, third = three
    more = {"DiskSize": 500, "IoMaxSpec": "alikafka.hw.2xlarge", "EipModel": True, "EipMax": 4 * LINE}

    def upgraded() -> None:
        unthrottled(lambda: third.call("UpgradePostPayOrder", **more))

    # More than the instance had before, whichever way.
    sent = (produced, public, topics[2], RECORD, upgraded)
    assert_bought(lambda: together(after=sent), after=4 * LINE * MBIT)
    server.kill()
    server.start()
    assert shown(server, "weir_kafka_traffic_limit_bytes", third, traffic="read") == 20 * MB
    assert shown(server, "weir_kafka_traffic_limit_bytes", third, traffic="public") == 4 * LINE * MBIT
    assert shown(server, "weir_kafka_traffic_limit_bytes", other, traffic="sent") == PEAK * MB
