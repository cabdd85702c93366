"""Apache Kafka's own command line tools, as they come from Maven (`interop/kafka-tools`)."""

import subprocess
from pathlib import Path

from harness.kafka.java import JAVA
from harness.kafka.login import Login
from harness.server import REPOSITORY

LIBRARIES = REPOSITORY / "target" / "interop-kafka-tools" / "lib"
PATIENCE = 90
CLASSES = {
    "kafka-acls": "org.apache.kafka.tools.AclCommand",
    "kafka-broker-api-versions": "org.apache.kafka.tools.BrokerApiVersionsCommand",
    "kafka-client-metrics": "org.apache.kafka.tools.ClientMetricsCommand",
    "kafka-console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "kafka-console-producer": "org.apache.kafka.tools.ConsoleProducer",
    "kafka-consumer-perf-test": "org.apache.kafka.tools.ConsumerPerformance",
    "kafka-configs": "org.apache.kafka.tools.ConfigCommand",
    "kafka-consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "kafka-delete-records": "org.apache.kafka.tools.DeleteRecordsCommand",
    "kafka-e2e-latency": "org.apache.kafka.tools.EndToEndLatency",
    "kafka-features": "org.apache.kafka.tools.FeatureCommand",
    "kafka-get-offsets": "org.apache.kafka.tools.GetOffsetShell",
    "kafka-groups": "org.apache.kafka.tools.GroupsCommand",
    "kafka-leader-election": "org.apache.kafka.tools.LeaderElectionCommand",
    "kafka-log-dirs": "org.apache.kafka.tools.LogDirsCommand",
    "kafka-producer-perf-test": "org.apache.kafka.tools.ProducerPerformance",
    "kafka-replica-verification": "org.apache.kafka.tools.ReplicaVerificationTool",
    "kafka-topics": "org.apache.kafka.tools.TopicCommand",
    "kafka-transactions": "org.apache.kafka.tools.TransactionsCommand",
    "kafka-verifiable-consumer": "org.apache.kafka.tools.VerifiableConsumer",
    "kafka-verifiable-producer": "org.apache.kafka.tools.VerifiableProducer",
}


class Refused(Exception):
    """A tool that ended with an error, and all that it said."""


def run(directory: Path, endpoint: str, tool: str, *words: str, text: str = "") -> str:
    """What a tool prints, given `text`. Some print an error and end as if nothing were."""
    properties = directory / "client.properties"
    properties.write_text("".join(f"{name}={value}\n" for name, value in settings(endpoint).items()))
    command = [
        *JAVA,
        # Warnings only, on standard error.
        "-Dorg.apache.logging.log4j.simplelog.StatusLogger.level=OFF",
        "-cp",
        f"{LIBRARIES}/*",
        CLASSES[tool],
        "--bootstrap-server",
        str(endpoint),
        "--command-config",
        str(properties),
        *words,
    ]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=PATIENCE)
    if done.returncode != 0 or "Error" in done.stdout:
        raise Refused(done.stdout + done.stderr)
    return done.stdout


def settings(endpoint: str) -> dict[str, str]:
    """Settings of the client inside."""
    common = {"default.api.timeout.ms": "30000"}
    if not isinstance(endpoint, Login):
        return common
    module = "plain.PlainLoginModule" if endpoint.mechanism == "PLAIN" else "scram.ScramLoginModule"
    return common | {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": endpoint.mechanism,
        "sasl.jaas.config": f"org.apache.kafka.common.security.{module} required "
        f'username="{endpoint.user}" password="{endpoint.password}";',
    }
