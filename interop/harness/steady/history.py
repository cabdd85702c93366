"""What a topic's producers were told, what its log holds and what its groups were given: where they disagree.

Records are numbered by producer (`harness.delivery`); which partition each goes to is the producer's own choice, so that
partitions can be added meanwhile. Entries are those of `harness.delivery`: partition, producer, sequence, offset.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from harness import delivery

Entry = tuple[int, int, int, int]
REASSIGNED = 0xFFFF


@dataclass
class Log:
    """One partition as a reader found it. What was deleted meanwhile may be there or not, below `start`."""

    start: int
    end: int
    records: dict[int, tuple[int, int]] = field(default_factory=dict)


def faults(acknowledged: Iterable[Entry], logs: dict[int, Log], groups: Iterable[Iterable[list[Entry]]]) -> list[str]:
    """What is wrong. `groups` are the journals of the members of each, of those that have read to the end.

    Empty means: what was acknowledged is at its offset unless the log begins later now; the log holds nothing else, no
    record twice, and those of each producer in order; each group was given each record that is there, as it is there,
    and none of its members out of order within one assignment.
    """
    found = [*_faults_of_logs(logs)]
    expected: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    for partition, producer, sequence, offset in acknowledged:
        at = f"{partition}/{offset}"
        if expected[partition].setdefault(offset, (producer, sequence)) != (producer, sequence):
            found.append(f"{at} was acknowledged twice, with {producer}/{sequence} as well")
        log = logs.get(partition)
        if log is None or offset >= log.end:
            found.append(f"{at} was acknowledged and the log does not reach it")
        elif offset >= log.start and log.records.get(offset) != (producer, sequence):
            there = log.records.get(offset)
            found.append(f"{at} was acknowledged with {producer}/{sequence} and holds {there}")
    for partition, log in logs.items():
        for offset in log.records.keys() - expected[partition].keys():
            found.append(f"{partition}/{offset} holds what nobody was acknowledged")
    for number, journals in enumerate(groups):
        found += [f"group {number}: {fault}" for fault in _faults_of_group(logs, journals)]
    return found


def _faults_of_logs(logs: dict[int, Log]) -> Iterable[str]:
    seen: dict[tuple[int, int], str] = {}
    for partition, log in logs.items():
        last: dict[int, int] = {}
        for offset in range(log.start, log.end):
            record = log.records.get(offset)
            if record is None:
                yield f"{partition}/{offset} is not there"
                continue
            at = f"{partition}/{offset}"
            if record in seen:
                yield f"{at} holds {record}, as does {seen[record]}"
            seen[record] = at
            producer, sequence = record
            if last.get(producer, -1) > sequence:
                yield f"{at} holds {record} after {last[producer]}"
            last[producer] = sequence


def _faults_of_group(logs: dict[int, Log], journals: Iterable[list[Entry]]) -> Iterable[str]:
    given: dict[int, set[int]] = defaultdict(set)
    for journal in journals:
        position: dict[int, int] = {}
        for partition, producer, sequence, offset in journal:
            if partition == REASSIGNED:
                position.clear()
                continue
            log, due = logs[partition], position.get(partition, offset)
            # What was deleted before a member came to it is stepped over.
            if offset != due and not (due < offset <= log.start):
                yield f"{partition}/{offset} was given where {due} was due"
            position[partition] = offset + 1
            given[partition].add(offset)
            if log.records.get(offset, (producer, sequence)) != (producer, sequence):
                yield f"{partition}/{offset} was given as {producer}/{sequence} and holds {log.records[offset]}"
    for partition, log in logs.items():
        for offset in sorted(set(range(log.start, log.end)) - given[partition]):
            yield f"{partition}/{offset} was given to nobody"


def numbered(partition: int, offset: int, value: bytes) -> Entry:
    return (partition, *delivery.number(value), offset)
