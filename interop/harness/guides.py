"""The programs that the guides print: read from the pages, run as they stand."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from harness.java_sdk import BUILT as JAVA_SDK
from harness.kafka.java import JAVA
from harness.server import REPOSITORY, Server, binary, environment

GUIDES = REPOSITORY / "docs" / "guides"
GUIDES_ZH = REPOSITORY / "docs" / "zh" / "guides"
INTEROP = REPOSITORY / "interop"
BLOCK = re.compile(r"^```(\w+)( \w+)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# A program that takes longer hangs.
SECONDS = 120


def blocks(page: Path, language: str, mark: str = "") -> list[str]:
    """The code of a page in one language, top to bottom. A mark is the word after the language."""
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [code for name, word, code in found if (name, word.strip()) == (language, mark)]


def all_blocks(page: Path) -> list[tuple[str, str, str]]:
    return BLOCK.findall(page.read_text(encoding="utf-8"))


class Reader:
    """Someone who has run `eval "$(weir env)"` and copies a program from a guide."""

    def __init__(self, server: Server, folder: Path):
        self._folder = folder
        at = [f"--data-dir={server.data}", f"--listen={server.address}"]
        told = subprocess.run([binary(), "env", "--json", *at], capture_output=True, text=True, check=True)
        self._programs = folder / "programs"
        self._programs.mkdir()
        (self._programs / "weir").symlink_to(binary())
        self._environment = environment(
            **json.loads(told.stdout), WEIR_DATA_DIR=str(server.data), WEIR_LISTEN=server.address
        )
        self._environment["PATH"] = f"{self._programs}:{self._environment['PATH']}"

    def python(self, code: str) -> str:
        return self._run([sys.executable, self._written("example.py", code)])

    def node(self, code: str) -> str:
        # Packages are looked for beside the program.
        modules = self._folder / "node_modules"
        if not modules.exists():
            modules.symlink_to(INTEROP / "node" / "node_modules")
        return self._run(["node", self._written("example.js", code)])

    def java(self, code: str) -> str:
        name = re.search(r"public class (\w+)", code)[1]
        return self._run([*JAVA, "-cp", f"{JAVA_SDK / 'lib'}/*", self._written(f"{name}.java", code)])

    def go(self, code: str) -> str:
        folder = self._folder / "go"
        folder.mkdir(exist_ok=True)
        for pinned in ("go.mod", "go.sum"):
            shutil.copy(INTEROP / "go" / pinned, folder)
        (folder / "main.go").write_text(code, encoding="utf-8")
        self._environment["GOTOOLCHAIN"] = "local"
        return self._run(["go", "run", "-C", folder, "-mod=readonly", "-buildvcs=false", "."])

    def shell(self, code: str) -> str:
        return self._run(["bash", "-euo", "pipefail", "-c", code])

    def shell_with_aliyun(self, code: str) -> str:
        """With a stand-in for Alibaba Cloud's command line."""
        program = self._programs / "aliyun"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{INTEROP}/harness/aliyun.py" "$@"\n')
        program.chmod(0o700)
        return self.shell(code)

    def _written(self, name: str, code: str) -> Path:
        path = self._folder / name
        path.write_text(code, encoding="utf-8")
        return path

    def _run(self, command: list[str | Path]) -> str:
        done = subprocess.run(
            command,
            env=self._environment,
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{command[:2]} ended with {done.returncode}:\n{done.stderr}"
        return done.stdout
