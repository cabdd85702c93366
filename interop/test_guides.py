"""The guides' programs, run as they are printed, on a server of their own."""

import shutil
import subprocess

import pytest

from harness.cloud import instance_bought
from harness.guides import GUIDES, GUIDES_ZH, Reader, all_blocks, blocks
from harness.kafka import Record
from harness.kafka.librdkafka import Librdkafka
from harness.server import Server
from harness.signer import SignedCalls


@pytest.fixture
def server(tmp_path):
    """One for each guide: the vendor allows a caller one CreateTopic a second, and a reader follows one guide."""
    server = Server(tmp_path / "weir").start()
    yield server
    assert server.stop() == 0


@pytest.fixture
def reader(server, tmp_path) -> Reader:
    return Reader(server, tmp_path)


def bought(output: str) -> str:
    """The instance of a program that ends in its id and its address, after a message went through it."""
    instance, bootstrap = output.splitlines()[-1].split()
    assert instance.startswith("alikafka_post-cn-"), output
    ((partition, offset),) = Librdkafka().produce(bootstrap, "orders", [Record(b"value")])
    (read,) = Librdkafka().read(bootstrap, "orders", partition, offset, 1)
    assert read.value == b"value"
    return instance


def test_python(reader):
    first, older, other = blocks(GUIDES / "python.md", "python")
    output = reader.python(first)
    assert "hello" in output.splitlines()
    assert bought(output) in reader.python(older)
    assert '"TotalCount":0' in reader.python(other)


def test_node(reader):
    first, typed = blocks(GUIDES / "node.md", "js")
    assert bought(reader.node(first)) in reader.node(typed)


def test_java(reader):
    first, older = blocks(GUIDES / "java.md", "java")
    assert bought(reader.java(first)) in reader.java(older)


def test_go(reader):
    first, current = blocks(GUIDES / "go.md", "go")
    assert bought(reader.go(first)) in reader.go(current)


def test_weir_call(reader):
    (script,) = blocks(GUIDES / "cli.md", "sh")
    bought(reader.shell(script))


def test_aliyun_with_a_stand_in(reader):
    (script,) = blocks(GUIDES / "cli.md", "sh", "aliyun")
    bought(reader.shell_with_aliyun(script))


@pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed (Debian package kcat)")
def test_login(server, reader):
    instance = instance_bought(SignedCalls(server.address, server.access_key)).id
    (script,) = blocks(GUIDES / "login.md", "sh")
    assert reader.shell(f"instance={instance}\n{script}").splitlines()[-1] == "paid"


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not here")
def test_terraform_reads_the_module(tmp_path):
    (module,) = blocks(GUIDES / "terraform.md", "hcl")
    (tmp_path / "main.tf").write_text(module)
    done = subprocess.run(
        ["terraform", "fmt", "-check", "-diff"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", sorted(path.name for path in GUIDES.glob("*.md")))
def test_both_languages_print_the_same_programs(page):
    assert all_blocks(GUIDES_ZH / page) == all_blocks(GUIDES / page)
