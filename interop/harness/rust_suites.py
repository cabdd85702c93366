"""The tests of Rust's Kafka clients, as their packages have them: built by Cargo, one process for each program.

Both have librdkafka in C among what they are tested with; they are linked with the one that is built for its own tests.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from harness.librdkafka_suite import library, package
from harness.server import REPOSITORY

BUILDS = REPOSITORY / "target" / "rust-suites"
CONTRACT = REPOSITORY / "interop" / "contract" / "rust"
# A program that takes longer has hung.
PROCESS_SECONDS = 120
RESULT = re.compile(r"^test (\S+) \.\.\. (ok|FAILED|ignored)", re.MULTILINE)
TABLE = r"\[dev-dependencies\.{name}\]\n(?:.+\n)*\n?"


@dataclass(frozen=True)
class Suite:
    package: str
    # What chooses the programs, for Cargo.
    chosen: tuple[str, ...]
    # Where a program finds an instance, and one where clients log in.
    environment: Callable[[str, str], dict[str, str]]
    # Whether the suite's own broker makes topics by itself.
    makes_topics: bool
    # Of what the package wants for its tests, what none of these programs uses.
    unused: tuple[str, ...] = ()
    # What its lock file has in a version that the compiler does not take any more, and the version that it does.
    newer: dict[str, str] = field(default_factory=dict, hash=False, compare=False)


# The only login that one of these suites has, in its source.
USER, PASSWORD = "admin", "admin-secret"
RDKAFKA = Suite(
    "rdkafka",
    ("--tests", "--features=dynamic-linking"),
    lambda plain, _: {"KAFKA_HOST": plain},
    True,
    ("async-std", "chrono", "clap", "hdrhistogram", "smol"),
)
RSKAFKA = Suite(
    "rskafka",
    ("--test=client", "--test=consumer", "--test=produce_consume", "--test=producer"),
    lambda plain, login: {
        "TEST_INTEGRATION": "1",
        "TEST_BROKER_IMPL": "kafka",
        "KAFKA_CONNECT": plain,
        "KAFKA_SASL_CONNECT": login,
    },
    False,
    ("criterion", "proptest", "proptest-derive"),
    {"rsasl": "2.3.0"},
)
SUITES = (RDKAFKA, RSKAFKA)


def built(suite: Suite) -> dict[str, Path]:
    """The test programs by name. Cargo leaves alone what is built already."""
    command = ("test", "--no-run", "--message-format=json", *suite.chosen)
    done = _cargo(command, _copied(suite), stdout=subprocess.PIPE)
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    return {
        one["target"]["name"]: Path(one["executable"])
        for one in messages
        if one["reason"] == "compiler-artifact" and one["profile"]["test"] and one["executable"]
    }


def contract_build() -> None:
    """The program of `contract/rust`, under `target/interop-rust`."""
    _cargo(("build", "--locked"), CONTRACT)
    program = REPOSITORY / "target" / "interop-rust" / "weir-contract"
    program.parent.mkdir(exist_ok=True)
    shutil.copy2(BUILDS / "build" / "debug" / program.name, program)


def _copied(suite: Suite) -> Path:
    source = package(suite.package)
    root = BUILDS / source.name
    if not root.exists():
        shutil.copytree(source, root, ignore=shutil.ignore_patterns("rust-toolchain.toml"))
        manifest = (root / "Cargo.toml").read_text()
        for name in suite.unused:
            manifest, found = re.subn(TABLE.format(name=name), "", manifest)
            assert found == 1, f"{name} is not in the manifest of {suite.package}"
        linked = 'features = [\n    "dynamic-linking",'
        manifest = re.sub(r"(\[dev-dependencies\.rdkafka\]\n(?:.+\n)*?)features = \[", rf"\1{linked}", manifest)
        # It would be taken for a stray member of the workspace around it.
        (root / "Cargo.toml").write_text(manifest + "\n[workspace]\n")
        for name, version in suite.newer.items():
            _cargo(("update", "--quiet", f"--package={name}", f"--precise={version}"), root)
    return root


def _cargo(words: tuple[str, ...], root: Path, **more) -> subprocess.CompletedProcess:
    BUILDS.mkdir(parents=True, exist_ok=True)
    log = BUILDS / "build.log"
    settings = {
        "CARGO_PROFILE_TEST_DEBUG": "0",
        "CARGO_PROFILE_DEV_DEBUG": "0",
        "CARGO_TARGET_DIR": str(BUILDS / "build"),
        "PKG_CONFIG_PATH": str(library() / "pkgconfig"),
        "RUSTFLAGS": f"-Clink-arg=-Wl,-rpath,{library()}",
    }
    with log.open("a") as said:
        done = subprocess.run(("cargo", *words), cwd=root, env=os.environ | settings, stderr=said, text=True, **more)
    assert done.returncode == 0, f"`cargo {' '.join(words)}` failed in {root}; the reason is in {log}"
    return done


def names(program: Path) -> set[str]:
    """The tests that a program has."""
    listed = subprocess.run([program, "--list"], stdout=subprocess.PIPE, text=True, check=True)
    return set(re.findall(r"^(\S+): test$", listed.stdout, re.MULTILINE))


def results(program: Path, environment: dict[str, str], excluded: set[str]) -> tuple[dict[str, str], str]:
    """The word for each test of a program that is not excluded, and all that it printed.

    Some count what happens within so many milliseconds: what has failed runs once more alone, and that counts.
    """
    skip = [word for name in sorted(excluded) for word in ("--skip", name)]
    words, said = _run(program, environment, "--test-threads=3", *skip)
    for name in [name for name, word in words.items() if word == "FAILED"]:
        again, more = _run(program, environment, name)
        words, said = words | again, said + more
    return words, said


def _run(program: Path, environment: dict[str, str], *words: str) -> tuple[dict[str, str], str]:
    try:
        done = subprocess.run(
            [program, "--exact", *words],
            env=os.environ | environment | {"RUST_LOG": "off"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PROCESS_SECONDS,
        )
        said = done.stdout
    except subprocess.TimeoutExpired as hung:
        said = (hung.stdout or b"").decode(errors="replace")
    return dict(RESULT.findall(said)), said


if __name__ == "__main__":
    contract_build()
    for suite in SUITES:
        built(suite)
