"""Client programs beside the test: started together, none left behind."""

import json
import os
import signal
import subprocess
from pathlib import Path

from harness.server import REPOSITORY

INTEROP = REPOSITORY / "interop"


class Program:
    """A process of the test's own; it is ended by its own pid."""

    def __init__(self, command: list[str | Path], **options):
        self._process = subprocess.Popen(command, cwd=INTEROP, text=True, **options)

    def result(self, seconds: float) -> dict:
        """Waits for a clean exit and returns the JSON line the program printed last."""
        output, _ = self._process.communicate(timeout=seconds)
        assert self._process.returncode == 0, f"{self._process.args} ended with {self._process.returncode}"
        return json.loads(output.splitlines()[-1])

    def assert_running(self) -> None:
        assert self.is_running(), f"{self._process.args} ended with {self._process.returncode}"

    def terminate(self) -> None:
        """SIGTERM, without waiting."""
        self._process.terminate()

    def is_running(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self, seconds: float = 30) -> None:
        """SIGTERM, and a clean exit: 0, or 143 for a JVM, which reports the signal either way."""
        self.assert_running()
        self.terminate()
        assert self._process.wait(seconds) in (0, 143), (
            f"{self._process.args} ended with {self._process.returncode}"
        )


class Programs:
    """Those of one test; leaving the block kills what still runs."""

    def __init__(self) -> None:
        self._started: list[Program] = []

    def start(self, command: list[str | Path], **options) -> Program:
        program = Program(command, **options)
        self._started.append(program)
        return program

    def __enter__(self) -> "Programs":
        return self

    def __exit__(self, *_error) -> None:
        for program in self._started:
            if program.is_running():
                program.kill()
