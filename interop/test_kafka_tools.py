"""Apache Kafka's own tools, as they come from Maven, against the embedded broker: those that `test_kafka_admin.py`
does not have. What a tool says is held to what was sent, and what is not offered is told as such.
"""

import json
import re

import pytest
from confluent_kafka import Producer

from harness.kafka import Record, tools
from harness.kafka.librdkafka import Librdkafka

PATIENCE = 30


@pytest.fixture
def tool(endpoint, tmp_path):
    return lambda name, *words, text="": tools.run(tmp_path, endpoint, name, *words, text=text)


def test_the_console(tool, endpoint, topic, group):
    lines = [f"key{number}\tvalue{number}" for number in range(50)]
    keyed = ("--reader-property", "parse.key=true")
    tool("kafka-console-producer", "--topic", topic, *keyed, text="\n".join(lines) + "\n")
    shown = ("--formatter-property", "print.key=true", "--from-beginning", "--max-messages", "50")
    text = tool("kafka-console-consumer", "--topic", topic, "--group", group, *shown)
    assert sorted(text.splitlines()) == sorted(lines)
    assert sum(Librdkafka().committed(endpoint, group, topic).values()) == 50


def test_the_performance_tests(tool, topic):
    sent = ("--num-records", "2000", "--record-size", "100", "--throughput", "-1")
    assert "2000 records sent" in tool("kafka-producer-perf-test", "--topic", topic, *sent)
    text = tool("kafka-consumer-perf-test", "--topic", topic, "--num-records", "2000")
    names, values = (line.split(", ") for line in text.splitlines()[-2:])
    consumed = dict(zip(names, values, strict=True))
    assert next(int(value) for name, value in consumed.items() if name.endswith("consumed.in.nMsg")) >= 2000
    latency = ("--num-records", "20", "--producer-acks", "all", "--record-size", "20")
    text = tool("kafka-e2e-latency", "--topic", topic, *latency)
    assert float(re.search(r"Avg latency: ([\d.]+) ms", text)[1]) > 0


def test_the_verifiable_ones(tool, topic, group):
    text = tool("kafka-verifiable-producer", "--topic", topic, "--max-messages", "30")
    told = [json.loads(line) for line in text.splitlines()]
    assert [one["acked"] for one in told if one["name"] == "tool_data"] == [30]
    text = tool("kafka-verifiable-consumer", "--topic", topic, "--group-id", group, "--max-messages", "30")
    told = [json.loads(line) for line in text.splitlines()]
    assert sum(one["count"] for one in told if one["name"] == "records_consumed") == 30
    assert any(one["name"] == "offsets_committed" and one["success"] for one in told)


def test_transactions_are_listed_and_described(tool, endpoint, topic):
    id = f"open-{topic}"
    producer = Producer({"bootstrap.servers": endpoint, "transactional.id": id})
    producer.init_transactions(PATIENCE)
    producer.begin_transaction()
    producer.produce(topic, b"open", partition=0)
    producer.flush(PATIENCE)
    assert re.search(rf"{id}\s+1\s+\d+\s+Ongoing", tool("kafka-transactions", "list"))
    described = tool("kafka-transactions", "describe", "--transactional-id", id)
    assert "Ongoing" in described and f"{topic}-0" in described
    (row,) = rows(tool("kafka-transactions", "describe-producers", "--topic", topic, "--partition", "0"))
    assert row["LastSequence"] == "0" and row["CurrentTransactionStartOffset"] == "0"
    found = tool("kafka-transactions", "find-hanging", "--broker-id", "1", "--max-transaction-timeout", "15")
    assert topic not in found, "it is young, and its coordinator knows it"
    # Ending somebody else's transaction takes WriteTxnMarkers, which is not offered.
    at = ("--topic", topic, "--partition", "0", "--start-offset", "0")
    with pytest.raises(tools.Refused, match="WRITE_TXN_MARKERS|WriteTxnMarkers|UnsupportedVersion"):
        tool("kafka-transactions", "abort", *at)
    producer.commit_transaction(PATIENCE)
    assert re.search(rf"{id}\s+1\s+\d+\s+CompleteCommit", tool("kafka-transactions", "list"))


def rows(text: str) -> list[dict[str, str]]:
    """A tool's table; some of its cells are empty at the end only."""
    head, *lines = [line.split("\t") for line in text.splitlines() if line.strip()]
    return [{name.strip(): cell.strip() for name, cell in zip(head, line)} for line in lines]


def test_what_the_broker_offers(tool, topic, group, endpoint):
    offered = tool("kafka-broker-api-versions")
    assert re.search(r"Produce\(0\): 0 to 13 \[usable: 13\]", offered)
    assert "WriteTxnMarkers(27): UNSUPPORTED" in offered and "ElectLeaders(43): UNSUPPORTED" in offered
    features = tool("kafka-features", "describe")
    assert re.search(r"group\.version.*FinalizedVersionLevel: 1", features)
    assert re.search(r"transaction\.version.*FinalizedVersionLevel: 2", features)
    Librdkafka().produce(endpoint, topic, [Record(b"x", partition=0)])
    Librdkafka().consume(endpoint, topic, group, 1)
    assert group in tool("kafka-groups", "--list")
    state = tool("kafka-consumer-groups", "--describe", "--state", "--group", group)
    assert re.search(rf"{group}\s.*Empty", state)


def test_quotas_are_set_and_described(tool, instance, endpoint, topic, weir):
    def quotas(verb: str, *words: str) -> str:
        return tool("kafka-configs", verb, *words)

    client = ("--entity-type", "clients", "--entity-name", f"client-{topic}")
    user = ("--entity-type", "users", "--entity-name", f"user-{topic}")
    quotas("--alter", *client, "--add-config", "producer_byte_rate=1000,request_percentage=75.5")
    its_clients = (*user, "--entity-type", "clients", "--entity-default")
    quotas("--alter", *its_clients, "--add-config", "consumer_byte_rate=2048")
    assert "producer_byte_rate=1000.0, request_percentage=75.5" in quotas("--describe", *client)
    described = quotas("--describe", *its_clients)
    assert f"user-principal 'user-{topic}', the default client-id are consumer_byte_rate=2048.0" in described
    held = f'weir_kafka_throttled_requests_total{{instance="{instance.id}",kind="produce"}}'
    before = weir.metrics()[held]
    # Ten seconds' worth goes by at once, as in Kafka; what is over is told to the client, who goes on.
    producer = Producer({"bootstrap.servers": endpoint, "client.id": f"client-{topic}"})
    producer.produce(topic, bytes(10_500))
    assert producer.flush(PATIENCE) == 0
    assert weir.metrics()[held] == before + 1
    entities = f'weir_kafka_client_quotas{{instance="{instance.id}"}}'
    assert weir.metrics()[entities] == 2
    quotas("--alter", *client, "--delete-config", "producer_byte_rate,request_percentage")
    assert weir.metrics()[entities] == 1


def test_what_is_not_offered_is_told(tool, topic):
    elect = ("--election-type", "preferred", "--topic", topic, "--partition", "0")
    with pytest.raises(tools.Refused, match="UnsupportedVersionException"):
        tool("kafka-leader-election", *elect)
    with pytest.raises(tools.Refused, match="does not support LIST_CONFIG_RESOURCES"):
        tool("kafka-client-metrics", "--describe")
