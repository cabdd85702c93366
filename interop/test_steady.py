"""The checker of clients that go on bites: each fault planted in a sound history is found."""

from copy import deepcopy

import pytest

from harness.steady.history import REASSIGNED, Log, faults

MARK = (REASSIGNED, 0, 0, 0)


def sound():
    """Two producers, two partitions; the first two records of one are deleted, one group has two members."""
    logs = {
        0: Log(2, 5, {2: (1, 2), 3: (0, 1), 4: (1, 4)}),
        1: Log(0, 2, {0: (0, 0), 1: (0, 2)}),
    }
    acknowledged = [(0, 1, 0, 0), (0, 1, 1, 1)]
    for partition, log in logs.items():
        acknowledged += [(partition, *record, offset) for offset, record in log.records.items()]
    first = [MARK, (0, 1, 0, 0), (0, 1, 2, 2), (0, 0, 1, 3), MARK, (0, 0, 1, 3)]
    second = [MARK, (1, 0, 0, 0), (1, 0, 2, 1), MARK, (0, 1, 4, 4)]
    return acknowledged, logs, [[first, second]]


def test_a_sound_history_has_no_faults():
    assert faults(*sound()) == []


def lost(acknowledged, logs, groups):
    del logs[0].records[3]


def lost_at_the_end(acknowledged, logs, groups):
    logs[1].end, logs[1].records = 1, {0: (0, 0)}


def lost_with_its_partition(acknowledged, logs, groups):
    del logs[1]
    groups.clear()


def changed(acknowledged, logs, groups):
    logs[0].records[3] = (0, 7)


def doubled(acknowledged, logs, groups):
    logs[1].records[1] = (0, 0)


def disordered(acknowledged, logs, groups):
    logs[0].records[2], logs[0].records[4] = logs[0].records[4], logs[0].records[2]


def invented(acknowledged, logs, groups):
    acknowledged.remove((0, 1, 4, 4))


def told_twice(acknowledged, logs, groups):
    acknowledged.append((0, 1, 5, 4))


def not_given(acknowledged, logs, groups):
    groups[0][1].remove((0, 1, 4, 4))


def given_changed(acknowledged, logs, groups):
    groups[0][1][-1] = (0, 1, 9, 4)


def given_out_of_order(acknowledged, logs, groups):
    groups[0][1][1:3] = reversed(groups[0][1][1:3])


def stepped_over(acknowledged, logs, groups):
    groups[0][0].remove((0, 1, 2, 2))


@pytest.mark.parametrize(
    ("plant", "fault"),
    [
        (lost, "0/3 was acknowledged with 0/1 and holds None"),
        (lost_at_the_end, "1/1 was acknowledged and the log does not reach it"),
        (lost_with_its_partition, "1/0 was acknowledged and the log does not reach it"),
        (changed, "0/3 was acknowledged with 0/1 and holds (0, 7)"),
        (doubled, "1/1 holds (0, 0), as does 1/0"),
        (disordered, "0/4 holds (1, 2) after 4"),
        (invented, "0/4 holds what nobody was acknowledged"),
        (told_twice, "0/4 was acknowledged twice"),
        (not_given, "0/4 was given to nobody"),
        (given_changed, "0/4 was given as 1/9 and holds (1, 4)"),
        (given_out_of_order, "1/0 was given where 2 was due"),
        (stepped_over, "0/3 was given where 1 was due"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_planted_fault_is_found(plant, fault):
    history = deepcopy(sound())
    plant(*history)
    assert any(fault in found for found in faults(*history)), faults(*history)
