"""Connections as the kernel's table has them, whatever client is at their other end."""

ESTABLISHED, CLOSE_WAIT = "01", "08"


def open_ends(port: int) -> set[tuple[str, int]]:
    """Who is connected to a port of this machine: address (as the table spells it) and port of each connection that the
    server has open, also where the client's half is closed."""
    ends = set()
    with open("/proc/net/tcp") as table:
        next(table)
        for row in table:
            _, local, remote, state, *_ = row.split()
            if int(local.rpartition(":")[2], 16) == port and state in (ESTABLISHED, CLOSE_WAIT):
                address, _, remote_port = remote.rpartition(":")
                ends.add((address, int(remote_port, 16)))
    return ends
