"""Groups of consumers that journal what they are given, until they are stopped."""

from collections import defaultdict
from pathlib import Path

from harness import delivery
from harness.kafka.java import Java
from harness.kafka.librdkafka import Librdkafka
from harness.programs import Programs
from harness.steady.history import REASSIGNED, Entry

MEMBERS = {"librdkafka": Librdkafka, "java": Java}


class Group:
    def __init__(
        self,
        programs: Programs,
        endpoint: str,
        topic: str,
        name: str,
        protocol: str,
        members: list[str],
        directory: Path,
    ):
        self._journals = [directory / f"{name}-{number}.given" for number in range(len(members))]
        self._programs = [
            programs.start(MEMBERS[member]().member_command(endpoint, topic, name, str(journal), protocol))
            for member, journal in zip(members, self._journals, strict=True)
        ]

    def assert_running(self) -> None:
        for program in self._programs:
            program.assert_running()

    def journals(self) -> list[list[Entry]]:
        return [delivery.journal_read(journal) for journal in self._journals]

    def furthest(self) -> dict[int, int]:
        """The last offset that was given of each partition."""
        last: dict[int, int] = defaultdict(lambda: -1)
        for journal in self.journals():
            for partition, _, _, offset in journal:
                if partition != REASSIGNED:
                    last[partition] = max(last[partition], offset)
        return last

    def stop(self) -> None:
        for program in self._programs:
            program.stop()
