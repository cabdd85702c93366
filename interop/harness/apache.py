"""Apache Kafka as it is released: one node, KRaft, with access rules, in a directory of its own."""

import subprocess
from contextlib import closing
from pathlib import Path

from harness.frames import api_versions
from harness.server import REPOSITORY, free_ports
from harness.target import connect
from harness.waiting import wait_until

# What `mvn -f bench/kafka/pom.xml package` gathers.
JARS = REPOSITORY / "bench" / "kafka" / "target" / "apache-kafka"
USER, PASSWORD = "conformance", "conformance-secret"


class Apache:
    """Runs while it is entered. Its plain listener's clients may do anything, its other one wants a login."""

    def __init__(self, directory: Path, jars: Path = JARS):
        self._directory = directory
        self._jars = jars
        directory.mkdir(parents=True, exist_ok=True)
        first = free_ports(3)
        self.endpoint, self.sasl_endpoint, self._controller = (f"127.0.0.1:{first + i}" for i in range(3))

    def __enter__(self) -> "Apache":
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in self._settings().items()))
        tool = ["kafka.tools.StorageTool", "format", "-t", "conformance-kafka-clus", "-c", self._properties]
        subprocess.run(self._java(*tool), check=True, capture_output=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._java("-Xmx512m", "kafka.Kafka", self._properties), stdout=log, stderr=log
            )
        try:
            wait_until("Apache Kafka serves", self._is_serving, seconds=90)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_) -> None:
        self._end()

    @property
    def _properties(self) -> Path:
        return self._directory / "server.properties"

    @property
    def _log(self) -> Path:
        return self._directory / "log"

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()

    def _is_serving(self) -> bool:
        assert self._process.poll() is None, self._log.read_text()[-4000:]
        try:
            with closing(connect(int(self.endpoint.rpartition(":")[2]))) as connection:
                return bool(api_versions(connection))
        except OSError:
            return False

    def _java(self, *arguments) -> list[str]:
        return ["java", "-cp", f"{self._jars}/*", *map(str, arguments)]

    def _settings(self) -> dict[str, str]:
        plain = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{self._controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{self.endpoint},SASL://{self.sasl_endpoint},CONTROLLER://{self._controller}",
            "advertised.listeners": f"PLAINTEXT://{self.endpoint},SASL://{self.sasl_endpoint}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256",
            "listener.name.sasl.plain.sasl.jaas.config": f'{plain} user_{USER}="{PASSWORD}";',
            "listener.name.sasl.scram-sha-256.sasl.jaas.config": (
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            ),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
            "log.dirs": str(self._directory / "data"),
            # What one node needs, and no waiting that Weir does not do.
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.num.partitions": "4",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "log.cleaner.backoff.ms": "200",
        }
