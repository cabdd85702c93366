"""The checker of the big run bites: each fault planted in a sound history is found."""

import pytest

from harness import delivery

SENT = {1: 6, 2: 4}
ENDS = {0: 5, 1: 5}


def sound() -> list[list[tuple[int, int, int, int]]]:
    """Two partitions, two producers; the first member dies, its partition goes to the second."""
    mark = (0xFFFF, 0, 0, 0)
    first = [mark, (0, 1, 0, 0), (0, 2, 0, 1), (0, 1, 2, 2)]
    second = [mark, (1, 1, 1, 0), (1, 1, 3, 1), (1, 2, 1, 2)]
    second += [mark, (0, 1, 2, 2), (0, 2, 2, 3), (0, 1, 4, 4), (1, 2, 1, 2), (1, 2, 3, 3), (1, 1, 5, 4)]
    return [first, second]


def test_a_sound_history_has_no_faults():
    assert delivery.faults(sound(), SENT, ENDS) == []


@pytest.mark.parametrize(
    ("entry", "replacements", "fault"),
    [
        ((0, 2, 2, 3), [], "offset 4 delivered where 3 was due"),
        ((1, 1, 5, 4), [], "offset 4 delivered to nobody"),
        ((1, 1, 5, 4), [(1, 1, 3, 4)], "holds 1/3, due was 5"),
        ((1, 1, 1, 0), [(1, 1, 3, 0)], "holds 1/3, due was 1"),
        ((0, 1, 2, 2), [(0, 1, 4, 2)], "two contents"),
        ((1, 1, 5, 4), [(1, 1, 5, 4), (1, 1, 7, 5)], "the log ends at 5"),
    ],
    ids=["skipped", "lost", "doubled", "reordered", "changed", "beyond the end"],
)
def test_a_planted_fault_is_found(entry, replacements, fault):
    first, second = sound()
    at = second.index(entry)
    second[at : at + 1] = replacements
    assert any(fault in found for found in delivery.faults([first, second], SENT, ENDS))


def test_a_record_that_was_never_stored_is_found():
    assert any("ends before" in found for found in delivery.faults(sound(), SENT | {1: 8}, ENDS))


def test_journal_entries_survive_the_file(tmp_path):
    path = tmp_path / "journal"
    path.write_bytes(delivery.ASSIGNED + delivery.entry(3, 2**40, delivery.value(7, 123_456)) + b"torn")
    assert delivery.journal_read(path) == [(0xFFFF, 0, 0, 0), (3, 7, 123_456, 2**40)]
