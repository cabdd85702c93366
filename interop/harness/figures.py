"""What `/metrics` shows."""

import http.client
import re
from contextlib import closing

from harness.server import Server

SAMPLE = re.compile(r"(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
LABEL = re.compile(r'(\w+)="([^"]*)"')


def figures(server: Server, name: str) -> list[tuple[dict[str, str], float]]:
    """The samples of a metric: labels and value."""
    with closing(http.client.HTTPConnection(server.address, timeout=10)) as connection:
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
    samples = [SAMPLE.fullmatch(line) for line in lines if not line.startswith("#")]
    return [
        (dict(LABEL.findall(sample["labels"] or "")), float(sample["value"]))
        for sample in samples
        if sample and sample["name"] == name
    ]
