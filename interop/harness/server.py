"""The server under test: one process, its ports, its data directory, its log."""

import json
import os
import random
import re
import resource
import signal
import socket
import subprocess
import threading
import urllib.request
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
READY = re.compile(r'(^|[\s"])Ready\.($|[\s"])')
START_SECONDS = 30
# Ports a server may take: the API first, then a range for its Kafka endpoints, four for each instance.
PORTS_PER_SERVER = 160


def binary() -> Path:
    """The built server: WEIR_BIN, or what `cargo build --release` makes."""
    path = Path(os.environ.get("WEIR_BIN", REPOSITORY / "target" / "release" / "weir"))
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there: run `cargo build --release -p weir`, or set WEIR_BIN")
    return path


def free_ports(count: int = PORTS_PER_SERVER) -> int:
    """The first of `count` free ports, all below those the system gives to outgoing connections.

    A server that is killed has to find its ports free again, so they must not be ports that a client's
    next connection could be given meanwhile, nor ports that another process of this run looks at.
    """
    first, last = own_ports()
    for _ in range(200):
        base = random.SystemRandom().randrange(first, last - count)
        if all(_is_free(port) for port in range(base, base + count)):
            return base
    raise RuntimeError(f"no {count} free ports in a row")


def own_ports() -> tuple[int, int]:
    """The range of this process: all of it, or its part when several share a run (pytest-xdist's names: gw0, gw1)."""
    first, last = 10_240, 32_000
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    part = (last - first) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return first + worker * part, first + (worker + 1) * part


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def environment(**added: str) -> dict[str, str]:
    """This process's environment without any setting of Weir's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WEIR_")}
    return kept | added


@dataclass(frozen=True)
class AccessKey:
    id: str
    secret: str


@dataclass(frozen=True)
class Memory:
    """What the kernel counts for the process, in bytes."""

    resident: int
    # Of those, what is not pages of files, which is the program itself for the most part.
    anonymous: int
    resident_peak: int
    reserved_peak: int


class Server:
    """`weir serve` on loopback. Started, killed and restarted on the same ports and data."""

    # Those that run now, so that a failing test can show their logs.
    running: list["Server"] = []

    def __init__(self, directory: Path, **settings: str):
        """`settings` are environment variables of the server."""
        self.directory = directory
        self.settings = settings
        # How many descriptors it may ever have; as many as this process unless set.
        self.descriptors_max: int | None = None
        self.data = directory / "data"
        directory.mkdir(parents=True, exist_ok=True)
        self.api_port = free_ports()
        self.kafka_port_base = self.api_port + 4
        self.log: list[str] = []
        self._process: subprocess.Popen | None = None
        self._ready = False
        self._settled = threading.Event()

    @property
    def address(self) -> str:
        """Where the API listens, as host:port."""
        return f"127.0.0.1:{self.api_port}"

    @property
    def arguments(self) -> list[str]:
        return [
            "serve",
            f"--listen={self.address}",
            f"--kafka-port-base={self.kafka_port_base}",
            f"--data-dir={self.data}",
            f"--gateway-listen=127.0.0.1:{self.api_port + 1}",
        ]

    @property
    def pid(self) -> int:
        assert self._process, "the server is not running"
        return self._process.pid

    @property
    def access_key(self) -> AccessKey:
        """The key the server made at its first start."""
        credentials = json.loads((self.data / "credentials.json").read_text())
        return AccessKey(credentials["access_key_id"], credentials["access_key_secret"])

    def start(self) -> "Server":
        """Returns when the log has said `Ready.`."""
        self.spawn()
        self._settled.wait(START_SECONDS)
        if not self._ready:
            self.kill()
            raise AssertionError(
                f"the server did not say `Ready.` within {START_SECONDS} s:\n{self.log_tail()}"
            )
        return self

    def spawn(self) -> None:
        """Starts the process and does not wait for it."""
        assert self._process is None, "the server is already running"
        self._process = subprocess.Popen(
            [binary(), *self.arguments],
            cwd=self.directory,
            env=environment(**self.settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            preexec_fn=self._limit if self.descriptors_max else None,
        )
        Server.running.append(self)
        self._ready = False
        self._settled = threading.Event()
        threading.Thread(target=self._follow, args=(self._process.stderr, self._settled), daemon=True).start()

    def _limit(self) -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (self.descriptors_max, self.descriptors_max))

    def _follow(self, lines, settled: threading.Event) -> None:
        """Keeps the log; settles at `Ready.` or when the process has closed it."""
        for line in lines:
            self.log.append(line.rstrip("\n"))
            if not settled.is_set() and READY.search(line):
                self._ready = True
                settled.set()
        settled.set()

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        self._end(signal.SIGKILL)

    def stop(self, seconds: float = 15) -> int:
        """SIGTERM: waits for the drain and returns the exit status."""
        return self._end(signal.SIGTERM, seconds)

    def reload(self) -> None:
        """SIGHUP: looks at once for files that changed."""
        assert self._process, "the server is not running"
        self._process.send_signal(signal.SIGHUP)

    def ended(self, seconds: float = 15) -> int:
        """Waits until it has ended by itself, and returns the exit status."""
        return self._end(None, seconds)

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def metrics(self) -> dict[str, float]:
        """What `/metrics` shows: values by name with labels."""
        with urllib.request.urlopen(f"http://{self.address}/metrics", timeout=10) as reply:
            lines = reply.read().decode().splitlines()
        samples = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in samples}

    def memory(self) -> Memory:
        fields = dict(
            line.split(":", 1)
            for line in Path(f"/proc/{self.pid}/status").read_text().splitlines()
            if ":" in line
        )
        kib = {name: int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "RssAnon", "VmHWM", "VmPeak")}
        return Memory(kib["VmRSS"], kib["RssAnon"], kib["VmHWM"], kib["VmPeak"])

    def log_tail(self, lines: int = 40) -> str:
        return "\n".join(self.log[-lines:])

    def _end(self, how: signal.Signals | None, seconds: float = 15) -> int:
        process, self._process = self._process, None
        assert process, "the server is not running"
        Server.running.remove(self)
        if how:
            process.send_signal(how)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(
                f"the server went on after {how.name if how else 'its start'} for {seconds} s:\n{self.log_tail()}"
            ) from None
