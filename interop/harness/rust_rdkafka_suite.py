"""The tests of rust-rdkafka, as its package has them: built by Cargo, one process for each program."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from harness.librdkafka_suite import package
from harness.server import REPOSITORY

BUILDS = REPOSITORY / "target" / "rust-rdkafka-tests"
PACKAGE = "rdkafka"
# A program that takes longer has hung.
PROCESS_SECONDS = 120
RESULT = re.compile(r"^test (\S+) \.\.\. (ok|FAILED|ignored)", re.MULTILINE)


def built() -> dict[str, Path]:
    """The test programs by name. Cargo leaves alone what is built already."""
    source = package(PACKAGE)
    root = BUILDS / source.name
    if not root.exists():
        shutil.copytree(source, root)
        with (root / "Cargo.toml").open("a") as manifest:
            # It would be taken for a stray member of the workspace around it.
            manifest.write("\n[workspace]\n")
    command = ["cargo", "test", "--locked", "--no-run", "-j2", "--tests", "--message-format=json"]
    log = BUILDS / "build.log"
    with log.open("w") as said:
        done = subprocess.run(
            [*command, f"--target-dir={BUILDS / 'build'}"],
            cwd=root,
            env=os.environ | {"CARGO_PROFILE_TEST_DEBUG": "0", "CARGO_PROFILE_DEV_DEBUG": "0"},
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
    assert done.returncode == 0, f"rust-rdkafka's tests do not build; the reason is in {log}"
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    return {
        one["target"]["name"]: Path(one["executable"])
        for one in messages
        if one["reason"] == "compiler-artifact" and one["profile"]["test"] and one["executable"]
    }


def names(program: Path) -> set[str]:
    """The tests that a program has."""
    listed = subprocess.run([program, "--list"], stdout=subprocess.PIPE, text=True, check=True)
    return set(re.findall(r"^(\S+): test$", listed.stdout, re.MULTILINE))


def results(program: Path, endpoint: str, excluded: set[str]) -> tuple[dict[str, str], str]:
    """The word for each test of a program that is not excluded, and all that it printed."""
    skip = [word for name in sorted(excluded) for word in ("--skip", name)]
    try:
        done = subprocess.run(
            [program, "--test-threads=3", "--exact", *skip],
            env=os.environ | {"KAFKA_HOST": endpoint, "RUST_LOG": "off"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PROCESS_SECONDS,
        )
        said = done.stdout
    except subprocess.TimeoutExpired as hung:
        said = (hung.stdout or b"").decode(errors="replace")
    return dict(RESULT.findall(said)), said
