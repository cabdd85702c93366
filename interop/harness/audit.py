"""The audit record, as its table in the server's database has it."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from harness.server import Server


@dataclass(frozen=True)
class Audited:
    action: str
    address: str
    subject: str
    outcome: str
    details: dict[str, Any]


def records(server: Server) -> list[Audited]:
    """All of them, oldest first; only reads."""
    with sqlite3.connect(f"file:{server.data / 'weir.db'}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT action, address, subject, outcome, details FROM audit ORDER BY sequence")
        return [Audited(*row[:4], json.loads(row[4]) or {}) for row in rows]
