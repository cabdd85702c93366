"""Connections as the kernel's table has them, whatever client is at their other end."""

from collections.abc import Iterator

ESTABLISHED, CLOSE_WAIT = "01", "08"
# The kernel waits until it asks whether the other end is still there. Nothing is under way then.
ASKS_LATER = "02"
TICKS_PER_SECOND = 100


def open_ends(port: int) -> set[tuple[str, int]]:
    """Who is connected to a port of this machine: address (as the table spells it) and port of each connection that the
    server has open, also where the client's half is closed."""
    rows = _rows()
    return {remote for local, remote, state, _ in rows if local[1] == port and state in (ESTABLISHED, CLOSE_WAIT)}


def _rows() -> Iterator[tuple[tuple[str, int], tuple[str, int], str, str]]:
    """Both ends, state and timer of each connection."""
    with open("/proc/net/tcp") as table:
        next(table)
        for row in table:
            _, local, remote, state, _, timer, *_ = row.split()
            yield _end(local), _end(remote), state, timer


def _end(text: str) -> tuple[str, int]:
    address, _, port = text.rpartition(":")
    return address, int(port, 16)


def silent_for_at_most(port: int) -> dict[tuple[str, int], float]:
    """In how many seconds the server's kernel asks each quiet client whether it is still there, by what `open_ends`
    calls it. Those that it never asks are not there."""
    left = {}
    for local, remote, _, timer in _rows():
        kind, _, ticks = timer.partition(":")
        if local[1] == port and kind == ASKS_LATER:
            left[remote] = int(ticks, 16) / TICKS_PER_SECOND
    return left
