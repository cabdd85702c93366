"""librdkafka's own tests: built from the source that `rdkafka-sys` ships, one process for each number."""

import json
import os
import re
import shutil
import signal
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from harness.kafka import login, tools
from harness.kafka.java import JAVA
from harness.server import REPOSITORY
from harness.suite_list import Entry

BUILDS = REPOSITORY / "target" / "librdkafka-tests"
PACKAGE = "rdkafka-sys"
# Kerberos and OIDC would want more libraries, and no test that can run here uses them; lz4 is in the source.
CONFIGURED = ("--disable-gssapi", "--disable-curl", "--disable-lz4-ext", "--disable-debug-symbols")
# The tests are not what is measured; half of the time went into making them fast.
QUICK = {"CFLAGS": "-O0", "CXXFLAGS": "-O0"}
# The version that the instance's answers are modelled on; from 3.0 on the suite names brokers to scripts.
KAFKA_VERSION = "4.0.0"
# Of the suite's own limits, since several tests and the server share the cores.
PATIENCE_FACTOR = 3
# The suite ends each test itself earlier than this, so a process that is still there has hung.
PROCESS_SECONDS = 600
# They wait more than they work.
AT_ONCE = 12
# The suite is for three brokers, in constants. The one thing changed in it: topics are made with one copy.
COPIES = (
    "rd_kafka_NewTopic_new(topicname, partition_cnt, replication_factor,",
    "rd_kafka_NewTopic_new(topicname, partition_cnt, 1,",
)
COLOURS = re.compile(r"\x1b\[\d*m")


@dataclass(frozen=True)
class Run:
    """What one process did: the suite's word for each test, the exit status, all that was printed."""

    states: dict[str, str]
    status: int
    log: str


@dataclass(frozen=True)
class Outcome:
    """What became of one entry: the suite's word for it and all that it printed."""

    state: str
    log: str


def built() -> Path:
    """The directory of the built programs. What is built already is left alone."""
    source = package(PACKAGE)
    root = BUILDS / source.name
    if not (root / ".built").exists():
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(source / "librdkafka", root)
        _one_copy(root / "tests" / "test.c")
        _build(root)
        (root / ".built").touch()
    return root / "tests"


def library() -> Path:
    """The directory of the library that is built with the tests, for programs that are linked with it."""
    return built().parent / "installed" / "lib"


def package(name: str) -> Path:
    """Where Cargo keeps the source of a package that `contract/rust` names; it fetches what is not there yet."""
    manifest = "--manifest-path=interop/contract/rust/Cargo.toml"
    command = ("cargo", "metadata", "--locked", "--all-features", "--format-version=1", manifest)
    done = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True)
    packages = json.loads(done.stdout)["packages"]
    (found,) = [one["manifest_path"] for one in packages if one["name"] == name]
    return Path(found).parent


def _one_copy(source: Path) -> None:
    text = source.read_text()
    assert text.count(COPIES[0]) == 1, f"{source} makes topics in another way than it did"
    source.write_text(text.replace(*COPIES))


def _build(root: Path) -> None:
    log = BUILDS / "build.log"
    steps = (
        ("./configure", *CONFIGURED, f"--prefix={root / 'installed'}"),
        ("make", "-j2", "libs"),
        ("make", "-C", "src", "install"),
        ("make", "-C", "tests", "-j2", "build"),
    )
    with log.open("w") as said:
        for step in steps:
            more = QUICK if "tests" in step else {}
            done = subprocess.run(step, cwd=root, env=os.environ | more, stdout=said, stderr=subprocess.STDOUT)
            assert done.returncode == 0, f"`{' '.join(step)}` failed; its reason is in {log}"


def declared(programs: Path) -> set[str]:
    """Every test that the suite knows, those that it calls manual too."""
    source = (programs / "test.c").read_text()
    table = source[source.index("struct test tests[]") :]
    return set(re.findall(r"_TEST\(\s*(\w+)", table[: table.index("{NULL}}")]))


def parts(programs: Path, test: str) -> set[str]:
    """The functions of a test's source that say of themselves that they are a part of it."""
    (source,) = programs.glob(f"{test[:4]}-*.c")
    functions = re.split(r"^(?=static )", source.read_text(), flags=re.MULTILINE)
    return {
        found.group(1)
        for text in functions
        if "SUB_TEST" in text and (found := re.match(r"static \w+\s+(do_test_\w+)\(", text))
    }


class Suite:
    """The programs and the places where they run, several at once."""

    def __init__(self, directory: Path, programs: Path, endpoints: dict[str, str]):
        """`endpoints` are the bootstrap servers of each place."""
        self.directory = directory
        self.programs = programs
        self.endpoints = endpoints
        self.scripts = _scripts(directory / "kafka")
        self._workers = ThreadPoolExecutor(AT_ONCE)
        self._runs: dict[str, Future[Run]] = {}
        self._again: dict[str, Run] = {}
        self._processes: list[subprocess.Popen] = []

    def begin(self, entries: list[Entry]) -> None:
        """Runs these in the background. Tests of one number are one run: the suite knows them by that."""
        for entry in entries:
            if _key(entry) not in self._runs:
                self._runs[_key(entry)] = self._workers.submit(self._run, entry, _key(entry))

    def outcome(self, entry: Entry) -> Outcome:
        """Waits for it.

        The suite's limits are by the clock, and there is not much of a processor for each of so many at once: what has
        failed runs once more when no other does, and that counts.
        """
        key = _key(entry)
        found = self._judged(entry, self._runs[key].result())
        if found.state != "PASSED":
            wait(self._runs.values())
            if key not in self._again:
                self._again[key] = self._run(entry, f"{key}-again")
            found = self._judged(entry, self._again[key])
        return found

    def _judged(self, entry: Entry, run: Run) -> Outcome:
        state = run.states.get(entry.test, "without a report")
        if state == "PASSED" and not _has_tested(entry, run.log):
            state = "passed without its parts"
        if state == "PASSED" and run.status != 0 and "FAILED" not in run.states.values():
            state = f"passed, and the program ended with {run.status}"
        return Outcome(state, run.log)

    def stop(self) -> None:
        """Ends what is still running when nobody waits for it any more."""
        self._workers.shutdown(wait=False, cancel_futures=True)
        for process in self._processes:
            _end(process)
        self._workers.shutdown()

    def _run(self, entry: Entry, name: str) -> Run:
        directory = self.directory / name
        directory.mkdir()
        report, log = directory / "report.json", directory / "log"
        with log.open("w") as said:
            process = subprocess.Popen(
                # Of a number, only or none of the tests that the suite calls local.
                ["./test-runner", "-l" if entry.place == "local" else "-L"],
                cwd=self.programs,
                env=self._environment(entry, directory, report),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._processes.append(process)
            try:
                status = process.wait(PROCESS_SECONDS)
            except subprocess.TimeoutExpired:
                _end(process)
                status = process.wait()
        return Run(_states(report), status, COLOURS.sub("", log.read_text(errors="replace")))

    def _environment(self, entry: Entry, directory: Path, report: Path) -> dict[str, str]:
        endpoint = self.endpoints[entry.place]
        settings = login.librdkafka(endpoint) | {
            "test.topic.random": "true",
            "test.timeout.multiplier": str(PATIENCE_FACTOR),
        }
        configuration = directory / "test.conf"
        configuration.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        environment = os.environ | {
            "BROKERS": str(endpoint),
            "KAFKA_PATH": str(self.scripts),
            "LD_LIBRARY_PATH": "../src:../src-cpp",
            "RDKAFKA_TEST_CONF": str(configuration),
            "TESTS": entry.number,
            "TEST_CONSUMER_GROUP_PROTOCOL": "consumer" if entry.place == "newer" else "classic",
            "TEST_KAFKA_VERSION": KAFKA_VERSION,
            "TEST_REPORT": str(report),
            "TEST_SCENARIO": "noautocreate" if entry.place == "noautocreate" else "default",
        }
        # Would lengthen limits and leave out what is measured.
        environment.pop("CI", None)
        return environment | ({"SUBTESTS": f"{entry.part}:"} if entry.part else {})


def _end(process: subprocess.Popen) -> None:
    """Whatever it has started goes with it."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def _key(entry: Entry) -> str:
    return "-".join(filter(None, (entry.number, entry.place, entry.part)))


def _states(report: Path) -> dict[str, str]:
    """By test. The suite writes its report also when a test has taken too long, and not when it breaks."""
    try:
        return {name: one["state"] for name, one in json.loads(report.read_text())["tests"].items()}
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def _has_tested(entry: Entry, log: str) -> bool:
    """Whether a part has passed, where there are parts: for the suite, leaving out all of them is passing."""
    ended = re.compile(rf"^\[{entry.test} [^]]*\] \[ {entry.part or ''}.*: (PASS|SKIP)[ :]", re.MULTILINE)
    seen = set(ended.findall(log))
    return "PASS" in seen or not (seen or entry.part)


def _scripts(directory: Path) -> Path:
    """Apache Kafka's tools under the names by which the suite calls them."""
    (directory / "bin").mkdir(parents=True)
    for name, program in tools.CLASSES.items():
        script = directory / "bin" / f"{name}.sh"
        command = f'{" ".join(map(str, JAVA))} -cp "{tools.LIBRARIES}/*" {program} "$@"'
        script.write_text(f"#!/bin/sh\nexec {command}\n")
        script.chmod(0o755)
    return directory
