"""kcat, as Debian packages it: produce, consume, list, and offsets by position and time."""

import json
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.skipif(
    shutil.which("kcat") is None, reason="kcat is not installed (Debian package kcat)"
)


def kcat(endpoint: str, *words: str, text: str | None = None) -> str:
    done = subprocess.run(
        ["kcat", "-b", endpoint, *words], input=text, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_list_names_the_topic_and_its_leaders(endpoint, topic):
    listed = json.loads(kcat(endpoint, "-L", "-J", "-t", topic))
    (found,) = listed["topics"]
    brokers = {broker["id"] for broker in listed["brokers"]}
    assert found["topic"] == topic
    assert len(found["partitions"]) == 3
    assert {partition["leader"] for partition in found["partitions"]} <= brokers


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_what_goes_in_comes_out(endpoint, topic, codec):
    lines = [f"key{number}:value{number} {codec}" for number in range(500)]
    kcat(endpoint, "-P", "-t", topic, "-p", "1", "-K", ":", "-z", codec, text="\n".join(lines) + "\n")
    assert (
        kcat(endpoint, "-C", "-t", topic, "-p", "1", "-o", "beginning", "-e", "-q", "-K", ":").splitlines()
        == lines
    )
    assert (
        kcat(endpoint, "-C", "-t", topic, "-p", "1", "-o", "498", "-e", "-q", "-K", ":").splitlines()
        == lines[498:]
    )


def test_offsets_by_position_and_time(endpoint, topic):
    kcat(endpoint, "-P", "-t", topic, "-p", "2", text="a\nb\nc\n")
    assert query(endpoint, topic, -2) == 0
    assert query(endpoint, topic, -1) == 3
    assert query(endpoint, topic, 1) == 0


def query(endpoint: str, topic: str, when: int) -> int:
    return int(kcat(endpoint, "-Q", "-t", f"{topic}:2:{when}").split()[-1])


def test_a_group_consumes_every_line(endpoint, topic, group):
    lines = [f"line {number}" for number in range(300)]
    kcat(endpoint, "-P", "-t", topic, text="\n".join(lines) + "\n")
    received = kcat(
        endpoint, "-q", "-c", "300", "-X", "auto.offset.reset=earliest", "-G", group, topic
    ).splitlines()
    assert sorted(received) == sorted(lines)
