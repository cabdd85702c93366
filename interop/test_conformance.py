"""The conformance suite, run unchanged against Weir and against Apache Kafka: what differs is in its list."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.apache import JARS, PASSWORD, USER, Apache
from harness.cloud import instance_bought, instance_find
from harness.server import REPOSITORY
from harness.signer import SignedCalls

SUITE = REPOSITORY / "conformance"
SECONDS = 300


@pytest.fixture(scope="module")
def program() -> Path:
    subprocess.run(["cargo", "build", "--locked", "--manifest-path", SUITE / "Cargo.toml"], check=True)
    return SUITE / "target" / "debug" / "conformance"


@pytest.fixture(scope="module")
def jars() -> Path:
    if not JARS.is_dir():
        pom = REPOSITORY / "bench" / "kafka" / "pom.xml"
        subprocess.run([shutil.which("mvn"), "-q", "--batch-mode", "-f", pom, "package"], check=True)
    return JARS


def test_weir_answers_as_the_cases_and_its_differences_say(program, weir, tmp_path):
    bought = instance_bought(SignedCalls(weir.address, weir.access_key))
    bought.call("UpdateInstanceConfig", Config=json.dumps({"enable.acl": "true"}))
    bought.call("CreateSaslUser", Username=USER, Password=PASSWORD, Type="plain")
    login = instance_find(bought.cloud, bought.id)["SaslDomainEndpoint"]
    held(program, "weir", bought.endpoint, login, tmp_path)


def test_apache_kafka_answers_as_the_cases_and_its_differences_say(program, jars, tmp_path):
    with Apache(tmp_path / "apache", jars) as apache:
        held(program, "apache", apache.endpoint, apache.sasl_endpoint, tmp_path)


def held(program: Path, target: str, endpoint: str, login: str, directory: Path) -> None:
    """Runs every case; an unexpected result or a stale difference fails with the table of both."""
    done = subprocess.run(
        [
            program,
            f"--target={target}",
            f"--bootstrap={endpoint}",
            f"--sasl={login}",
            f"--sasl-user={USER}",
            f"--sasl-password={PASSWORD}",
            f"--differences={SUITE / 'differences.toml'}",
            f"--json={directory / 'conformance.json'}",
        ],
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    seen = [line for line in done.stdout.splitlines() if not line.startswith(("same", "known"))]
    assert done.returncode == 0, "\n".join([*seen, done.stderr])
