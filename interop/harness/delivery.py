"""Numbered records and the journals of those who consumed them: what was lost, doubled or out of order.

A value is producer (2 bytes), sequence (4 bytes), then filler up to 1 KiB, big endian; sequence s goes to
partition s modulo the number of partitions. A journal entry is 16 bytes: partition, producer, sequence,
offset; partition 65535 marks that the member was given a new assignment.
"""

import struct
from array import array
from collections.abc import Iterable
from pathlib import Path

VALUE_BYTES = 1024
ENTRY = struct.Struct(">HHIQ")
ASSIGNED = ENTRY.pack(0xFFFF, 0, 0, 0)

_NUMBER = struct.Struct(">HI")
_NOT_SEEN = 2**64 - 1


def value(producer: int, sequence: int, size: int = VALUE_BYTES) -> bytes:
    return _NUMBER.pack(producer, sequence).ljust(size, b"\0")


def number(record_value: bytes) -> tuple[int, int]:
    """Producer and sequence of a value."""
    return _NUMBER.unpack_from(record_value)


def entry(partition: int, offset: int, record_value: bytes) -> bytes:
    """The journal entry for a consumed record."""
    producer, sequence = number(record_value)
    return ENTRY.pack(partition, producer, sequence, offset)


def journal_read(path: Path) -> list[tuple[int, int, int, int]]:
    """All whole entries; a killed member may leave a part of one at the end."""
    data = path.read_bytes() if path.exists() else b""
    return list(ENTRY.iter_unpack(data[: len(data) - len(data) % ENTRY.size]))


def faults(
    journals: Iterable[list[tuple[int, int, int, int]]], sent: dict[int, int], end_offsets: dict[int, int]
) -> list[str]:
    """What is wrong between what `sent` says (records per producer) and what the members saw.

    Empty means: each record is in the log exactly once, per producer and partition in the order it was
    sent, each offset was delivered to some member with the same content whenever it was delivered, and no
    member was handed offsets out of order within one assignment.
    """
    found: list[str] = []
    partitions = len(end_offsets)
    log = {partition: array("Q", [_NOT_SEEN]) * end for partition, end in end_offsets.items()}
    for journal in journals:
        position: dict[int, int] = {}
        for partition, producer, sequence, offset in journal:
            if partition == 0xFFFF:
                position.clear()
                continue
            if position.get(partition, offset) != offset:
                found.append(
                    f"partition {partition}: offset {offset} delivered where {position[partition]} was due"
                )
            position[partition] = offset + 1
            if offset >= len(log[partition]):
                found.append(
                    f"partition {partition}: offset {offset} delivered, the log ends at {len(log[partition])}"
                )
                continue
            record = producer << 32 | sequence
            if log[partition][offset] not in (_NOT_SEEN, record):
                found.append(f"partition {partition}: offset {offset} delivered with two contents")
            log[partition][offset] = record
    for partition, records in log.items():
        due = {producer: partition for producer in sent}
        for offset, record in enumerate(records):
            if record == _NOT_SEEN:
                found.append(f"partition {partition}: offset {offset} delivered to nobody")
                continue
            producer, sequence = record >> 32, record & 0xFFFF_FFFF
            if due.get(producer) != sequence:
                found.append(
                    f"partition {partition}: offset {offset} holds {producer}/{sequence}, "
                    f"due was {due.get(producer)}"
                )
            due[producer] = sequence + partitions
        for producer, count in sent.items():
            if due[producer] < count:
                found.append(
                    f"partition {partition}: producer {producer} ends before {due[producer]} of {count}"
                )
    return found
