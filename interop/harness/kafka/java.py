"""The Apache Kafka Java client, through the program in `java/`."""

import base64
import json
import subprocess

from harness.kafka import Received, Record, login
from harness.server import REPOSITORY

BUILT = REPOSITORY / "target" / "interop-java"
# Short runs: no time for the optimising compiler, little memory.
JAVA = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m"]
QUIET = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]


class Java:
    name = "java"

    def produce(self, endpoint, topic, records, compression="none", idempotent=True):
        lines = _run(
            "produce",
            input=[_line(record) for record in records],
            endpoint=endpoint,
            topic=topic,
            compression=compression,
            idempotent=str(idempotent).lower(),
        )
        return [(line["partition"], line["offset"]) for line in lines]

    def consume(self, endpoint, topic, group, count):
        return [
            _received(line)
            for line in _run("consume", endpoint=endpoint, topic=topic, group=group, count=count)
        ]

    def read(self, endpoint, topic, partition, offset, count, committed=False):
        lines = _run(
            "read",
            endpoint=endpoint,
            topic=topic,
            partition=partition,
            offset=offset,
            count=count,
            isolation="read_committed" if committed else "read_uncommitted",
        )
        return [_received(line) for line in lines]

    def offset(self, endpoint, topic, partition, when):
        (line,) = _run("offset", endpoint=endpoint, topic=topic, partition=partition, when=when)
        return line["offset"]

    def committed(self, endpoint, group, topic):
        lines = _run("committed", endpoint=endpoint, topic=topic, group=group)
        return {line["partition"]: line["offset"] for line in lines}

    def load_command(self, endpoint, topic, partitions, producer, count):
        return command(
            "load", endpoint=endpoint, topic=topic, partitions=partitions, producer=producer, count=count
        )

    def member_command(self, endpoint, topic, group, journal, protocol="classic", instance=""):
        who = {"endpoint": endpoint, "topic": topic, "group": group, "journal": journal}
        return command("member", **who, protocol=protocol, instance=instance)

    def copy_command(self, endpoint, input, output, group, id, abort, count):
        return command(
            "copy",
            endpoint=endpoint,
            input=input,
            output=output,
            group=group,
            id=id,
            abort=abort,
            count=count,
        )

    def fence(self, endpoint, topic, id):
        (line,) = _run("fence", endpoint=endpoint, topic=topic, id=id)
        return line["zombie"]


def command(name: str, endpoint: str, **arguments) -> list[str]:
    arguments = login.java(endpoint) | arguments
    words = [f"{argument}={value}" for argument, value in arguments.items()]
    class_path = f"{BUILT / 'weir-interop.jar'}:{BUILT / 'lib'}/*"
    return [*JAVA, *QUIET, "-cp", class_path, "weir.interop.Main", name, *words]


def _run(name: str, endpoint: str, input: list[dict] = (), **arguments) -> list[dict]:
    done = subprocess.run(
        command(name, endpoint, **arguments),
        input="".join(json.dumps(line) + "\n" for line in input),
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def _line(record: Record) -> dict:
    return {
        "key": _encoded(record.key),
        "value": _encoded(record.value),
        "headers": [[name, _encoded(value)] for name, value in record.headers],
        "partition": record.partition,
        "timestamp": record.timestamp,
    }


def _received(line: dict) -> Received:
    return Received(
        line["partition"],
        line["offset"],
        line["timestamp"],
        _decoded(line["key"]),
        _decoded(line["value"]),
        [(name, _decoded(value)) for name, value in line["headers"]],
    )


def _encoded(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


def _decoded(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)
