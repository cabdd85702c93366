"""The list of another project's tests: which run, where, and why the others do not."""

import re
from dataclasses import dataclass
from pathlib import Path

LINE = re.compile(r"(?P<name>\S+?)(?: @(?P<place>\w+))?(?:: (?P<reason>\S.*))?")


@dataclass(frozen=True)
class Entry:
    """One line: a test, or a part of one."""

    name: str
    place: str
    reason: str | None

    @property
    def test(self) -> str:
        return self.name.partition("/")[0]

    @property
    def part(self) -> str:
        """Empty when it is the whole test."""
        return self.name.partition("/")[2]

    @property
    def number(self) -> str:
        """By which librdkafka's suite chooses tests: several can have the same."""
        return self.name[:4]


def entries(path: Path) -> list[Entry]:
    """Every line that is not a comment. A line that is not understood is an error, and so is a second one."""
    lines = [line.strip() for line in path.read_text().splitlines()]
    found = [_entry(line) for line in lines if line and not line.startswith("#")]
    names = [one.name for one in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    assert not twice, f"listed twice: {twice}"
    return found


def _entry(line: str) -> Entry:
    match = LINE.fullmatch(line)
    understood = match and not match["name"].endswith(":")
    assert understood, f"not an entry, or an exclusion without its reason: {line!r}"
    return Entry(match["name"], match["place"] or "default", match["reason"])
